"""Sending through proxies, and by HTTP/2: httpcore's pools over our own network."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import httpcore
import httpx

from bruscript.http.errors import (
    RequestError,
    broken_off,
    causes,
    connection_reset,
    cut_short,
    no_response,
    not_http,
    switched_protocols,
    system_reason,
    tls_error,
)
from bruscript.http.malformed import ended_by, missing
from bruscript.http.network import Network
from bruscript.http.timeline import current
from bruscript.http.wire import IDLE_LIMIT, SAFE_TO_REPEAT, new_response, server_name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bruscript.http.fence import Fence
    from bruscript.http.proxy import Proxy
    from bruscript.http.tls import TlsSettings
    from bruscript.http.url import Address

_FAILURES = (OSError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, ssl.SSLError)


class Relay:
    """Sends requests through proxies or by HTTP/2; one pool for each proxy and certificate."""

    def __init__(self, tls: TlsSettings, *, http2: bool) -> None:
        self._http2 = http2
        self._tls = tls
        self._pools: dict[object, httpcore.AsyncConnectionPool] = {}

    async def send(
        self, request: httpx.Request, address: Address, proxy: Proxy | None, fence: Fence | None
    ) -> httpx.Response:
        """Send `request`; the response's body is still to be read. Raises RequestError."""
        pool = self._pool(address, proxy, fence)
        extensions = _extensions(request, address)
        timeline = current.get()
        mark = len(timeline.events) if timeline else 0
        try:
            try:
                response = await pool.handle_async_request(_request(request, address, extensions))
            except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
                # The server may close an idle connection just as we reuse it (RFC 9112, 9.3.1).
                fresh = timeline is None or timeline.has("connect", after=mark)
                if fresh or request.method not in SAFE_TO_REPEAT:
                    raise
                response = await pool.handle_async_request(_request(request, address, extensions))
        except _FAILURES as error:
            raise _exchange_error(error, address.host, address.netloc) from None
        return new_response(
            response.status,
            response.headers,
            _Body(response, address),
            reason=response.extensions.get("reason_phrase"),
            version=response.extensions.get("http_version", b"HTTP/1.1"),
        )

    async def aclose(self) -> None:
        """Close every connection."""
        pools, self._pools = list(self._pools.values()), {}
        await asyncio.gather(*(pool.aclose() for pool in pools), return_exceptions=True)

    def _pool(
        self, address: Address, proxy: Proxy | None, fence: Fence | None
    ) -> httpcore.AsyncConnectionPool:
        secure = address.scheme == "https"
        certificate = self._tls.certificate_for(address) if secure else None
        # A kept connection may lead to a forbidden address: fenced requests use others.
        key = (secure, certificate, proxy, fence)
        pool = self._pools.get(key)
        if pool is None:
            # Without TLS the context is never used, and making one would read the trust store.
            context = self._tls.context(certificate) if secure else _unused_context()
            pool = self._pools[key] = self._new_pool(proxy, context, fence)
        return pool

    def _new_pool(
        self, proxy: Proxy | None, context: ssl.SSLContext, fence: Fence | None
    ) -> httpcore.AsyncConnectionPool:
        via, greet = None, None
        if proxy and proxy.is_socks:
            from bruscript.http.socks import greeting

            via, greet = (proxy.host, proxy.port), greeting(proxy, fence)
        network = Network(self._tls.explain, via=via, greet=greet, proxied=proxy is not None, fence=fence)
        if proxy is None or proxy.is_socks:
            return httpcore.AsyncConnectionPool(
                ssl_context=context,
                max_connections=None,
                keepalive_expiry=IDLE_LIMIT,
                http2=self._http2,
                network_backend=network,
            )
        return httpcore.AsyncHTTPProxy(
            proxy_url=httpcore.URL(
                scheme=proxy.scheme.encode(), host=proxy.host.encode("idna"), port=proxy.port, target=b"/"
            ),
            proxy_auth=(proxy.username.encode(), proxy.password.encode()) if proxy.username else None,
            proxy_ssl_context=self._tls.context() if proxy.scheme == "https" else None,
            ssl_context=context,
            max_connections=None,
            keepalive_expiry=IDLE_LIMIT,
            http2=self._http2,
            network_backend=network,
        )


class _Body(httpx.AsyncByteStream):
    """A response's body as it arrives."""

    def __init__(self, response: httpcore.Response, address: Address) -> None:
        self._response = response
        self._address = address

    async def __aiter__(self) -> AsyncIterator[bytes]:
        assert not isinstance(self._response.stream, bytes)
        try:
            async for chunk in self._response.stream:  # type: ignore[union-attr]  # it is asynchronous
                yield chunk
        except (*_FAILURES, httpcore.TimeoutException) as error:
            raise _exchange_error(error, self._address.host, self._address.netloc) from None

    async def aclose(self) -> None:
        await self._response.aclose()


def _extensions(request: httpx.Request, address: Address) -> dict[str, object]:
    """Return the name for the TLS handshake, if it is not the URL's host as written there."""
    if address.scheme != "https":
        return {}
    name = server_name(request, address)
    return {} if name == address.host else {"sni_hostname": name}


def _unused_context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _request(request: httpx.Request, address: Address, extensions: dict[str, object]) -> httpcore.Request:
    url = httpcore.URL(
        scheme=address.scheme.encode(),
        host=address.host.encode(),
        # A proxy gets the port only if the URL has it.
        port=None if address.host == address.netloc else address.port,
        target=address.target.encode("ascii"),
    )
    return httpcore.Request(
        method=request.method,
        url=url,
        headers=request.headers.raw,
        content=request.stream,
        extensions=extensions,
    )


def _exchange_error(error: Exception, host: str, place: str) -> RequestError:
    """Return why the exchange broke after the connection was there; `place` is `host` with its port."""
    tls = next((cause for cause in causes(error) if isinstance(cause, ssl.SSLError)), None)
    if tls is not None and not isinstance(tls, ssl.SSLEOFError):
        return tls_error(tls, host)
    how = next((name for arg in error.args if (name := ended_by(arg))), None)
    if how is not None:
        return broken_off(place, how)
    text = str(error)
    if isinstance(error, httpcore.LocalProtocolError):
        what = "its header lines are malformed" if "header" in text.lower() else "it breaks the protocol"
        return RequestError(f"The request cannot be sent as HTTP: {what}", "ERR_INVALID_CHAR")
    if isinstance(error, httpcore.ProxyError):
        return RequestError(f"The proxy refused the connection to {place}: {text}", "ERR_PROXY")
    if isinstance(error, httpcore.RemoteProtocolError):
        if "without sending a response" in text:
            return no_response(place)
        if "incomplete" in text or "without sending complete" in text:
            return cut_short(place, missing(text))
        if "_SWITCH_" in text:
            return switched_protocols(place)
        return not_http(place, text)
    if isinstance(error, httpcore.TimeoutException):
        return RequestError(f"{place} did not answer in time", "ECONNABORTED")
    if isinstance(error, (httpcore.ReadError, httpcore.WriteError)):
        return connection_reset(place)
    return RequestError(f"The request to {place} failed: {system_reason(error)}")
