"""Sending over the network: connections are kept and used again, a pool for each proxy and certificate."""

from __future__ import annotations

import asyncio
import re
import ssl
from typing import TYPE_CHECKING

import httpcore
import httpx

from bruscript.http.errors import exchange_error
from bruscript.http.fence import check_beyond
from bruscript.http.network import Network
from bruscript.http.proxy import Proxy, Router
from bruscript.http.timeline import current
from bruscript.http.wire import address_of, new_response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bruscript.http.config import ClientConfig
    from bruscript.http.fence import Fence
    from bruscript.http.tls import TlsSettings
    from bruscript.http.url import Address

# Below the five seconds after which common servers close an idle connection, so that we close it first.
_KEEPALIVE = 4.0
_FAILURES = (OSError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, ssl.SSLError)
_SAFE_TO_REPEAT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})


class NetworkTransport(httpx.AsyncBaseTransport):
    """Sends requests over TCP and TLS, directly or through proxies.

    httpx's own transport tells nothing of connections being made and has no SOCKS4; this one has the same
    lower layer, httpcore, with pools and a network of its own.
    """

    def __init__(self, config: ClientConfig, tls: TlsSettings, *, http2: bool = False) -> None:
        self._config = config
        self._http2 = http2
        self._tls = tls
        self._router = Router(config)
        self._pools: dict[object, httpcore.AsyncConnectionPool] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`; the response's body is still to be read. Raises RequestError."""
        address = address_of(request)
        fence, proxy = request.extensions.get("fence"), await self._router.route(address)
        if fence is not None and proxy is not None:
            await check_beyond(fence, address)
        pool = self._pool(address, proxy, fence)
        extensions = _extensions(request, address)
        timeline = current.get()
        mark = len(timeline.events) if timeline else 0
        try:
            try:
                response = await pool.handle_async_request(_request(request, address, extensions))
            except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
                # The server may close an idle connection just as we use it again (RFC 9112, 9.3.1).
                fresh = timeline is None or timeline.has("connect", after=mark)
                if fresh or request.method not in _SAFE_TO_REPEAT:
                    raise
                response = await pool.handle_async_request(_request(request, address, extensions))
        except _FAILURES as error:
            raise exchange_error(error, address.host, address.netloc) from None
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
        await asyncio.gather(
            *(pool.aclose() for pool in pools), self._router.aclose(), return_exceptions=True
        )

    def _pool(
        self, address: Address, proxy: Proxy | None, fence: Fence | None
    ) -> httpcore.AsyncConnectionPool:
        secure = address.scheme == "https"
        certificate = self._tls.certificate_for(address) if secure else None
        # A kept connection may lead to an address that is out of reach: behind a fence there are others.
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

            via, greet = (proxy.host, proxy.port), greeting(proxy)
        network = Network(self._tls.explain, via=via, greet=greet, proxied=proxy is not None, fence=fence)
        if proxy is None or proxy.is_socks:
            return httpcore.AsyncConnectionPool(
                ssl_context=context,
                max_connections=None,
                keepalive_expiry=_KEEPALIVE,
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
            keepalive_expiry=_KEEPALIVE,
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
            raise exchange_error(error, self._address.host, self._address.netloc) from None

    async def aclose(self) -> None:
        await self._response.aclose()


def _extensions(request: httpx.Request, address: Address) -> dict[str, object]:
    """The name to ask for in the TLS handshake, where it is not the URL's host as it is written there."""
    if address.scheme != "https":
        return {}
    name = re.sub(r":\d*\Z", "", request.headers.get("host", "")) or address.host
    # Brackets belong to the URL, not to the address.
    return {} if name == address.host and name[0] != "[" else {"sni_hostname": name.strip("[]")}


def _unused_context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _request(request: httpx.Request, address: Address, extensions: dict[str, object]) -> httpcore.Request:
    url = httpcore.URL(
        scheme=address.scheme.encode(),
        host=address.host.encode(),
        # A proxy is told the port only where the URL has it.
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
