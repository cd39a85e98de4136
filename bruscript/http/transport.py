"""Sending over the network: directly, or through proxies and by HTTP/2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from bruscript.http.dialling import check_beyond
from bruscript.http.direct import Direct
from bruscript.http.proxy import Router
from bruscript.http.wire import address_of

if TYPE_CHECKING:
    from bruscript.http.config import ClientConfig
    from bruscript.http.relay import Relay
    from bruscript.http.tls import TlsSettings


class NetworkTransport(httpx.AsyncBaseTransport):
    """Sends requests over TCP and TLS: directly, or through proxies and by HTTP/2.

    httpx's own transport does not report how connections are made, has no SOCKS4, and takes ten times the
    processor's time for a small request. Direct connections are ours (`direct.py`), the others httpcore's
    with our own network (`relay.py`).
    """

    def __init__(self, config: ClientConfig, tls: TlsSettings, *, http2: bool = False) -> None:
        self._http2 = http2
        self._tls = tls
        self._router = Router(config)
        self._direct = Direct(tls)
        self._relay: Relay | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`; the response's body is still to be read. Raises RequestError."""
        address = address_of(request)
        fence, proxy = request.extensions.get("fence"), await self._router.route(address)
        if proxy is None and not (self._http2 and address.scheme == "https"):
            return await self._direct.send(request, address, fence)
        if fence is not None and proxy is not None:
            await check_beyond(fence, address)
        if self._relay is None:
            # Imported here: httpcore takes 40 ms, and most runs need none of it.
            from bruscript.http.relay import Relay

            self._relay = Relay(self._tls, http2=self._http2)
        return await self._relay.send(request, address, proxy, fence)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._direct.aclose()
        if self._relay is not None:
            await self._relay.aclose()
        await self._router.aclose()
