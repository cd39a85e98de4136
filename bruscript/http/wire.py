"""A request and a response as they travel: what transports take and give."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from bruscript.http.errors import RequestError
from bruscript.http.url import Address, parse_url

if TYPE_CHECKING:
    import httpx

    from bruscript.http.body import BodyStream

RawHeaders = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Wire:
    """A request in its final form. `headers` are complete; their first `own` come before the defaults."""

    method: str
    address: Address
    headers: RawHeaders = field(repr=False)
    stream: BodyStream
    own: int = 0

    def to_httpx(self) -> httpx.Request:
        """The request as an auth flow sees it.

        `extensions["target"]` is what will stand on the request line; httpx's own URL may be encoded anew.
        """
        import httpx

        try:
            url = httpx.URL(str(self.address))
        except httpx.InvalidURL as error:
            raise RequestError(f"Invalid URL: {error}", "ERR_INVALID_URL") from None
        request = httpx.Request(
            self.method,
            url,
            headers=self.headers,
            stream=self.stream,  # type: ignore[arg-type]  # iterable both ways, which is all that is used
            extensions={"target": self.address.target.encode("ascii")},
        )
        # What a flow sets is encoded as the other headers are.
        request.headers.encoding = "latin-1"
        return request


@dataclass
class Reply:
    """A response whose headers have come. `chunks` is the body, still encoded; `close` gives up on it."""

    status: int
    reason: str
    version: str
    headers: RawHeaders
    chunks: AsyncIterable[bytes]
    close: Callable[[], Awaitable[None]]
    warnings: list[str] = field(default_factory=list)


class Transport(Protocol):
    """What sends requests: over the network, or to an application in this process."""

    async def send(self, wire: Wire) -> Reply:
        """Send `wire`; gives the reply once its headers are there. Raises RequestError."""

    async def aclose(self) -> None:
        """Release what is held."""


def raw_headers(headers: list[tuple[str, str]]) -> RawHeaders:
    """Headers in bytes (Latin-1, as Node sends them), without blanks around the values.

    Raises RequestError for a name or a value that HTTP cannot carry.
    """
    raw: RawHeaders = []
    for name, value in headers:
        try:
            key, content = name.encode("ascii"), value.strip(" \t").encode("latin-1")
        except UnicodeEncodeError as error:
            bad = error.object[error.start]
            raise RequestError(
                f"The header {name!r} holds {bad!r}, which HTTP headers cannot carry",
                "ERR_INVALID_CHAR",
                hint="Encode the value, for instance with encodeURIComponent or as Base64.",
            ) from None
        if b"\r" in content or b"\n" in content or b"\0" in content:
            raise RequestError(f"The value of the header {name!r} has a line break in it", "ERR_INVALID_CHAR")
        if not is_token(name):
            raise RequestError(f"{name!r} is no name for a header", "ERR_INVALID_HTTP_TOKEN")
        raw.append((key, content))
    return raw


_TOKEN = frozenset(b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def is_token(text: str) -> bool:
    """Whether `text` can be a header's name or a method (RFC 9110, 5.6.2)."""
    return bool(text) and text.isascii() and _TOKEN.issuperset(text.encode("ascii"))


def authorised(wire: Wire, request: httpx.Request, url: httpx.URL) -> Wire:
    """`wire` as an auth flow left its `request`, which had `url`; new headers go behind the user's own."""
    from bruscript.http.body import BodyStream

    headers = list(request.headers.raw)
    if len(headers) > len(wire.headers) > wire.own:
        count = len(wire.headers)
        headers = headers[: wire.own] + headers[count:] + headers[wire.own : count]
    address = wire.address
    target = request.extensions["target"].decode("ascii")
    if target != address.target:
        address = replace(address, target=target)
    elif request.url is not url:
        address = parse_url(str(request.url))
    stream: object = request.stream
    if not isinstance(stream, BodyStream):
        stream = BodyStream([request.content] if request.content else [])
    return replace(wire, method=request.method, address=address, headers=headers, stream=stream)


def phrase(status: int) -> str:
    """The usual reason phrase of `status`: HTTP/2 and ASGI send none."""
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
