"""From a host to a connection: names resolved, addresses tried in turn, each step on the timeline."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bruscript.http import timeline
from bruscript.http.errors import RequestError, connect_error, name_error
from bruscript.http.fence import Fence
from bruscript.http.url import Address

T = TypeVar("T")

# In seconds. How long one of several addresses may take before the next is tried: what Node allows.
_NEXT_ADDRESS_AFTER = 0.25
# A request without a timeout may wait for its answer forever, but not for a connection.
CONNECT_PATIENCE = 60.0

Connect = Callable[[str, int, float], Awaitable[T]]
"""Connects to an address and a port within a time in seconds."""


async def dial(
    host: str,
    port: int,
    connect: Connect[T],
    *,
    failures: tuple[type[Exception], ...],
    fence: Fence | None = None,
    proxy: bool = False,
) -> T:
    """Connect to the first address of `host` that answers.

    `failures` are the exceptions of `connect` for an address that does not; `fence` is checked before each;
    `proxy` says what `host` is. Raises RequestError with the reason that the user can act on.
    """
    addresses = await lookup(host, port, proxy=proxy)
    started = time.perf_counter()
    failure: Exception = OSError("no address")
    address = host
    for index, address in enumerate(addresses):
        last = index == len(addresses) - 1
        if fence is not None:
            await fence.check_address(host, address, port)
        try:
            connection = await connect(address, port, CONNECT_PATIENCE if last else _NEXT_ADDRESS_AFTER)
        except failures as error:
            failure = error
            continue
        timeline.record("connect", since=started, address=address, port=port)
        return connection
    raise connect_error(failure, host, port, address, proxy=proxy) from None


async def lookup(host: str, port: int, *, proxy: bool = False) -> list[str]:
    """Return the addresses of `host`, in the system's order; an address is its own. Raises RequestError.

    `proxy` says what `host` is.
    """
    plain = host.strip("[]")
    try:
        return [str(ipaddress.ip_address(plain))]
    except ValueError:
        pass
    started = time.perf_counter()
    try:
        results = await asyncio.get_running_loop().getaddrinfo(plain, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise name_error(error, plain, proxy=proxy) from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in results))
    timeline.record("dns", since=started, host=plain, addresses=addresses)
    return addresses


async def check_beyond(fence: Fence, address: Address) -> None:
    """Check a place that somebody else connects to: a proxy, or a browser.

    Their own lookups are unknown: if this machine finds no address, only the name is checked.
    """
    fence.check_host(address.host, address.port)
    if not fence.by_address:
        return
    try:
        addresses = await lookup(address.host, address.port)
    except RequestError:
        return
    for each in addresses:
        await fence.check_address(address.host, each, address.port)
