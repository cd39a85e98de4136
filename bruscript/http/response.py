"""A response: status, headers, the body's bytes, and their value."""

from __future__ import annotations

import json
from dataclasses import field
from functools import cached_property
from typing import Any

from bruscript.http.charset import codec_for, text_of
from bruscript.records import record

# Of these, HTTP allows one, and the first counts; other repeated headers are joined with a comma.
_SINGLE = frozenset(
    {
        *("age", "authorization", "content-length", "content-type", "etag", "expires", "from", "host"),
        *("if-modified-since", "if-unmodified-since", "last-modified", "location", "max-forwards"),
        *("proxy-authorization", "referer", "retry-after", "server", "user-agent"),
    }
)


@record
class Response:
    """A response, complete.

    `body` is the decoded content. `url` is the one that answered, after redirects.
    `duration_ms` is from the sending of the last request of the exchange to its last byte; `timeline` has one
    entry for each event (see `bruscript.http.timeline`). `warnings` are what the
    user should hear although there is a response.
    """

    status: int
    status_text: str
    headers: list[tuple[str, str]] = field(repr=False)
    url: str = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    duration_ms: int = 0
    http_version: str = "HTTP/1.1"
    timeline: list[dict[str, Any]] = field(default_factory=list, repr=False)
    warnings: list[str] = field(default_factory=list, repr=False)
    parse_json: bool = True

    @cached_property
    def header_map(self) -> dict[str, str | list[str]]:
        """Headers by lower-case name, repeated ones joined; `set-cookie` is always a list."""
        merged: dict[str, str | list[str]] = {}
        cookies: list[str] = []
        for name, value in self.headers:
            key = name.lower()
            if key == "set-cookie":
                cookies.append(value)
                merged[key] = cookies
            elif key not in merged:
                merged[key] = value
            elif key not in _SINGLE:
                merged[key] = f"{merged[key]}, {value}"
        return merged

    @cached_property
    def text(self) -> str:
        """The body as text, in the charset that the content type names, else UTF-8; without a BOM."""
        return text_of(self.body, self.charset)

    @cached_property
    def data(self) -> Any:
        """The body as JSON if it is JSON, whatever the content type says; else the text."""
        return parse_json(self.text) if self.parse_json else self.text

    @cached_property
    def charset(self) -> str:
        """The Python codec for the body's text, also by its byte-order mark."""
        content_type = self.header_map.get("content-type", "")
        return codec_for(self.body, content_type if isinstance(content_type, str) else "")

    @property
    def size(self) -> int:
        """The body's length in bytes, decoded."""
        return len(self.body)


def parse_json(text: str) -> Any:
    """Parse `text` as JavaScript's JSON.parse does; return `text` itself if it is not JSON.

    Integers keep all their digits; `1.0` or `1e3` are the integers that JavaScript makes of them.
    """
    try:
        return JSON_DECODER.decode(text)
    except (ValueError, RecursionError):
        return text


def _number(literal: str) -> float | int:
    value = float(literal)
    return int(value) if value.is_integer() and abs(value) < 1e21 else value


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


JSON_DECODER = json.JSONDecoder(parse_float=_number, parse_constant=_refuse)
"""Reads JSON as `parse_json` does."""
