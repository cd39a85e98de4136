"""Requests and responses, masked for output."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from bruscript.http.response import Response, parse_json
from bruscript.http.sent import MOST_SHOWN, TOKENS
from bruscript.lang.js import indented_json
from bruscript.masking.messages import own_message

if TYPE_CHECKING:
    from bruscript.http.app_trace import AppFailure
    from bruscript.http.sent import SentRequest
    from bruscript.http.wire import RawHeaders
    from bruscript.masking import Mask

_CONTROLS = frozenset(range(32)) - {9, 10, 12, 13, 27}


class MaskedExchange:
    """A `SentRequest` for reporters; headers and bodies are masked when they are first read."""

    def __init__(self, sent: SentRequest, mask: Mask) -> None:
        self._sent = sent
        self._mask = mask
        self.sent_by, self.version = sent.sent_by, sent.version
        self.for_token = sent.sent_by == TOKENS
        self.begun, self.duration_ms, self.size = sent.begun, sent.duration_ms, sent.size
        self.status = sent.status

    @cached_property
    def method(self) -> str:
        """The method that was sent, which a script may have made of a secret."""
        return self._mask.mask(self._sent.method, prose=True)

    @cached_property
    def reason(self) -> str:
        """The reason phrase that came with the status."""
        return self._mask.mask(self._sent.reason, prose=True)

    @cached_property
    def url(self) -> str:
        """Where it went."""
        return self._mask.mask(self._sent.url)

    @cached_property
    def error(self) -> str | None:
        """Why no response came, or not all of it."""
        error = self._sent.error
        return None if error is None else own_message(self._mask, error)

    @cached_property
    def app_failure(self) -> AppFailure | None:
        """The exception of the application in this process."""
        failure = self._sent.app.failure if self._sent.app else None
        if failure is None:
            return None
        message, trace = self._mask.mask(failure.message), self._mask.mask(failure.traceback, prose=True)
        return replace(failure, message=message, traceback=trace, error=None)

    @cached_property
    def app_log(self) -> list[str]:
        """The log records of the application in this process."""
        return [self._mask.mask(line) for line in (self._sent.app.log if self._sent.app else ())]

    @cached_property
    def headers(self) -> list[tuple[str, str]]:
        """All headers that were sent, in their order."""
        return self._masked_headers(self._sent.headers)

    @cached_property
    def response_headers(self) -> list[tuple[str, str]]:
        """All headers that came back, in their order."""
        return self._masked_headers(self._sent.response_headers)

    @property
    def content_type(self) -> str:
        """The response's content type."""
        return header(self.response_headers, "content-type")

    def is_of(self, other: MaskedExchange | None) -> bool:
        """Return whether both show the same exchange."""
        return other is not None and self._sent is other._sent

    @property
    def request_body(self) -> str:
        """The body that was sent, laid out if it is JSON; files and binary parts are named, not shown."""
        return self._request_body(laid_out=True)

    @property
    def request_text(self) -> str:
        """The same as it was sent."""
        return self._request_body(laid_out=False)

    @cached_property
    def response_body(self) -> str:
        """The body that came back, laid out if it is JSON; one that is binary is named, not shown."""
        return self._response_body(laid_out=True)

    @property
    def response_text(self) -> str:
        """The same as it came."""
        return self._response_body(laid_out=False)

    def _response_body(self, *, laid_out: bool) -> str:
        content, size = self._sent.content.getbuffer(), self._sent.size
        if size and not content:
            return f"({size} bytes, not kept)"
        beginning = bytes(content[:MOST_SHOWN])
        return self._body(beginning, self.content_type, laid_out=laid_out, size=max(size, len(content)))

    def _request_body(self, *, laid_out: bool) -> str:
        if self._sent.body is None:
            return ""
        kind = header(self.headers, "content-type")
        return "".join(
            self._body(piece[:MOST_SHOWN], kind, laid_out=laid_out, size=len(piece))
            if isinstance(piece, bytes)
            else f"(the file {piece.path.name})"
            for piece in self._sent.body.pieces
        )

    def _masked_headers(self, headers: RawHeaders) -> list[tuple[str, str]]:
        result: list[tuple[str, str]] = []
        for name, value in headers:
            masked = self._mask.mask({name.decode("latin-1"): value.decode("latin-1")})
            result += [(key, str(text)) for key, text in masked.items()]
        return result

    def _body(self, content: bytes, content_type: str, *, laid_out: bool, size: int) -> str:
        """Show `content`, the beginning of a body of `size` bytes."""
        if not content:
            return ""
        if is_binary(content, content_type):
            kind = content_type.partition(";")[0].strip() or "of unknown type"
            return f"({size} bytes of binary data, {kind})"
        text = Response(200, "", [("content-type", content_type)], "", content).text
        if size > len(content):
            # The end may be a part of a secret that is not known by that.
            masked_text = self._mask.mask(text)
            return f"{masked_text[: len(masked_text) - MOST_SHOWN // 4]}\n… of {size} bytes"
        data = parse_json(text) if laid_out and text.lstrip()[:1] in ("{", "[") else text
        if data is text:
            return self._mask.mask(text)
        masked = self._mask.mask(data)
        if masked == data:
            # Numbers and repeated names stay as they came.
            return self._mask.mask(indented_json(text))
        return json.dumps(masked, indent=2, ensure_ascii=False)


def header(headers: list[tuple[str, str]], name: str) -> str:
    """Return the value of the first header with this name, in small letters; "" without one."""
    return next((value for key, value in headers if key.lower() == name), "")


def is_binary(content: bytes, content_type: str) -> bool:
    """Return whether the content is not for reading: an image, a PDF, or bytes that are in no text."""
    kind = content_type.partition(";")[0].strip().lower()
    main = kind.partition("/")[0]
    if main in ("image", "audio", "video", "font") and not kind.endswith("+xml"):
        return True
    if "charset=utf-16" in content_type.lower() or "charset=utf-32" in content_type.lower():
        return False
    return not _CONTROLS.isdisjoint(content[:1024])
