"""Sending straight to a server by HTTP/1.1: connections of our own, kept and used again."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import httpx

from bruscript.http.connection import Connection, ConnectionLost, Head, NotHttp, SwitchedProtocols
from bruscript.http.dialling import CONNECT_PATIENCE, dial
from bruscript.http.errors import (
    RequestError,
    connection_reset,
    cut_short,
    handshake_closed,
    handshake_slow,
    no_response,
    not_http,
    switched_protocols,
    tls_error,
)
from bruscript.http.timeline import record, tls_facts
from bruscript.http.wire import IDLE_LIMIT, SAFE_TO_REPEAT, new_response, server_name

if TYPE_CHECKING:
    from bruscript.http.fence import Fence
    from bruscript.http.tls import TlsSettings
    from bruscript.http.url import Address

_ALPN = ["http/1.1"]


class Direct:
    """Sends requests to their servers. It belongs to one event loop."""

    def __init__(self, tls: TlsSettings) -> None:
        self._tls = tls
        self._idle: dict[object, list[tuple[float, Connection]]] = {}
        self._open: set[Connection] = set()

    async def send(self, request: httpx.Request, address: Address, fence: Fence | None) -> httpx.Response:
        """Send `request`; the response's body is still to be read. Raises RequestError."""
        secure = address.scheme == "https"
        name = server_name(request, address) if secure else ""
        certificate = self._tls.certificate_for(address) if secure else None
        # A kept connection may lead to a forbidden address: fenced requests use others.
        key = (address.host, address.port, secure, name, certificate, fence)
        raw, chunked = _head_of(request, address)
        connection = self._kept_connection(key)
        if connection is not None:
            try:
                head = await self._exchange(connection, request, raw, chunked)
            except ConnectionLost as error:
                # The server may close an idle connection just as we reuse it (RFC 9112, 9.3.1).
                if request.method not in SAFE_TO_REPEAT:
                    raise _in_words(error, address) from None
                connection = None
            except NotHttp as error:
                raise _in_words(error, address) from None
        if connection is None:
            connection = await self._connect(address, name, certificate, fence)
            try:
                head = await self._exchange(connection, request, raw, chunked)
            except (ConnectionLost, NotHttp) as error:
                raise _in_words(error, address) from None
        body = _Body(self, key, connection, address)
        return new_response(head.status, head.headers, body, reason=head.reason, version=head.version)

    async def aclose(self) -> None:
        """Close every connection."""
        self._idle.clear()
        for connection in list(self._open):
            connection.close()
        self._open.clear()

    def release(self, key: object, connection: Connection) -> None:
        """Take a connection back whose response was read, to its end or not."""
        if connection.usable:
            self._idle.setdefault(key, []).append((time.monotonic(), connection))
        else:
            self._drop(connection)

    def _drop(self, connection: Connection) -> None:
        connection.close()
        self._open.discard(connection)

    def _kept_connection(self, key: object) -> Connection | None:
        idle = self._idle.get(key)
        while idle:
            since, connection = idle.pop()
            if connection.usable and time.monotonic() - since < IDLE_LIMIT:
                return connection
            self._drop(connection)
        return None

    async def _exchange(
        self, connection: Connection, request: httpx.Request, head: bytes, chunked: bool
    ) -> Head:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        try:
            return await connection.send(request.method, head, aiter(request.stream), chunked=chunked)
        except BaseException:
            self._drop(connection)
            raise

    async def _connect(
        self, address: Address, name: str, certificate: int | None, fence: Fence | None
    ) -> Connection:
        loop = asyncio.get_running_loop()

        async def connect(host: str, port: int, patience: float) -> Connection:
            making = loop.create_connection(Connection, host, port)
            return (await asyncio.wait_for(making, patience))[1]

        failures = (OSError, asyncio.TimeoutError)
        connection = await dial(address.host, address.port, connect, failures=failures, fence=fence)
        self._open.add(connection)
        if address.scheme == "https":
            try:
                await self._secure(connection, address, name, self._tls.context(certificate))
            except BaseException:
                self._drop(connection)
                raise
        return connection

    async def _secure(
        self, connection: Connection, address: Address, name: str, context: ssl.SSLContext
    ) -> None:
        started = time.perf_counter()
        context.set_alpn_protocols(_ALPN)

        async def handshake(transport: asyncio.Transport) -> asyncio.Transport:
            secured = await asyncio.get_running_loop().start_tls(
                transport,
                connection,
                context,
                server_hostname=name,
                ssl_handshake_timeout=CONNECT_PATIENCE,
            )
            assert secured is not None
            return secured

        try:
            await connection.start_tls(handshake)
        except ssl.SSLError as error:
            raise (await self._tls.explain(error, name, (address.host, address.port))) from None
        except (OSError, EOFError) as error:
            if "taking longer" in str(error):
                raise handshake_slow(name, CONNECT_PATIENCE) from None
            raise handshake_closed(name) from None
        record("tls", since=started, host=name, **tls_facts(connection.extra("ssl_object")))


class _Body(httpx.AsyncByteStream):
    """A response's body as it arrives."""

    def __init__(self, owner: Direct, key: object, connection: Connection, address: Address) -> None:
        self._owner = owner
        self._key = key
        self._connection: Connection | None = connection
        self._address = address

    async def __aiter__(self) -> AsyncIterator[bytes]:
        assert self._connection is not None
        try:
            async for piece in self._connection.body():
                yield piece
        except (ConnectionLost, NotHttp) as error:
            raise _in_words(error, self._address) from None

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._owner.release(self._key, connection)


def _head_of(request: httpx.Request, address: Address) -> tuple[bytes, bool]:
    """Return the request's head as it goes on the wire, and whether its body goes in chunks."""
    lines = [b"%b %b HTTP/1.1" % (request.method.encode("ascii"), address.target.encode("ascii"))]
    chunked = False
    for name, value in request.headers.raw:
        line, key = b"%b: %b" % (name, value), name.lower()
        # RFC 9110, 7.2 recommends the host first.
        lines.insert(1, line) if key == b"host" else lines.append(line)
        if key == b"transfer-encoding":
            if value.lower() != b"chunked":
                raise RequestError(
                    "The request cannot be sent as HTTP: of Transfer-Encoding only `chunked` is supported",
                    "ERR_INVALID_CHAR",
                )
            chunked = True
    return b"\r\n".join([*lines, b"", b""]), chunked


def _in_words(error: ConnectionLost | NotHttp, address: Address) -> RequestError:
    place = address.netloc
    if isinstance(error, SwitchedProtocols):
        return switched_protocols(place)
    if isinstance(error, NotHttp):
        return not_http(place, str(error), error.head)
    cause = error.__cause__
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
        return tls_error(cause, address.host)
    if error.cut:
        return cut_short(place, error.cut)
    return connection_reset(place) if error.reset else no_response(place)
