"""URLs of requests: path parameters, encoding, and the scheme that may be missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from bruscript.errors import BruscriptError
from bruscript.http.errors import RequestError
from bruscript.http.url import parse_url
from bruscript.lang.js import to_string, trim

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_ORIGIN: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*)?")
_ODATA: Final = re.compile(r"[A-Za-z0-9_.-]+\([^)]*\)")
_ODATA_NAME: Final = re.compile(r":([A-Za-z_][A-Za-z0-9_]*)")
_COMPONENT_SAFE: Final = "!~*'()"


class InvalidUrlError(BruscriptError):
    """A request's URL, its templates resolved, is none."""

    exit_code = 1


def with_scheme(url: str) -> str:
    """`url`, with `http://` before it where it has no scheme of its own; `localhost:80` has none."""
    return url if _SCHEME.match(url) else f"http://{url}"


def with_path_params(url: str, params: Iterable[Mapping[str, Any]]) -> str:
    """`url` with the values of `params` for the `:name` segments of its path, and in OData's parentheses.

    A parameter without a value, or disabled, leaves its name where it is. Values go in as they are. The path
    is normalised: empty and dot segments vanish, credentials and fragment too. Raises InvalidUrlError.
    """
    if not url.startswith(("http://", "https://")):
        url = f"http://{url}"
    try:
        address = parse_url(url)
    except RequestError as error:
        raise InvalidUrlError(f"Invalid URL format: {error.message}") from None
    values: dict[Any, str | None] = {}
    for param in params:
        values.setdefault(param.get("name"), _value(param))
    path, question, query = address.target.partition("?")
    segments = [_segment(segment, values) for segment in path.split("/") if segment]
    trailing = "/" if path.endswith("/") else ""
    return address.origin + "".join(f"/{segment}" for segment in segments) + trailing + question + query


def encode_url(url: str) -> str:
    """`url` with path segments, and names and values of its query, percent-encoded; origin and `?` stay.

    The path is decoded before, so that encoding twice is encoding once; the query is encoded as it stands,
    escapes included. `#` is data, not a fragment.
    """
    before, question, query = url.partition("?")
    origin = _ORIGIN.match(before)
    assert origin is not None
    path = "/".join(_component(_decoded(segment)) for segment in before[origin.end() :].split("/"))
    pairs = []
    for pair in query.split("&"):
        name, equals, value = pair.partition("=")
        if name:
            pairs.append(_component(name) + equals + _component(value))
    return origin[0] + path + question + "&".join(pairs)


def _value(param: Mapping[str, Any]) -> str | None:
    value = param.get("value")
    if param.get("enabled") is False or value is None or (isinstance(value, str) and not trim(value)):
        return None
    return to_string(value)


def _segment(segment: str, values: Mapping[Any, str | None]) -> str:
    if segment.startswith(":"):
        value = values.get(segment[1:])
        return segment if value is None else value
    if _ODATA.fullmatch(segment):
        result = segment
        for name in _ODATA_NAME.findall(segment):
            value = values.get(name)
            if value is not None:
                result = result.replace(f":{name}", value, 1)
        return result
    return segment


def _component(text: str) -> str:
    return quote(text, safe=_COMPONENT_SAFE, errors="replace")


def _decoded(text: str) -> str:
    if "%" not in text:
        return text
    try:
        if re.search(r"%(?![0-9A-Fa-f]{2})", text):
            raise ValueError
        return unquote_to_bytes(text).decode("utf-8")
    except ValueError:
        # What is no valid escape stays; each of the others is decoded on its own, if it is a character alone.
        return re.sub(r"%[0-7][0-9A-Fa-f]", lambda match: chr(int(match[0][1:], 16)), text)
