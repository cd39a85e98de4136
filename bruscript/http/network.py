"""How connections are made: names resolved, addresses tried in turn, TLS begun, each step on the timeline."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import httpcore

from bruscript.http import timeline
from bruscript.http.dialling import CONNECT_PATIENCE, dial
from bruscript.http.errors import RequestError, handshake_closed, handshake_slow
from bruscript.http.fence import Fence

_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)
"""Linux has it."""

_MOST_UNSENT = 1 << 16
"""Bytes."""

Greet = Callable[[httpcore.AsyncNetworkStream, str, int], Awaitable[None]]
OnTlsError = Callable[[ssl.SSLError, str, "tuple[str, int] | None"], Awaitable[RequestError]]


class Network(httpcore.AsyncNetworkBackend):
    """Makes the connections of a pool.

    `via` is the host and port of a SOCKS server to dial in place of the target, and `greet` what to say to it
    then. `on_tls_error` words a failed handshake with the server of the given name; it gets the place that
    was dialled where that is the server itself. `proxied` says that hosts to dial are proxies. `fence` is
    asked before an address is connected to, unless it is a proxy's.
    """

    def __init__(
        self,
        on_tls_error: OnTlsError,
        *,
        via: tuple[str, int] | None = None,
        greet: Greet | None = None,
        proxied: bool = False,
        fence: Fence | None = None,
    ) -> None:
        self._backend = httpcore.AnyIOBackend()
        self._on_tls_error = on_tls_error
        self._via = via
        self._greet = greet
        self._proxied = proxied or via is not None
        self._fence = None if self._proxied else fence

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to `host`; raises RequestError with the reason that the user can act on."""
        dialled = self._via or (host, port)
        stream = await self._dial(*dialled)
        if self._greet:
            started = time.perf_counter()
            try:
                await self._greet(stream, host, port)
            except BaseException:
                await stream.aclose()
                raise
            timeline.record("proxy", since=started, host=dialled[0], port=dialled[1])
        return _Stream(stream, self._on_tls_error, None if self._proxied else (host, port))

    async def sleep(self, seconds: float) -> None:
        """Pause between attempts."""
        await asyncio.sleep(seconds)

    async def _dial(self, host: str, port: int) -> httpcore.AsyncNetworkStream:
        return await dial(
            host,
            port,
            self._backend.connect_tcp,
            failures=(httpcore.ConnectError, httpcore.ConnectTimeout, OSError),
            fence=self._fence,
            proxy=self._proxied,
        )


class _Stream(httpcore.AsyncNetworkStream):
    """A connection, with TLS or not yet.

    What HTTP/1.1 writes of a request waits until the answer is read, or there is much of it: head and body
    then go out together, which saves both sides one of two packets.
    """

    def __init__(
        self,
        stream: httpcore.AsyncNetworkStream,
        on_tls_error: OnTlsError,
        place: tuple[str, int] | None,
    ) -> None:
        self._stream = stream
        self._place = place
        self._on_tls_error = on_tls_error
        self._socket = stream.get_extra_info("socket")
        self._unsent = bytearray()
        ssl_object = stream.get_extra_info("ssl_object")
        # HTTP/2 has many requests on their way: one may write while another already reads.
        self._most_unsent = 0 if ssl_object and ssl_object.selected_alpn_protocol() == "h2" else _MOST_UNSENT
        self.aclose = stream.aclose  # type: ignore[method-assign]
        self.get_extra_info = stream.get_extra_info  # type: ignore[method-assign]

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Send what still waits, then receive."""
        if self._unsent:
            # A server may refuse an upload and close; what it said then is still to be read.
            with contextlib.suppress(httpcore.WriteError):
                await self._flush(timeout)
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send, now or with what follows."""
        self._unsent += buffer
        if len(self._unsent) > self._most_unsent:
            await self._flush(timeout)

    async def _flush(self, timeout: float | None) -> None:
        """Send, and have what comes back acknowledged at once.

        A server that writes head and body apart sends the body when the head was acknowledged (Nagle), which
        the system puts off by 40 ms on a connection that is not new. The option lasts for a few segments.
        """
        unsent, self._unsent = bytes(self._unsent), bytearray()
        await self._stream.write(unsent, timeout)
        if _QUICKACK is not None and self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        started = time.perf_counter()
        try:
            stream = await self._stream.start_tls(ssl_context, server_hostname, CONNECT_PATIENCE)
        except httpcore.ConnectTimeout:
            raise handshake_slow(server_hostname or "", CONNECT_PATIENCE) from None
        except httpcore.ConnectError as error:
            name = server_hostname or ""
            cause = error.__cause__
            if isinstance(cause, ssl.SSLError):
                raise (await self._on_tls_error(cause, name, self._place)) from None
            raise handshake_closed(name) from None
        ssl_object = stream.get_extra_info("ssl_object")
        timeline.record("tls", since=started, host=server_hostname, **timeline.tls_facts(ssl_object))
        # Through a proxy, TLS may begin a second time inside the first.
        return _Stream(stream, self._on_tls_error, None)
