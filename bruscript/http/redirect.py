"""Where a redirect leads, and which parts of the request it keeps (RFC 9110, 15.4; the reference's rules)."""

from __future__ import annotations

from dataclasses import field, replace

from bruscript.http.fence import Fence
from bruscript.http.request import FileBody, MultipartBody, OutgoingRequest
from bruscript.http.url import Address, parse_url, resolve
from bruscript.records import record

_CODES = frozenset({301, 302, 303, 307, 308})
_BODY_HEADERS = frozenset({"content-length", "content-type", "transfer-encoding", "content-encoding"})
_WEB_PORTS = {80, 443}
_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie"})


@record(frozen=True)
class Hop:
    """One request of a chain of redirects.

    `first` is off after a redirect; `cross_origin` says that the chain has left its first origin,
    and `unauthorised` that authorization was dropped.
    """

    method: str
    address: Address
    headers: list[tuple[str, str]] = field(repr=False)
    body: bytes | FileBody | MultipartBody | None = field(repr=False)
    first: bool = True
    cross_origin: bool = False
    unauthorised: bool = False


def next_hop(
    hop: Hop, status: int, location: str | None, *, forward_authorization: bool | None
) -> Hop | None:
    """Return the request that follows a response of `status`; None if it is not a redirect to follow.

    301, 302 and 303 make it a GET without a body, unless it is a HEAD; 307 and 308 repeat it. On the way to
    another origin (scheme, host, port) cookies and signatures stay behind, and so do the headers
    `Authorization` and `Proxy-Authorization` as `forward_authorization` says (see OutgoingRequest). Raises
    RequestError for a location that is not an http or https URL.
    """
    if status not in _CODES or not location:
        return None
    address = target(str(hop.address), location)
    method, body, headers = hop.method, hop.body, hop.headers
    if status <= 303 and method.upper() != "HEAD":
        method, body = "GET", None
        headers = [header for header in headers if header[0].lower() not in _BODY_HEADERS]
    leaves_origin = address.origin != hop.address.origin
    unauthorised = hop.unauthorised
    if leaves_origin:
        unauthorised |= not _forwards(forward_authorization, hop.address, address)
        dropped = {"cookie", "host"} | (_CREDENTIALS if unauthorised else set())
        headers = [
            (name, value)
            for name, value in headers
            if name.lower() not in dropped and not name.lower().startswith("x-amz-")
        ]
    return replace(
        hop,
        method=method,
        address=address,
        headers=headers,
        body=body,
        first=False,
        cross_origin=hop.cross_origin or leaves_origin,
        unauthorised=unauthorised,
    )


def target(url: str, location: str) -> Address:
    """Return where a `Location` header, as it came, of the response from `url` leads. Raises RequestError."""
    return parse_url(resolve(url, _text(location)))


def _forwards(setting: bool | None, here: Address, there: Address) -> bool:
    if setting is not None:
        return setting
    return there.host == here.host and not (here.scheme == "https" and there.scheme == "http")


def _text(location: str) -> str:
    """Servers put UTF-8 into the header, which arrives as Latin-1."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location


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
