"""Sending over the network: connections are kept and used again, a pool for each proxy and certificate."""

from __future__ import annotations

import asyncio
import re
import ssl
from typing import TYPE_CHECKING

import httpcore

from bruscript.http.errors import exchange_error
from bruscript.http.network import Network
from bruscript.http.proxy import Proxy, Router
from bruscript.http.timeline import current
from bruscript.http.wire import Reply, Wire, phrase

if TYPE_CHECKING:
    from bruscript.http.config import ClientConfig
    from bruscript.http.tls import TlsSettings

# Below the five seconds after which common servers close an idle connection, so that we close it first.
_KEEPALIVE = 4.0
_FAILURES = (OSError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError)
_SAFE_TO_REPEAT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})


class NetworkTransport:
    """Sends requests over TCP and TLS, directly or through proxies."""

    def __init__(self, config: ClientConfig, tls: TlsSettings, *, http2: bool = False) -> None:
        self._config = config
        self._http2 = http2
        self._tls = tls
        self._router = Router(config)
        self._pools: dict[object, httpcore.AsyncConnectionPool] = {}

    async def send(self, wire: Wire) -> Reply:
        """Send `wire`; the reply's body is still to be read. Raises RequestError."""
        pool = self._pool(wire, await self._router.route(wire.address))
        extensions = _extensions(wire)
        timeline = current.get()
        mark = len(timeline.events) if timeline else 0
        try:
            try:
                response = await pool.handle_async_request(_request(wire, extensions))
            except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
                # The server may close an idle connection just as we use it again (RFC 9112, 9.3.1).
                fresh = timeline is None or timeline.has("connect", after=mark)
                if fresh or wire.method not in _SAFE_TO_REPEAT:
                    raise
                response = await pool.handle_async_request(_request(wire, extensions))
        except (
            OSError,
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.ProxyError,
            ssl.SSLError,
        ) as error:
            raise exchange_error(error, wire.address) from None
        return _reply(response)

    async def aclose(self) -> None:
        """Close every connection."""
        pools, self._pools = list(self._pools.values()), {}
        await asyncio.gather(
            *(pool.aclose() for pool in pools), self._router.aclose(), return_exceptions=True
        )

    def _pool(self, wire: Wire, proxy: Proxy | None) -> httpcore.AsyncConnectionPool:
        secure = wire.address.scheme == "https"
        certificate = self._tls.certificate_for(wire.address) if secure else None
        key = (secure, certificate, proxy)
        pool = self._pools.get(key)
        if pool is None:
            # Without TLS the context is never used, and making one would read the trust store.
            context = self._tls.context(certificate) if secure else _unused_context()
            pool = self._pools[key] = self._new_pool(proxy, context)
        return pool

    def _new_pool(self, proxy: Proxy | None, context: ssl.SSLContext) -> httpcore.AsyncConnectionPool:
        via, greet = None, None
        if proxy and proxy.is_socks:
            from bruscript.http.socks import greeting

            via, greet = (proxy.host, proxy.port), greeting(proxy)
        network = Network(self._tls.explain, via=via, greet=greet, proxied=proxy is not None)
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


def _extensions(wire: Wire) -> dict[str, object]:
    """The name to ask for in the TLS handshake, where it is not the URL's host as it is written there."""
    if wire.address.scheme != "https":
        return {}
    host = next((value.decode("latin-1") for name, value in wire.headers if name.lower() == b"host"), "")
    name = re.sub(r":\d*\Z", "", host) or wire.address.host
    # Brackets belong to the URL, not to the address.
    return {} if name == wire.address.host and name[0] != "[" else {"sni_hostname": name.strip("[]")}


def _unused_context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _request(wire: Wire, extensions: dict[str, object]) -> httpcore.Request:
    address = wire.address
    url = httpcore.URL(
        scheme=address.scheme.encode(),
        host=address.host.encode(),
        # A proxy is told the port only where the URL has it.
        port=None if address.host == address.netloc else address.port,
        target=address.target.encode("ascii"),
    )
    return httpcore.Request(
        method=wire.method, url=url, headers=wire.headers, content=wire.stream, extensions=extensions
    )


def _reply(response: httpcore.Response) -> Reply:
    version = response.extensions.get("http_version", b"HTTP/1.1").decode("ascii")
    reason = response.extensions.get("reason_phrase")
    reason = phrase(response.status) if reason is None else reason.decode("latin-1")
    assert not isinstance(response.stream, bytes)
    return Reply(
        status=response.status,
        reason=reason,
        version=version,
        headers=response.headers,
        chunks=response.stream,  # type: ignore[arg-type]
        close=response.aclose,
    )
