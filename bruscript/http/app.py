"""Sending to an application in this process: ASGI 3, or WSGI (PEP 3333) in a thread."""

from __future__ import annotations

import asyncio
import inspect
import io
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterable, MutableMapping
from typing import Any, Literal
from urllib.parse import unquote_to_bytes

import httpx

from bruscript.http.app_trace import LOG_CAPTURE, AppTrace, tracing
from bruscript.http.body import BodyStream
from bruscript.http.errors import RequestError
from bruscript.http.wire import address_of, new_response
from bruscript.option_names import option

_CLIENT = ("127.0.0.1", 50000)
_LIFESPAN_PATIENCE = 30.0
_WITHOUT_BODY = (204, 304)
_AHEAD = 16
"""How many pieces of a body an application may be ahead of the reader."""


def kind_of(app: Any) -> Literal["asgi", "wsgi"]:
    """Return which interface `app` has. Raises RequestError for what has neither."""
    if not callable(app):
        what = "nothing (None)" if app is None else f"of the type {type(app).__name__}"
        raise RequestError(
            f"What {option('--app')} names is not an ASGI or WSGI application: it is {what}, and cannot be "
            "called",
            "ERR_APP",
        )
    call = app if inspect.isroutine(app) else type(app).__call__
    if inspect.iscoroutinefunction(call):
        return "asgi"
    try:
        count = sum(
            parameter.default is parameter.empty
            and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
            for parameter in inspect.signature(app).parameters.values()
        )
    except (TypeError, ValueError):
        count = 2
    return "asgi" if count == 3 else "wsgi"


class AppTransport(httpx.AsyncBaseTransport):
    """Sends every request to `app`, whatever its host.

    httpx's own transports do not run the lifespan, and wait for the end of a streamed response.

    An ASGI application's lifespan begins with the first request and ends with `aclose`; with `lifespan` off
    the application is assumed to be running already. An exception of the
    application becomes status 500, as a server would answer, and a warning on the response.
    """

    def __init__(self, app: Any, *, lifespan: bool = True) -> None:
        self._app = app
        self._asgi = kind_of(app) == "asgi"
        self._has_lifespan = lifespan
        self._lifespan: _Lifespan | None = None
        self._starting = asyncio.Lock()
        self._collects_log = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Run the application for `request`."""
        # Not before: a client that sends nothing may never be closed.
        if not self._collects_log:
            self._collects_log = True
            LOG_CAPTURE.start()
        body = await request.aread()
        trace = AppTrace()
        if (sent := request.extensions.get("sent")) is not None:
            sent.app = trace
        if not self._asgi:
            gone = threading.Event()
            try:
                with tracing(trace):
                    return await asyncio.to_thread(_call_wsgi, self._app, request, body, gone, trace)
            finally:
                gone.set()
        async with self._starting:
            if self._lifespan is None and self._has_lifespan:
                lifespan = _Lifespan(self._app)
                try:
                    await lifespan.start()
                except BaseException:
                    await lifespan.abort()
                    raise
                self._lifespan = lifespan
        return await _AsgiCall(request, trace).respond(
            self._app, body, self._lifespan.state if self._lifespan else {}
        )

    async def aclose(self) -> None:
        """End the application's lifespan."""
        if self._collects_log:
            self._collects_log = False
            LOG_CAPTURE.stop()
        if self._lifespan:
            await self._lifespan.stop()
            self._lifespan = None


class _Lifespan:
    """The lifespan protocol: one task for the life of the transport."""

    def __init__(self, app: Any) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_app: asyncio.Queue[MutableMapping[str, Any] | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())
        answer = await self._ask("lifespan.startup")
        if answer and answer["type"] == "lifespan.startup.failed":
            raise RequestError(f"The application did not start: {answer.get('message') or ''}", "ERR_APP")

    async def stop(self) -> None:
        if self._task and not self._task.done():
            await self._ask("lifespan.shutdown")
        await self.abort()

    async def abort(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _ask(self, event: str) -> MutableMapping[str, Any] | None:
        self._to_app.put_nowait({"type": event})
        try:
            return await asyncio.wait_for(self._from_app.get(), _LIFESPAN_PATIENCE)
        except asyncio.TimeoutError:
            return None

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        try:
            await self._app(scope, self._to_app.get, self._from_app.put)
        except Exception:
            # The specification's way for an application to say that it has no lifespan.
            self.state.clear()
        self._from_app.put_nowait(None)


class _AsgiCall(httpx.AsyncByteStream):
    """One request to an ASGI application, which runs in a task while its response, this stream, is read."""

    def __init__(self, request: httpx.Request, trace: AppTrace) -> None:
        self._request = request
        self._trace = trace
        self._start: MutableMapping[str, Any] = {}
        self._failure: BaseException | None = None
        self._sent = False
        # The application's messages: the start of the response, then its body, then its end.
        self._said: asyncio.Queue[bytes | None] = asyncio.Queue(_AHEAD)
        self._over = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._warnings: list[str] = []

    async def respond(self, app: Any, body: bytes, state: dict[str, Any]) -> httpx.Response:
        """Run the application until its response has begun."""
        self._task = asyncio.create_task(self._run(app, body, state))
        try:
            await self._said.get()
        except BaseException:
            await self.aclose()
            raise
        if not self._start:
            return _refusal(_words(self._failure))
        try:
            headers = [(bytes(name), bytes(value)) for name, value in self._start.get("headers", ())]
            status = int(self._start["status"])
        except (TypeError, ValueError, KeyError):
            await self.aclose()
            return _refusal(
                "The application sent a status that is not a number, or headers that are not bytes"
            )
        return new_response(status, headers, self, warnings=self._warnings)

    async def aclose(self) -> None:
        """Notify the application that the client has gone, and end it."""
        self._over.set()
        if self._task and not self._task.done():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, app: Any, body: bytes, state: dict[str, Any]) -> None:
        async def receive() -> dict[str, Any]:
            if self._sent:
                await self._over.wait()
                return {"type": "http.disconnect"}
            self._sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self._start = message
                await self._said.put(b"")
            elif message["type"] == "http.response.body":
                if self._request.method != "HEAD":
                    await self._said.put(bytes(message.get("body", b"")))
                if not message.get("more_body", False):
                    self._over.set()

        try:
            with tracing(self._trace):
                await app(_scope(self._request, state), receive, send)
        except (Exception, SystemExit) as error:
            self._failure = error
            self._trace.raised(error)
            self._warnings.append(_words(error))
        await self._said.put(None)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        count = 0
        while (chunk := await self._said.get()) is not None:
            count += len(chunk)
            yield chunk
        if self._over.is_set():
            return
        if self._failure is not None:
            raise _cut_short(_words(self._failure))
        if self._lacks_body(count):
            # A server closes the connection then.
            raise _cut_short("The application returned before its last `http.response.body`")

    def _lacks_body(self, count: int) -> bool:
        """Return whether a client of a server would miss something after `count` bytes of the body."""
        if self._request.method == "HEAD" or int(self._start["status"]) in _WITHOUT_BODY:
            return False
        lengths = (
            value for name, value in self._start.get("headers", ()) if name.lower() == b"content-length"
        )
        return next(lengths, None) != b"%d" % count


def _cut_short(why: str) -> RequestError:
    return RequestError(f"The response is cut short: {why}", "ECONNRESET")


def _scope(request: httpx.Request, state: dict[str, Any]) -> dict[str, Any]:
    address = address_of(request)
    path, _, query = address.target.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": address.scheme,
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path.encode("ascii"),
        "query_string": query.encode("ascii"),
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": _CLIENT,
        "server": (address.host, address.port),
        "state": dict(state),
    }


class _EnoughError(Exception):
    """The response is no longer read."""


def _call_wsgi(
    app: Any, request: httpx.Request, body: bytes, gone: threading.Event, trace: AppTrace
) -> httpx.Response:
    """Run `app` until its response is complete or too large, or `gone` is set because nobody waits."""
    address = address_of(request)
    path, _, query = address.target.partition("?")
    errors = io.StringIO()
    environ: dict[str, Any] = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": address.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": errors,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "RAW_URI": address.target,
        "QUERY_STRING": query,
        "SERVER_NAME": address.host,
        "SERVER_PORT": str(address.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": _CLIENT[0],
    }
    for name, value in request.headers.raw:
        key = name.decode("ascii").upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    started: list[tuple[str, list[tuple[str, str]]]] = []
    chunks: list[bytes] = []
    left = request.extensions.get("max_body", sys.maxsize)

    def take(chunk: bytes) -> None:
        nonlocal left
        if left < 0 or gone.is_set():
            raise _EnoughError
        chunks.append(chunk)
        left -= len(chunk)

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], Any]:
        started[:] = [(status, headers)]
        return take

    failure: BaseException | None = None
    try:
        result: Iterable[bytes] = app(environ, start_response)
        try:
            for chunk in result:
                take(chunk)
        finally:
            close = getattr(result, "close", None)
            if close:
                close()
    except _EnoughError:
        pass
    except (Exception, SystemExit) as error:
        failure = error
        trace.raised(error)
    finally:
        sys.stderr.write(errors.getvalue())
    if failure is not None or not started:
        return _refusal(_words(failure))
    try:
        code, _, reason = started[0][0].partition(" ")
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in started[0][1]]
        content = BodyStream([] if request.method == "HEAD" else [*chunks])
        return new_response(int(code), headers, content, reason=reason.encode("latin-1"))
    except (TypeError, ValueError, AttributeError):
        return _refusal("The application returned a status without a number, or headers that are not strings")


def _refusal(why: str) -> httpx.Response:
    """Return what a server answers for an application that failed, and why in a warning."""
    headers = [(b"content-type", b"text/plain")]
    content = BodyStream([b"Internal Server Error"])
    return new_response(500, headers, content, warnings=[why])


def _words(failure: BaseException | None) -> str:
    if failure is None:
        return "The application sent no response"
    return f"The application raised {type(failure).__name__}: {failure}"
