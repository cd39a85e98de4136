"""The secret part of a value: the password of a URL, the key in a PEM file, the token behind `Bearer`."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote

from bruscript.masking.names import PASSWORD_IN_URL, is_secret_name, looks_secret
from bruscript.masking.words import is_distinct

_SHORTEST_INSIDE = 4
_TEMPLATE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_SCHEME = re.compile(r"(?:Basic|Bearer|Token)\s+(\S.*)", re.IGNORECASE | re.DOTALL)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s]*([/?#]\S*)?", re.IGNORECASE)
_QUERY_SECRETS = frozenset({"auth", "code", "session", "sid", "sig", "signature"})
_PEM_BREAK = re.compile(r"\\[rn]|\s+")
_PEM_LABEL = re.compile(r"-----(?:BEGIN|END) [A-Z0-9 ]+-----")


def parts(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield the secrets in `value`: those in an object or list, a text itself or the secret part of it.

    The value of a template is not known, so it is not part of it; booleans and nulls are not secrets. Of
    what is deep inside, as flags and sizes are, only longer texts count.
    """
    if isinstance(value, str):
        if depth < 2 or len(value) >= _SHORTEST_INSIDE:
            yield from _of_text(value)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if depth < 2:
            yield str(value)
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from parts(item, depth + 1)


def _of_text(value: str) -> Iterator[str]:
    text = value.strip()
    if "{{" in text and _TEMPLATE.search(text):
        yield from (part for part in _TEMPLATE.split(text) if is_distinct(part))
    elif _PEM_LABEL.search(text):
        yield from filter(is_distinct, _PEM_BREAK.split(_PEM_LABEL.sub(" ", text)))
    elif scheme := _SCHEME.fullmatch(text):
        yield scheme[1]
    elif "://" in text and _URL.fullmatch(text):
        yield from of_url(text)
    elif text[:1] in ("{", "[") and (inside := list(_in_json(text))):
        yield from inside
    elif text:
        yield text


def of_url(url: str) -> Iterator[str]:
    """Yield the secrets in a URL that is one itself: its password, what of its query is secret, its path."""
    yield from passwords(url)
    yield from query_secrets(url)
    match = _URL.fullmatch(url)
    rest = unquote(match[1].lstrip("/")) if match and match[1] else ""
    if is_distinct(rest):
        yield rest
    elif not PASSWORD_IN_URL.search(url):
        # Its host may be anybody's.
        yield url


def passwords(url: str) -> Iterator[str]:
    """Return the password in a URL, encoded and decoded, and with the user as a header has it."""
    if match := PASSWORD_IN_URL.search(url):
        user, password = match.groups()
        yield from dict.fromkeys((password, unquote(password), in_header(unquote(user), unquote(password))))


def in_header(user: object, password: object) -> str:
    """Return a user and a password as the header of basic authentication has them (RFC 7617)."""
    return b64encode(f"{user}:{password}".encode("utf-8", "surrogatepass")).decode()


def query_secrets(url: str) -> Iterator[str]:
    """Return values in a URL's query that are named like a secret or look like one.

    Short ones are not: `jwt=1` switches something on.
    """
    for name, value in parse_qsl(url.partition("?")[2].partition("#")[0]):
        named = is_secret_name(name) or name.lower() in _QUERY_SECRETS
        if (named and len(value) >= _SHORTEST_INSIDE) or looks_secret(value):
            yield value


def _in_json(text: str) -> Iterator[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return
    levels = [("", value)]
    while levels:
        name, item = levels.pop()
        if isinstance(item, dict):
            levels += item.items()
        elif isinstance(item, list):
            levels += [(name, inner) for inner in item]
        elif isinstance(item, str) and (is_secret_name(name) or looks_secret(item)):
            yield from _of_text(item)
