"""Keeps secrets out of whatever is written."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

MASKED = "********"

SENSITIVE_HEADERS = frozenset(
    {
        "api-key",
        "authorization",
        "client-secret",
        "cookie",
        "proxy-authorization",
        "secret-key",
        "session-token",
        "set-cookie",
        "www-authenticate",
        "x-access-token",
        "x-amz-security-token",
        "x-api-key",
        "x-auth-token",
        "x-csrf-token",
        "x-id-token",
        "x-jwt-assertion",
        "x-refresh-token",
        "x-session-token",
        "x-wsse",
        "x-xsrf-token",
    }
)
"""Header names whose values reports never show: the reference's, and AWS's session token."""

_DEEPEST = 100
"""Levels that are left of a value that is nested too deep to be gone through."""

_URL_SAFE = (
    "",
    "!'()*",
    ";,/?:@&=+$!'()*#",
    "!$%&()*+,-./:;=@[]_|~\\'^",
    "!$%&()*+,-./:;=@[]_|~\\?`{}^",
    "/",
)
"""What may be left as it is: of encodeURIComponent, encodeURI, a URL's path and query as they are sent."""

_SCHEME = re.compile(r"\s*(Basic|Bearer)\s+.+", re.IGNORECASE | re.DOTALL)
_NOTHING = re.compile(r"(?!)")


class Mask:
    """A growing set of secret values, and their removal from text and from reports.

    Values are replaced wherever they occur, whatever their case, the longest first, and also as URLs, JSON
    and base64 write them. On the terminal, values shorter than `shortest` characters are left: they would
    blank ordinary text. Reports mask these too, as the reference's do.
    """

    shortest = 4

    def __init__(self, values: Iterable[Any] = ()) -> None:
        self._values: set[str] = set()
        self._every = self._long = _NOTHING
        self.add(*values)

    def __repr__(self) -> str:
        return f"<Mask of {len(self._values)} values>"

    def add(self, *values: Any) -> None:
        """Mask these values too; what is neither text nor a number is passed over."""
        new = {str(v) for v in values if isinstance(v, (str, int, float)) and not isinstance(v, bool)}
        new = {value for value in new if value} - self._values
        if new:
            self._values |= new
            for value in new:
                if len(value) >= self.shortest:
                    self._values |= _written(value)
            self._every = _pattern(self._values)
            self._long = _pattern(value for value in self._values if len(value) >= self.shortest)

    def text(self, text: str) -> str:
        """`text`, for the terminal, without secrets."""
        return self._long.sub(MASKED, text)

    def json(self, value: Any) -> Any:
        """A copy of a JSON value, for a report, without secrets.

        Strings under the name of a sensitive header, in a list too, are masked whether they are known as
        secrets or not; of `Basic …` and `Bearer …` the scheme stays. What is nested many hundred levels deep,
        as only a hostile server's answer is, is cut.
        """
        try:
            return self._json(value)
        except RecursionError:
            return self._json(_cut(value, _DEEPEST))

    def _json(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._every.sub(MASKED, value)
        if isinstance(value, dict):
            return {
                key: self._header(item) if str(key).lower() in SENSITIVE_HEADERS else self._json(item)
                for key, item in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self._json(item) for item in value]
        return value

    def _header(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._header(item) for item in value]
        if not isinstance(value, str):
            return self._json(value)
        if scheme := _SCHEME.fullmatch(value):
            return f"{scheme[1]} {MASKED}"
        masked = self._every.sub(MASKED, value)
        return masked if masked != value else MASKED


def _written(value: str) -> set[str]:
    """A secret as it is written in a URL (by this client, by JavaScript, in a form), JSON and base64."""
    data = value.encode("utf-8", "surrogatepass")
    return {
        *(quote(data, safe=safe) for safe in _URL_SAFE),
        quote_plus(data),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        b64encode(data).decode().rstrip("="),
    }


def _pattern(values: Iterable[str]) -> re.Pattern[str]:
    alternatives = "|".join(re.escape(value) for value in sorted(values, key=len, reverse=True))
    return re.compile(alternatives, re.IGNORECASE) if alternatives else _NOTHING


def _cut(value: Any, levels: int) -> Any:
    if isinstance(value, dict):
        return {key: _cut(item, levels - 1) for key, item in value.items()} if levels > 0 else "{…}"
    if isinstance(value, (list, tuple)):
        return [_cut(item, levels - 1) for item in value] if levels > 0 else "[…]"
    return value
