"""Where a request may go, for requests that a script influenced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bruscript.http.request import OutgoingRequest
    from bruscript.http.url import Address

_WEB_PORTS = {80, 443}


class Fence(Protocol):
    """Decides which hosts are in reach. Both methods raise a BruscriptError for one that is not."""

    @property
    def by_address(self) -> bool:
        """Whether addresses make a difference."""

    def check_host(self, host: str, port: int) -> None:
        """Check a host by its name, or address, as a URL has it."""

    async def check_address(self, host: str, address: str, port: int) -> None:
        """Check an address that `host` has resolved to, right before it is connected to."""


def fence_for(request: OutgoingRequest, first: Address, address: Address) -> Fence | None:
    """Return the fence for one hop of `request`, after its host was checked; None where all are in reach."""
    fence = request.fence
    if fence is None or request.fenced == "cookies":
        return None
    if request.fenced == "redirects" and address.host == first.host:
        ports = {address.port, first.port}
        if len(ports) == 1 or ports == _WEB_PORTS:
            return None
    fence.check_host(address.host, address.port)
    return fence


async def check_beyond(fence: Fence, address: Address) -> None:
    """Check a place that somebody else connects to: a proxy, or a browser.

    Their own lookups are unknown: if this machine finds no address, only the name is checked.
    """
    from bruscript.http.dialling import lookup
    from bruscript.http.errors import RequestError

    fence.check_host(address.host, address.port)
    if not fence.by_address:
        return
    try:
        addresses = await lookup(address.host, address.port)
    except RequestError:
        return
    for each in addresses:
        await fence.check_address(address.host, each, address.port)
