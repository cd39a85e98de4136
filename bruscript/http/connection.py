"""One HTTP/1.1 connection: writes requests, parses responses as they arrive by llhttp, Node's own parser."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade, HttpResponseParser

RawHeaders = list[tuple[bytes, bytes]]

_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)
"""Linux has it."""

_MOST_HEAD = 100 << 10
"""Bytes of a response's head, its lines and blanks included."""

_MOST_WAITING = 1 << 20
"""Bytes of a body that wait to be read; beyond them the server has to wait."""

_SMALL = 1 << 16
"""Bytes of a request that are put together to be sent at once."""


class ConnectionLost(Exception):
    """The server ended the connection. `cut` says what its response lacks, "" for everything."""

    def __init__(self, *, reset: bool, cut: str = "") -> None:
        super().__init__(cut)
        self.reset = reset
        self.cut = cut


class NotHttp(Exception):
    """The response is not HTTP; the message is llhttp's reason. `head` is the received part of the head."""

    def __init__(self, reason: str, head: bytes = b"") -> None:
        super().__init__(reason)
        self.head = head


class SwitchedProtocols(NotHttp):
    """The server switched to another protocol without being asked."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a response. `version` is such as b"HTTP/1.1"."""

    status: int
    reason: bytes
    headers: RawHeaders
    version: bytes


class Connection(asyncio.Protocol):
    """A connection that carries one request at a time. `usable` says whether it may carry another."""

    _paused: bool

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._socket: socket.socket | None = None
        self._closed = False
        self._waiter: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._begin("")
        self._complete = True

    # -- for the sender -----------------------------------------------------------------------------

    @property
    def usable(self) -> bool:
        """Whether the last response is complete and the server lets the connection be used again."""
        return self._complete and self._keep and not self._closed

    async def send(self, method: str, head: bytes, body: AsyncIterator[bytes], *, chunked: bool) -> Head:
        """Send a request, `head` as it goes on the wire, and wait for the head of its response.

        `chunked` says that the body's pieces are framed by us (RFC 9112, 7.1). Raises ConnectionLost and
        NotHttp; a server that answers before it has read everything has its answer read.
        """
        self._begin(method)
        unsent = bytearray(head)
        async for piece in body:
            unsent += b"%x\r\n%b\r\n" % (len(piece), piece) if chunked and piece else piece
            if len(unsent) > _SMALL:
                await self._write(bytes(unsent))
                unsent.clear()
                if self._closed:
                    break
        if chunked:
            unsent += b"0\r\n\r\n"
        if unsent:
            await self._write(bytes(unsent))
        while self._head is None:
            self._raise()
            await self._progress()
        return self._head

    async def body(self) -> AsyncIterator[bytes]:
        """Yield the pieces of the response's body, as they arrive. Raises ConnectionLost and NotHttp."""
        while True:
            while self._pieces:
                piece = self._pieces.popleft()
                self._waiting -= len(piece)
                if self._paused and self._waiting < _MOST_WAITING and self._transport is not None:
                    self._paused = False
                    self._transport.resume_reading()
                yield piece
            if self._complete:
                return
            self._raise()
            await self._progress()

    def close(self) -> None:
        """End the connection at once."""
        self._closed = True
        if self._transport is not None:
            self._transport.abort()

    async def start_tls(self, handshake: Callable[[asyncio.Transport], Awaitable[asyncio.Transport]]) -> None:
        """Go on over the transport that `handshake` makes of this one."""
        assert self._transport is not None
        self._transport = await handshake(self._transport)

    def extra(self, name: str) -> object:
        """Return what the transport knows under `name`, such as "ssl_object"."""
        return self._transport.get_extra_info(name) if self._transport is not None else None

    # -- the request ---------------------------------------------------------------------------------

    def _begin(self, method: str) -> None:
        self._parser = HttpResponseParser(self)
        self._bodiless = method == "HEAD"
        self._headers: RawHeaders = []
        self._reason = b""
        self._seen = bytearray()
        self._head: Head | None = None
        self._pieces: deque[bytes] = deque()
        self._waiting = 0
        self._received = 0
        self._paused = False
        self._length: int | None = None
        self._chunked = False
        self._complete = self._keep = False
        self._failure: Exception | None = None

    async def _write(self, data: bytes) -> None:
        if self._closed or self._transport is None:
            return
        self._transport.write(data)
        if _QUICKACK is not None and self._socket is not None:
            # A server that writes head and body apart sends the body when the head was acknowledged (Nagle),
            # which the system puts off by 40 ms on a connection that is not new.
            with suppress(OSError):
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
        if self._writable is not None:
            await self._writable

    async def _progress(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # -- what asyncio calls --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._socket = transport.get_extra_info("socket")

    def data_received(self, data: bytes) -> None:
        """Parse received data; data between two responses makes the connection unusable."""
        if self._complete:
            self._keep = False
            return
        if self._head is None:
            self._seen += data
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self.close()
        except HttpParserCallbackError as error:
            cause = error.__context__
            self._fail(cause if isinstance(cause, Exception) else error)
        except HttpParserError as error:
            self._fail(NotHttp(str(error), bytes(self._seen)))
        if self._head is None and len(self._seen) > _MOST_HEAD:
            self._fail(NotHttp("Header overflow"))
        self._wake()

    def eof_received(self) -> bool:
        """Let the transport close: HTTP does not use half-open connections."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Report what the response lacks, if one was awaited."""
        self._closed = True
        if not self._complete and self._failure is None:
            if self._head is not None and self._length is None and not self._chunked and exc is None:
                # Such a body ends with the connection (RFC 9112, 6.3).
                self._complete = True
            else:
                self._failure = ConnectionLost(reset=exc is not None, cut=self._missing())
                self._failure.__cause__ = exc
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None
        self._wake()

    def pause_writing(self) -> None:
        """Have the sender wait until the system takes more."""
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """Let the sender go on."""
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():
            writable.set_result(None)

    def _missing(self) -> str:
        if self._head is None:
            return "its head is not complete" if self._seen else ""
        if self._length is not None:
            return f"{self._received} of {self._length} bytes arrived"
        return "its last chunk is missing"

    def _fail(self, error: Exception) -> None:
        if self._failure is None and not self._complete:
            self._failure = error
        self.close()

    # -- what the parser calls -----------------------------------------------------------------------

    def on_status(self, status: bytes) -> None:
        """Take a piece of the reason phrase."""
        self._reason += status

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; those after a body (trailers) are ignored."""
        if self._head is None:
            self._headers.append((name, value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """Take the head, unless it is one of those that come before the response (RFC 9110, 15.2)."""
        if self._complete:
            return
        status = self._parser.get_status_code()
        if status == 101:
            self._failure = SwitchedProtocols("101 Switching Protocols")
        if 100 <= status < 200:
            return
        for name, value in self._headers:
            key = name.lower()
            if key == b"content-length":
                self._length = int(value)
            elif key == b"transfer-encoding":
                self._chunked = value.lower().rstrip().endswith(b"chunked")
        version = b"HTTP/" + self._parser.get_http_version().encode("ascii")
        self._head = Head(status, self._reason, self._headers, version)
        self._seen.clear()
        if self._bodiless:
            self._end()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        if self._complete:
            return
        self._pieces.append(body)
        self._received += len(body)
        self._waiting += len(body)
        if self._waiting >= _MOST_WAITING and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        """Note that the response is complete; after an interim one, wait for the next."""
        if self._complete:
            # More than one response to a request: this connection must not be reused.
            self._keep = False
        elif self._head is None:
            self._headers, self._reason = [], b""
            self._seen.clear()
        else:
            self._end()

    def _end(self) -> None:
        self._complete = True
        self._keep = self._parser.should_keep_alive()
