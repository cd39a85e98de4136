"""A request as httpx carries it: what the client builds, auth flows change and transports send.

An httpx.URL may re-encode what the user has encoded already. The request line is therefore
in the request's extensions: `address`, where it goes, and `target`, httpx's word for path and query as sent.
"""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx

from bruscript.http.errors import RequestError
from bruscript.http.url import Address, parse_url

if TYPE_CHECKING:
    from bruscript.http.body import BodyStream

RawHeaders = list[tuple[bytes, bytes]]

_UNSENDABLE = re.compile(r"[^\t\x20-\x7e\x80-\xff]+")

# Below the five seconds after which common servers close an idle connection, so that we close it first.
IDLE_LIMIT = 4.0
SAFE_TO_REPEAT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Methods whose requests may be sent again over another connection when one was closed meanwhile."""


def sendable(value: str) -> str:
    """Remove from `value` what a header cannot carry: line breaks, control characters, all beyond Latin-1."""
    return _UNSENDABLE.sub("", value).strip(" \t")


def new_request(
    method: str, address: Address, headers: RawHeaders, stream: BodyStream, own: int = 0
) -> httpx.Request:
    """Return a request in its final form.

    `headers` are complete; their first `own` come before the defaults.
    """
    request = _Request(
        method,
        _UNPARSED,
        headers=headers,
        stream=stream,
        extensions={"address": address, "target": address.target.encode("ascii"), "own": own},
    )
    # A flow's headers are encoded like the others.
    request.headers.encoding = "latin-1"
    del request.url
    return request


_UNPARSED = httpx.URL("http://unparsed.invalid")


class _Request(httpx.Request):
    """A request whose `url` is parsed when an auth flow asks for it: that takes as long as sending it."""

    def __getattr__(self, name: str) -> httpx.URL:
        if name != "url":
            raise AttributeError(name)
        address: Address = self.extensions["address"]
        try:
            self.url = httpx.URL(str(address))
        except httpx.InvalidURL:
            # httpx has a limit for an URL's length; where the request goes does not depend on it.
            self.url = _origin(address)
        return self.url


def _origin(address: Address) -> httpx.URL:
    try:
        return httpx.URL(address.origin)
    except httpx.InvalidURL as error:
        raise RequestError(f"Invalid URL: {error}", "ERR_INVALID_URL") from None


def address_of(request: httpx.Request) -> Address:
    """Return where the request goes, path and query as on the request line."""
    address = request.extensions.get("address")
    if not isinstance(address, Address):
        return parse_url(str(request.url))
    target = target_of(request)
    return address if target == address.target else replace(address, target=target)


def target_of(request: httpx.Request) -> str:
    """Path and query as on the request line."""
    target = request.extensions.get("target")
    return target.decode("ascii") if isinstance(target, bytes) else request.url.raw_path.decode("ascii")


def server_name(request: httpx.Request, address: Address) -> str:
    """Return the name to ask for in the TLS handshake: the `Host` header's, as in the reference."""
    name = re.sub(r":\d*\Z", "", request.headers.get("host", "")) or address.host
    # Brackets belong to the URL, not to the address.
    return name.strip("[]")


def set_target(request: httpx.Request, target: str) -> None:
    """Put another path and query on the request line."""
    request.extensions["target"] = target.encode("ascii")


def in_order(request: httpx.Request, before: int) -> httpx.Request:
    """Return `request`, which had `before` headers when a flow was given it.

    New ones go behind the user's own.
    """
    headers, own = request.headers.raw, request.extensions.get("own", 0)
    if len(headers) > before > own:
        request.headers = httpx.Headers([*headers[:own], *headers[before:], *headers[own:before]], "latin-1")
    return request


def raw_headers(headers: list[tuple[str, str]]) -> RawHeaders:
    """Headers in bytes (Latin-1, as Node sends them), without blanks around the values.

    As in the reference what no header can carry is left out of its value. Raises RequestError for a name that
    is none.
    """
    raw: RawHeaders = []
    for name, value in headers:
        if not is_token(name):
            raise RequestError(f"{name!r} is not a valid header name", "ERR_INVALID_HTTP_TOKEN")
        raw.append((name.encode("ascii"), sendable(value).encode("latin-1")))
    return raw


_TOKEN = frozenset(b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def is_token(text: str) -> bool:
    """Return whether `text` can be a header's name or a method (RFC 9110, 5.6.2)."""
    return bool(text) and text.isascii() and _TOKEN.issuperset(text.encode("ascii"))


class Received(httpx.Response):
    """A response whose head has come."""

    @property
    def has_redirect_location(self) -> bool:
        """Off: where a redirect leads is decided by the reference's rules, not by httpx's."""
        return False


def new_response(
    status: int,
    headers: RawHeaders,
    stream: httpx.AsyncByteStream,
    *,
    reason: bytes | None = None,
    version: bytes = b"HTTP/1.1",
    warnings: list[str] | None = None,
) -> Received:
    """Return what a transport gives. `warnings` are for the user, and may grow while the body is read."""
    extensions: dict[str, object] = {
        "http_version": version,
        "warnings": [] if warnings is None else warnings,
    }
    if reason is not None:
        extensions["reason_phrase"] = reason
    return Received(status, headers=headers, stream=stream, extensions=extensions)


def reason_of(response: httpx.Response) -> str:
    """Return the reason phrase that was sent, or the usual one: HTTP/2 and ASGI send none."""
    reason = response.extensions.get("reason_phrase")
    if isinstance(reason, bytes):
        return reason.decode("latin-1")
    try:
        return HTTPStatus(response.status_code).phrase
    except ValueError:
        return ""
