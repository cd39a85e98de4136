"""The client: one for a run, that sends requests over kept connections and follows redirects."""

from __future__ import annotations

import base64
import io
import time
from contextlib import nullcontext
from dataclasses import field
from typing import TYPE_CHECKING

import httpx

from bruscript.http.body import new_boundary, stream_of
from bruscript.http.config import ClientConfig
from bruscript.http.cookies import CookieJar, merge_cookies
from bruscript.http.decoding import codings_of
from bruscript.http.errors import RequestError
from bruscript.http.fence import Fence
from bruscript.http.headers import complete
from bruscript.http.malformed import quoted
from bruscript.http.reading import read_body
from bruscript.http.redirect import Hop, fence_for, next_hop
from bruscript.http.request import MultipartBody, OutgoingRequest
from bruscript.http.response import Response
from bruscript.http.sent import SentRequest, journal, record_of, room_in
from bruscript.http.timeline import Timeline, current, keep_out_of_logs
from bruscript.http.tls import TlsSettings
from bruscript.http.url import parse_url
from bruscript.http.wire import address_of, in_order, is_token, new_request, reason_of
from bruscript.records import record

if TYPE_CHECKING:
    from bruscript.http.url import Address


@record
class _Exchange:
    """The state of one call of `send`."""

    request: OutgoingRequest
    auth: httpx.Auth | None
    timeline: Timeline = field(default_factory=Timeline)
    warnings: list[str] = field(default_factory=list)
    hop: Hop | None = None
    response: httpx.Response | None = None
    body: io.BytesIO = field(default_factory=io.BytesIO)
    started: float = 0.0
    duration_ms: int = 0
    fence: Fence | None = None
    journal: list[SentRequest] | None = None
    record: SentRequest | None = None


class Client:
    """Sends requests by httpx's interfaces; keeps connections and cookies between them.

    It belongs to one event loop. `jar` holds the cookies of the run, also where none are sent.
    """

    def __init__(self, config: ClientConfig | None = None, jar: CookieJar | None = None) -> None:
        self.config = config or ClientConfig()
        self.jar = CookieJar() if jar is None else jar
        self._tls = TlsSettings(self.config)
        self._transport = self._new_transport()
        keep_out_of_logs()

    async def send(self, request: OutgoingRequest, auth: httpx.Auth | None = None) -> Response:
        """Send `request`, authorised by `auth`, and follow redirects as the request says.

        Raises RequestError where no response comes; a status of 400 and above is a response.
        """
        exchange = _Exchange(request, auth, journal=journal.get())
        token = current.set(exchange.timeline)
        try:
            return await self._follow(exchange)
        except RequestError as error:
            exchange.timeline.add("error", message=error.message, code=error.code)
            _record_failure(exchange, error.message)
            error.timeline = exchange.timeline.events
            raise
        except UnicodeError as error:
            what = "text"
            if isinstance(error, UnicodeEncodeError):
                what = f"the character {quoted(error.object[error.start : error.start + 1])}"
            message = f"The request has {what} that cannot be encoded in its place"
            raise RequestError(message, "ERR_INVALID_CHAR") from None
        finally:
            current.reset(token)

    def cookie_header(self, request: OutgoingRequest) -> str:
        """Return the `Cookie` header of `request`: its own and the jar's; "" if the jar has none for it.

        Raises RequestError for an invalid URL.
        """
        return self._cookies(request.url, request.headers) if self.config.cookies and request.cookies else ""

    async def aclose(self) -> None:
        """Close all connections, and end the lifespan of the application if there is one."""
        token = current.set(Timeline())
        try:
            await self._transport.aclose()
        finally:
            current.reset(token)

    def _new_transport(self, *, http2: bool | None = None) -> httpx.AsyncBaseTransport:
        # Imported here: a run needs one of the two.
        if self.config.app is not None:
            from bruscript.http.app import AppTransport

            return AppTransport(self.config.app, lifespan=self.config.lifespan)
        from bruscript.http.transport import NetworkTransport

        http2 = self.config.http2 if http2 is None else http2
        return NetworkTransport(self.config, self._tls, http2=http2)

    async def _follow(self, exchange: _Exchange) -> Response:
        request = exchange.request
        if not is_token(request.method):
            what = (
                f"{request.method!r} is not a valid HTTP method"
                if request.method
                else "The request has no HTTP method"
            )
            hint = "The block with the URL is named after the method, such as get or post."
            raise RequestError(what, "ERR_INVALID_HTTP_TOKEN", hint=hint)
        address = parse_url(request.url)
        hop = Hop(request.method.upper(), address, _with_boundary(request), request.body)
        hops = 0
        while True:
            exchange.hop = hop
            exchange.fence = fence_for(request, address, hop.address)
            response = await self._send_in_time(exchange)
            location = next(iter(_values(response, b"location")), None)
            following = None
            if request.follow_redirects:
                following = next_hop(
                    hop, response.status_code, location, forward_authorization=request.forward_authorization
                )
            if following and hops >= request.max_redirects:
                exchange.warnings.append(
                    f"Stopped after {hops} redirects (maxRedirects); the next would lead to "
                    f"{following.address}"
                )
                following = None
            if following is None:
                return self._response(exchange, response)
            hops += 1
            exchange.timeline.add("redirect", status=response.status_code, url=str(following.address))
            hop = following

    async def _send_in_time(self, exchange: _Exchange) -> httpx.Response:
        """One hop with its handshakes, within the request's timeout."""
        milliseconds = exchange.request.timeout_ms
        if milliseconds <= 0:
            return await self._authorise(exchange)
        # Imported here: it takes 25 ms, and most requests have no timeout.
        import anyio

        with anyio.move_on_after(milliseconds / 1000):
            return await self._authorise(exchange)
        response = exchange.response
        if response is not None and _is_event_stream(response):
            exchange.duration_ms = milliseconds
            exchange.warnings.append(
                f"The event stream was still open after {milliseconds} ms; only what had arrived by then "
                "counts"
            )
            return response
        raise RequestError(
            f"timeout of {milliseconds}ms exceeded",
            "ECONNABORTED",
            hint="The request's settings have its timeout (in milliseconds; 0 means no limit).",
        )

    async def _authorise(self, exchange: _Exchange) -> httpx.Response:
        request = self._request(exchange)
        auth = exchange.auth
        assert exchange.hop is not None
        exchange.warnings += getattr(auth, "warnings", ()) if exchange.hop.first else ()
        if auth is None or not _applies(auth, exchange.hop):
            return await self._exchange_once(self._transport, request, exchange)
        if not getattr(auth, "own_connection", False) or self.config.app is not None:
            return await self._run_flow(self._transport, auth, request, exchange)
        # The scheme authorises a connection, which no other request may use meanwhile.
        async with self._new_transport(http2=False) as transport:
            return await self._run_flow(transport, auth, request, exchange)

    async def _run_flow(
        self,
        transport: httpx.AsyncBaseTransport,
        auth: httpx.Auth,
        request: httpx.Request,
        exchange: _Exchange,
    ) -> httpx.Response:
        """Run a flow as httpx does, but with each response bounded and on the timeline."""
        flow = auth.async_auth_flow(request)
        try:
            count = len(request.headers.raw)
            request = await flow.__anext__()
            while True:
                response = await self._exchange_once(transport, in_order(request, count), exchange)
                count = len(request.headers.raw)
                try:
                    request = await flow.asend(_read(response, exchange, request))
                except StopAsyncIteration:
                    return response
                exchange.timeline.add("auth", status=response.status_code)
        finally:
            await flow.aclose()

    async def _exchange_once(
        self, transport: httpx.AsyncBaseTransport, request: httpx.Request, exchange: _Exchange
    ) -> httpx.Response:
        """Send one request and read its response to the end."""
        exchange.response = None
        exchange.body = io.BytesIO()
        limit = exchange.request.max_body
        limit = request.extensions["max_body"] = self.config.max_body if limit is None else limit
        address = address_of(request)
        exchange.timeline.add("request", method=request.method, url=str(address))
        record = None
        if exchange.journal is not None:
            record = record_of(request, str(address), exchange.request.sent_by, exchange.body)
            exchange.journal.append(record)
            request.extensions["sent"] = record
        exchange.record = record
        started = exchange.started = time.perf_counter()
        response = exchange.response = await transport.handle_async_request(request)
        version = response.extensions["http_version"].decode("ascii")
        exchange.timeline.add("first byte", since=started, status=response.status_code, version=version)
        if record is not None:
            record.status, record.reason, record.version = response.status_code, reason_of(response), version
            record.response_headers = response.headers.raw
        if self.config.cookies and exchange.request.cookies:
            self._keep_cookies(exchange.request, str(address), _values(response, b"set-cookie"))
        try:
            exchange.warnings += await read_body(
                response, exchange.body, address.netloc, limit, exchange.request.allowance
            )
        finally:
            await response.aclose()
            elapsed = (time.perf_counter() - started) * 1000
            if record is not None and exchange.journal is not None:
                record.received(elapsed, room_in(exchange.journal[:-1]))
        exchange.duration_ms = round(elapsed)
        exchange.timeline.add("done", since=started, bytes=exchange.body.tell())
        return response

    def _request(self, exchange: _Exchange) -> httpx.Request:
        hop = exchange.hop
        assert hop is not None
        keeps_cookies = self.config.cookies and exchange.request.cookies
        cookies = self._cookies(hop.address, hop.headers) if keeps_cookies else ""
        if keeps_cookies and exchange.request.fenced == "cookies" and self.jar.is_touched(hop.address):
            exchange.request.fenced = "redirects"
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
        request = new_request(hop.method, hop.address, headers, stream, own_count)
        request.extensions["fence"] = exchange.fence
        return request

    def _keep_cookies(self, request: OutgoingRequest, url: str, headers: list[str]) -> None:
        # What a server answers to a request of a script's is what the script asked for.
        influenced = headers and request.fence is not None and request.fenced != "cookies"
        with self.jar.touching() if influenced else nullcontext():
            for value in headers:
                self.jar.store(url, value)

    def _cookies(self, address: str | Address, headers: list[tuple[str, str]]) -> str:
        cookies = self.jar.header_for(address)
        if not cookies:
            return ""
        typed = next((value for name, value in headers if name.lower() == "cookie"), "")
        return merge_cookies(typed, cookies)

    def _response(self, exchange: _Exchange, response: httpx.Response) -> Response:
        assert exchange.hop is not None
        return Response(
            status=response.status_code,
            status_text=reason_of(response),
            headers=[(n.decode("latin-1"), v.decode("latin-1")) for n, v in _decoded_headers(response)],
            url=str(exchange.hop.address),
            body=exchange.body.getvalue(),
            duration_ms=exchange.duration_ms,
            http_version=response.extensions["http_version"].decode("ascii"),
            timeline=exchange.timeline.events,
            warnings=exchange.warnings + response.extensions["warnings"],
            parse_json=exchange.request.parse_json,
        )


def _record_failure(exchange: _Exchange, message: str) -> None:
    """Say in the journal why the last request failed; one that was never sent is added."""
    if exchange.journal is None:
        return
    last = exchange.journal[-1] if exchange.journal else None
    if last is not None and last is exchange.record:
        last.error = message
        return
    hop, sent_by = exchange.hop, exchange.request.sent_by
    url = str(hop.address) if hop else exchange.request.url
    method = hop.method if hop else exchange.request.method
    exchange.journal.append(SentRequest(method, url, [], None, sent_by, error=message))


def _applies(auth: httpx.Auth, hop: Hop) -> bool:
    """Return whether `auth` is for this hop: a scheme says in `redirects` how far it goes along."""
    scope = getattr(auth, "redirects", "forward")
    if scope == "first":
        return hop.first
    if not hop.cross_origin:
        return True
    return bool(scope == "forward" and not hop.unauthorised)


def _with_credentials(hop: Hop) -> list[tuple[str, str]]:
    """Return the hop's headers; a user name and password in its URL become `Authorization`."""
    username, password = hop.address.username, hop.address.password
    if not username and not password:
        return hop.headers
    credentials = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
    other_headers = [header for header in hop.headers if header[0].lower() != "authorization"]
    return [*other_headers, ("Authorization", f"Basic {credentials}")]


def _with_boundary(request: OutgoingRequest) -> list[tuple[str, str]]:
    """Return the request's headers, with a multipart body's boundary in the content type."""
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


def _decoded_headers(response: httpx.Response) -> list[tuple[bytes, bytes]]:
    """Return the headers, without the coding that was undone."""
    raw = response.headers.raw
    if not codings_of(response.headers.get("content-encoding", "")):
        return raw
    return [header for header in raw if header[0].lower() != b"content-encoding"]


def _read(response: httpx.Response, exchange: _Exchange, request: httpx.Request) -> httpx.Response:
    """Return the response as an auth flow sees it: read, and decoded."""
    return httpx.Response(
        response.status_code,
        headers=_decoded_headers(response),
        content=exchange.body.getvalue(),
        request=request,
    )


def _values(response: httpx.Response, name: bytes) -> list[str]:
    """Return the values of a header, by its lower-case name."""
    return [value.decode("latin-1") for key, value in response.headers.raw if key.lower() == name]


def _is_event_stream(response: httpx.Response) -> bool:
    return bool(response.headers.get("content-type", "").lower().startswith("text/event-stream"))
