"""The client: one for a run, that sends requests over kept connections and follows redirects."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from bruscript.http.body import new_boundary, stream_of
from bruscript.http.config import ClientConfig
from bruscript.http.cookies import CookieJar, merge_cookies
from bruscript.http.errors import RequestError, exchange_error
from bruscript.http.headers import complete
from bruscript.http.redirect import Hop, next_hop
from bruscript.http.request import MultipartBody, OutgoingRequest
from bruscript.http.response import Response
from bruscript.http.timeline import Timeline, current
from bruscript.http.tls import TlsSettings
from bruscript.http.url import parse_url
from bruscript.http.wire import Reply, Transport, Wire, authorised, is_token

if TYPE_CHECKING:
    import httpx

    from bruscript.http.wire import RawHeaders

_CODINGS = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate", "br": "br", "zstd": "zstd"}


@dataclass
class _Exchange:
    """What one call of `send` has come to so far."""

    request: OutgoingRequest
    auth: httpx.Auth | None
    timeline: Timeline = field(default_factory=Timeline)
    warnings: list[str] = field(default_factory=list)
    hop: Hop | None = None
    reply: Reply | None = None
    body: io.BytesIO = field(default_factory=io.BytesIO)
    started: float = 0.0
    duration_ms: int = 0


class Client:
    """Sends requests; keeps connections and cookies between them.

    It belongs to one event loop. `jar` holds the cookies of the run, also where none are sent.
    """

    def __init__(self, config: ClientConfig | None = None) -> None:
        self.config = config or ClientConfig()
        self.jar = CookieJar()
        self._tls = TlsSettings(self.config)
        self._transport = self._new_transport()

    async def send(self, request: OutgoingRequest, auth: httpx.Auth | None = None) -> Response:
        """Send `request`, authorised by `auth`, and follow redirects as the request says.

        Raises RequestError where no response comes; a status of 400 and above is a response.
        """
        exchange = _Exchange(request, auth)
        token = current.set(exchange.timeline)
        try:
            return await self._follow(exchange)
        except RequestError as error:
            exchange.timeline.add("error", message=error.message, code=error.code)
            error.timeline = exchange.timeline.events
            raise
        except UnicodeError as error:
            message = f"The request holds text that cannot be encoded: {error}"
            raise RequestError(message, "ERR_INVALID_CHAR") from None
        finally:
            current.reset(token)

    async def aclose(self) -> None:
        """Close all connections, and end the lifespan of the application if there is one."""
        await self._transport.aclose()

    def _new_transport(self, *, http2: bool | None = None) -> Transport:
        # Imported here: a run needs one of the two.
        if self.config.app is not None:
            from bruscript.http.app import AppTransport

            return AppTransport(self.config.app)
        from bruscript.http.pool import NetworkTransport

        return NetworkTransport(self.config, self._tls, http2=self.config.http2 if http2 is None else http2)

    async def _follow(self, exchange: _Exchange) -> Response:
        request = exchange.request
        if not is_token(request.method):
            raise RequestError(f"{request.method!r} is no HTTP method", "ERR_INVALID_HTTP_TOKEN")
        address = parse_url(request.url)
        hop = Hop(request.method.upper(), address, _with_boundary(request), request.body)
        hops = 0
        while True:
            exchange.hop = hop
            reply = await self._send_in_time(exchange)
            location = next(
                (value.decode("latin-1") for name, value in reply.headers if name.lower() == b"location"),
                None,
            )
            following = None
            if request.follow_redirects:
                following = next_hop(
                    hop, reply.status, location, forward_authorization=request.forward_authorization
                )
            if following and hops >= request.max_redirects:
                exchange.warnings.append(
                    f"Stopped after {hops} redirects (maxRedirects); the next would lead to "
                    f"{following.address}"
                )
                following = None
            if following is None:
                return self._response(exchange, reply)
            hops += 1
            exchange.timeline.add("redirect", status=reply.status, url=str(following.address))
            hop = following

    async def _send_in_time(self, exchange: _Exchange) -> Reply:
        """One hop with its handshakes, within the request's timeout."""
        milliseconds = exchange.request.timeout_ms
        with anyio.move_on_after(milliseconds / 1000 if milliseconds > 0 else None):
            return await self._authorise(exchange)
        reply = exchange.reply
        if reply is not None and _is_event_stream(reply.headers):
            exchange.duration_ms = milliseconds
            exchange.warnings.append(
                f"The event stream was still open after {milliseconds} ms; what had come until then counts"
            )
            return reply
        raise RequestError(
            f"timeout of {milliseconds}ms exceeded",
            "ECONNABORTED",
            hint="The request's settings say how long it may take (timeout, in milliseconds; 0 is no limit).",
        )

    async def _authorise(self, exchange: _Exchange) -> Reply:
        wire = self._wire(exchange)
        auth = exchange.auth
        assert exchange.hop is not None
        exchange.warnings += getattr(auth, "warnings", ()) if exchange.hop.first else ()
        if auth is None or not _applies(auth, exchange.hop):
            return await self._exchange_once(self._transport, wire, exchange)
        if not getattr(auth, "own_connection", False):
            return await self._run_flow(self._transport, auth, wire, exchange)
        # The scheme authorises a connection, which no other request may use meanwhile.
        transport = self._transport if self.config.app is not None else self._new_transport(http2=False)
        try:
            return await self._run_flow(transport, auth, wire, exchange)
        finally:
            if transport is not self._transport:
                await transport.aclose()

    async def _run_flow(
        self, transport: Transport, auth: httpx.Auth, wire: Wire, exchange: _Exchange
    ) -> Reply:
        request = wire.to_httpx()
        url = request.url
        flow = auth.async_auth_flow(request)
        try:
            request = await flow.__anext__()
            while True:
                reply = await self._exchange_once(transport, authorised(wire, request, url), exchange)
                try:
                    request = await flow.asend(_to_httpx(reply, exchange, request))
                except StopAsyncIteration:
                    return reply
                exchange.timeline.add("auth", status=reply.status)
        finally:
            await flow.aclose()

    async def _exchange_once(self, transport: Transport, wire: Wire, exchange: _Exchange) -> Reply:
        """Send one request and read its reply to the end."""
        exchange.reply = None
        exchange.body = io.BytesIO()
        exchange.timeline.add("request", method=wire.method, url=str(wire.address))
        started = exchange.started = time.perf_counter()
        reply = exchange.reply = await transport.send(wire)
        exchange.timeline.add("first byte", since=started, status=reply.status, version=reply.version)
        if self.config.cookies and exchange.request.cookies:
            url = str(wire.address)
            for name, value in reply.headers:
                if name.lower() == b"set-cookie":
                    self.jar.store(url, value.decode("latin-1"))
        try:
            await self._read(reply, exchange.body, wire.address.netloc)
        except Exception as error:
            if not type(error).__module__.startswith("httpcore"):
                raise
            raise exchange_error(error, wire.address) from None
        finally:
            await reply.close()
        exchange.duration_ms = round((time.perf_counter() - started) * 1000)
        exchange.timeline.add("done", since=started, bytes=exchange.body.tell())
        return reply

    async def _read(self, reply: Reply, into: io.BytesIO, place: str) -> None:
        limit = self.config.max_body
        coding = _coding(reply.headers)
        chunks = reply.chunks if coding is None else _decoded(reply, coding, place)
        async for chunk in chunks:
            if into.tell() + len(chunk) > limit:
                raise RequestError(
                    f"The response is larger than {limit} bytes, the most that is read",
                    "ERR_BODY_TOO_LARGE",
                )
            into.write(chunk)

    def _wire(self, exchange: _Exchange) -> Wire:
        hop = exchange.hop
        assert hop is not None
        kept = self.config.cookies and exchange.request.cookies
        cookies = self.jar.header_for(hop.address) if kept else ""
        if cookies:
            typed = next((value for name, value in hop.headers if name.lower() == "cookie"), "")
            cookies = merge_cookies(typed, cookies)
        own = _with_credentials(hop)
        stream = stream_of(hop.body, _boundary(own))
        headers, own_count = complete(
            own,
            method=hop.method,
            address=hop.address,
            length=stream.length,
            cookies=cookies,
            omit=exchange.request.omit_headers,
        )
        return Wire(hop.method, hop.address, headers, stream, own_count)

    def _response(self, exchange: _Exchange, reply: Reply) -> Response:
        assert exchange.hop is not None
        coding = _coding(reply.headers)
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in reply.headers
            if coding is None or name.lower() != b"content-encoding"
        ]
        return Response(
            status=reply.status,
            status_text=reply.reason,
            headers=headers,
            url=str(exchange.hop.address),
            body=exchange.body.getvalue(),
            duration_ms=exchange.duration_ms,
            http_version=reply.version,
            timeline=exchange.timeline.events,
            warnings=exchange.warnings + reply.warnings,
            parse_json=exchange.request.parse_json,
        )


def _applies(auth: httpx.Auth, hop: Hop) -> bool:
    """Whether `auth` is for this hop: a scheme says in `redirects` how far it goes along."""
    scope = getattr(auth, "redirects", "forward")
    if scope == "first":
        return hop.first
    if not hop.cross_origin:
        return True
    return bool(scope == "forward" and not hop.unauthorised)


def _with_credentials(hop: Hop) -> list[tuple[str, str]]:
    """The hop's headers; a user name and password in its URL become `Authorization`."""
    username, password = hop.address.username, hop.address.password
    if not username and not password:
        return hop.headers
    credentials = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
    kept = [header for header in hop.headers if header[0].lower() != "authorization"]
    return [*kept, ("Authorization", f"Basic {credentials}")]


def _with_boundary(request: OutgoingRequest) -> list[tuple[str, str]]:
    """The request's headers, with a multipart body's boundary in the content type."""
    if not isinstance(request.body, MultipartBody):
        return request.headers
    current_type = request.header("content-type") or "multipart/form-data"
    if _parameter(current_type, "boundary"):
        return request.headers
    boundary = request.body.boundary or new_boundary()
    value = f"{current_type}; boundary={boundary}"
    headers = [(name, value if name.lower() == "content-type" else old) for name, old in request.headers]
    if request.header("content-type") is None:
        headers.append(("Content-Type", value))
    return headers


def _boundary(headers: list[tuple[str, str]]) -> str:
    content_type = next((value for name, value in headers if name.lower() == "content-type"), "")
    return _parameter(content_type, "boundary")


def _parameter(value: str, name: str) -> str:
    for piece in value.split(";")[1:]:
        key, _, text = piece.partition("=")
        if key.strip().lower() == name:
            return text.strip().strip('"')
    return ""


def _coding(headers: RawHeaders) -> str | None:
    for name, value in headers:
        if name.lower() == b"content-encoding":
            codings = [piece.strip().lower() for piece in value.decode("latin-1").split(",")]
            if codings and all(coding in _CODINGS for coding in codings):
                return ", ".join(_CODINGS[coding] for coding in codings)
    return None


async def _decoded(reply: Reply, coding: str, place: str) -> AsyncIterator[bytes]:
    # httpx is imported where it is needed, here and for auth flows: it takes as long as ten requests.
    import httpx

    class Chunks(httpx.AsyncByteStream):
        def __aiter__(self) -> AsyncIterator[bytes]:
            return aiter(reply.chunks)

    response = httpx.Response(reply.status, headers=[("content-encoding", coding)], stream=Chunks())
    try:
        async for chunk in response.aiter_bytes():
            yield chunk
    except httpx.DecodingError as error:
        raise RequestError(
            f"The response of {place} cannot be decompressed: {error}", "Z_DATA_ERROR"
        ) from None


def _to_httpx(reply: Reply, exchange: _Exchange, request: httpx.Request) -> httpx.Response:
    """The reply as an auth flow sees it: read, and decoded."""
    import httpx

    headers = [header for header in reply.headers if header[0].lower() != b"content-encoding"]
    return httpx.Response(reply.status, headers=headers, content=exchange.body.getvalue(), request=request)


def _is_event_stream(headers: RawHeaders) -> bool:
    return any(
        name.lower() == b"content-type" and value.lower().startswith(b"text/event-stream")
        for name, value in headers
    )
