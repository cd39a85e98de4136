"""Requests and responses, hop by hop, for reports."""

from __future__ import annotations

import io
import time
from contextvars import ContextVar
from dataclasses import field, replace
from typing import TYPE_CHECKING

from bruscript.records import record

if TYPE_CHECKING:
    import httpx

    from bruscript.http.app_trace import AppTrace
    from bruscript.http.body import BodyStream
    from bruscript.http.wire import RawHeaders


MOST_SHOWN = 1 << 20
"""Maximum bytes of an exchange's body that reports show."""

KEPT = 16 << 20
"""Maximum bytes of bodies kept for reports, of the requests of one request's scripts."""

TOKENS = "OAuth 2.0"
"""`sent_by` of requests for tokens."""


@record
class SentRequest:
    """One request as sent, and its response: one for each redirect and challenge.

    `headers` are all that went out, `content` is the response's body, decoded; `duration_ms` is from sending
    to the last byte, `begun` a `time.time()`. `status` is None where no response came, and then `error` says
    why. `sent_by` is empty for a request of the collection, else names who sent it: "axios", "OAuth 2.0".
    `app` is what an application in this process raised and logged for it.
    """

    method: str = field(repr=False)
    url: str = field(repr=False)
    headers: RawHeaders = field(repr=False)
    body: BodyStream | None = field(repr=False)
    sent_by: str = ""
    begun: float = field(default_factory=time.time)
    status: int | None = None
    reason: str = field(default="", repr=False)
    version: str = "HTTP/1.1"
    response_headers: RawHeaders = field(default_factory=list, repr=False)
    content: io.BytesIO = field(default_factory=io.BytesIO, repr=False)
    size: int = 0
    duration_ms: float = 0.0
    error: str | None = field(default=None, repr=False)
    app: AppTrace | None = field(default=None, repr=False)

    @property
    def started(self) -> bool:
        """Whether a response has begun to come."""
        return self.status is not None

    def received(self, duration_ms: float, room: int) -> None:
        """Note that the response was read.

        Of what a script has asked for only the beginning is kept, and that only if `room` has so many bytes.
        """
        self.duration_ms, self.size = round(duration_ms, 3), self.content.tell()
        if self.sent_by and self.size > 0:
            beginning = self.content.getbuffer()[: min(self.size, MOST_SHOWN)]
            self.content = io.BytesIO(beginning if len(beginning) <= room else b"")

    def release(self) -> None:
        """Drop the bodies, for callers that keep the results of many requests."""
        self.body, self.content = None, io.BytesIO()
        if self.app and self.app.failure:
            # The exception keeps the frames of the application, and their values.
            self.app.failure = replace(self.app.failure, error=None)


def record_of(request: httpx.Request, url: str, sent_by: str, content: io.BytesIO) -> SentRequest:
    """Return the record of a request that is about to be sent; its body is only referred to."""
    from bruscript.http.body import BodyStream

    body = request.stream if isinstance(request.stream, BodyStream) else None
    return SentRequest(request.method, url, request.headers.raw, body, sent_by, content=content)


def room_in(journal: list[SentRequest]) -> int:
    """Return how many bytes of what scripts have asked for may still be kept."""
    return KEPT - sum(sent.content.getbuffer().nbytes for sent in journal if sent.sent_by)


journal: ContextVar[list[SentRequest] | None] = ContextVar("bruscript_journal", default=None)
"""Where the client records its requests; None to record nothing."""
