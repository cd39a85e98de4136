"""Which hosts scripts may reach: by name, and by the address that is really connected to."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Sequence
from contextlib import suppress

from bruscript.option_names import option
from bruscript.records import record
from bruscript.sandbox.services.errors import PatternError, PermissionRefused

_PATTERN = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:/?#@\[\]]+)(?::(?P<port>\d{1,5}))?"
    r"|(?P<bare>[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)"
    r"|(?P<network>[0-9A-Fa-f:.]+/\d{1,3})"
)
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_IP = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@record(frozen=True)
class _Pattern:
    """One element of a list, written as `text`; `host` is in canonical spelling, `port` None for any."""

    text: str
    host: str
    port: int | None = None
    network: _Network | None = None

    @classmethod
    def read(cls, text: str, option: str) -> _Pattern:
        """Read `api.example.org`, `*.example.org`, `localhost:8080`, `[::1]`, `10.0.0.0/8` or `*`.

        Raises PatternError for anything else: a pattern that matches nothing would deny nothing.
        """
        text = text.strip()
        match = _PATTERN.fullmatch(text)
        port = int(match["port"]) if match and match["port"] else None
        if match and match["network"]:
            with suppress(ValueError):
                network = ipaddress.ip_network(text, strict=False)
                # Loopback is this machine, by whichever of its addresses.
                return cls(text, str(network[0]) if network.is_loopback else text, network=network)
        elif match and (port is None or port < 65536):
            host = _canonical(match["host"] or f"[{match['bare']}]")
            if host is not None:
                return cls(text, host, port)
        raise PatternError(
            f"The host {text!r} in {option} is not valid",
            hint="Write HOST or HOST:PORT, without a scheme or a path: api.example.org, *.example.org, "
            "localhost:8080, [::1], or a network such as 10.0.0.0/8.",
        )

    def covers_port(self, port: int) -> bool:
        return self.port is None or self.port == port

    def names(self, host: str, port: int) -> bool:
        """Return whether it names the host, which is in its one spelling."""
        if not self.covers_port(port):
            return False
        if self.network is not None:
            return self.holds(_ip(host))
        if self.host.startswith("*."):
            return host.endswith(self.host[1:])
        return self.host in ("*", host)

    def holds(self, address: _IP | None) -> bool:
        """Return whether it is a network that the address is in."""
        return address is not None and self.network is not None and address in self.network


class HostRules:
    """The two lists of hosts. `allowed` None allows all that is not denied.

    Allowed hosts are compared by name. Denied ones are found out under another name, too: by the address that
    is connected to. All names and addresses of this machine are one place, the ports aside.
    """

    def __init__(self, allowed: Sequence[str] | None, denied: Sequence[str]) -> None:
        self._allowed = None if allowed is None else _patterns(allowed, option("--allow-net"))
        self._denied = _patterns(denied, option("--deny-net"))

    @property
    def restricted(self) -> bool:
        """Whether some hosts are out of reach."""
        return self._allowed is not None or bool(self._denied)

    @property
    def by_address(self) -> bool:
        """Whether some hosts are denied, under whichever name."""
        return bool(self._denied)

    def check_host(self, host: str, port: int) -> None:
        """Raise PermissionRefused unless scripts may send to the host, by its name or address in a URL."""
        name = plain_host(host)
        here = _is_own_name(name)
        for pattern in self._denied:
            if pattern.names(name, port) or (
                here and _is_own_name(pattern.host) and pattern.covers_port(port)
            ):
                raise _refusal(name, f"it is denied with {option('--deny-net', pattern.text)}")
        if self._allowed is not None and not any(pattern.names(name, port) for pattern in self._allowed):
            place = name or "HOST"
            if any(pattern.names(name, pattern.port or port) for pattern in self._allowed):
                # Allowed, but only with other ports.
                place = name = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
            raise _refusal(name, f"allow it with {option('--allow-net', place)}")

    async def check_address(self, host: str, address: str, port: int) -> None:
        """Raise PermissionRefused if the address is one of a denied host's."""
        ip = _ip(address)
        for pattern in self._denied:
            if not pattern.covers_port(port):
                continue
            denied = await _addresses(pattern.host)
            own = _is_own(address) and any(_is_own(str(each)) for each in denied)
            if own or ip in denied or pattern.holds(ip):
                reason = f"it leads to {ip}, which is denied with {option('--deny-net', pattern.text)}"
                raise _refusal(plain_host(host), reason)


def plain_host(host: str) -> str:
    """One spelling for each host: an IPv4 address in an IPv6 one is the former."""
    name = host.strip("[]").rstrip(".").lower()
    return str(_ip(name)) if ":" in name and _ip(name) is not None else name


def _canonical(host: str) -> str | None:
    """Return a pattern's host as the client reads it, behind a `*` if it has one; None if invalid."""
    from bruscript.http.errors import RequestError
    from bruscript.http.url import parse_url

    if host == "*":
        return host
    name = host.removeprefix("*.")
    try:
        read = plain_host(parse_url(f"http://{name}/").host)
    except RequestError:
        return None
    if host.startswith("*."):
        return f"*.{read}" if _NAME.fullmatch(read) and _ip(read) is None else None
    return read if _NAME.fullmatch(read) or _ip(read) is not None else None


def _patterns(texts: Sequence[str], option: str) -> tuple[_Pattern, ...]:
    return tuple(_Pattern.read(text, option) for text in texts)


def _refusal(name: str, why: str) -> PermissionRefused:
    return PermissionRefused(f'ERR_ACCESS_DENIED: scripts may not send requests to "{name}" ({why})')


def _ip(text: str) -> _IP | None:
    try:
        address = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_own_name(host: str) -> bool:
    """Return whether a name, or an address, is this machine's, without asking anybody."""
    if _ip(host) is not None:
        return _is_own(host)
    return host == "localhost" or host.endswith(".localhost") or host == plain_host(socket.gethostname())


def _is_own(text: str) -> bool:
    """Return whether a connection to an address stays on this machine."""
    address = _ip(text)
    if address is None:
        return False
    if address.is_loopback or address.is_unspecified:
        return True
    # A datagram socket sends nothing when it is connected, but chooses the address to send from: to one of
    # this machine's own, that is the same.
    with suppress(OSError):
        numeric = socket.AI_NUMERICHOST
        [(family, *_, place), *_] = socket.getaddrinfo(
            text.strip("[]"), 9, type=socket.SOCK_DGRAM, flags=numeric
        )
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(place)
            return _ip(probe.getsockname()[0]) == address
    return False


async def _addresses(host: str) -> set[_IP | None]:
    """Return the addresses of a denied host as they are now; none for a pattern with `*`."""
    address = _ip(host)
    if address is not None:
        return {address}
    if "*" in host or "/" in host:
        return set()
    result: set[_IP | None] = {ipaddress.IPv4Address("127.0.0.1")} if _is_own_name(host) else set()
    with suppress(OSError, UnicodeError):
        entries = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        result |= {_ip(str(entry[4][0])) for entry in entries}
    return result - {None}
