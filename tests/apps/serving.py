"""Serves an application on a free loopback port, in a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@contextmanager
def serve(server: Any) -> Iterator[str]:
    """Run a `socketserver`-like server while the context is entered; gives its base URL."""
    # Its shutdown takes as long as it polls, half a second by default.
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def serve_wsgi(app: Any) -> Iterator[str]:
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log(self, *_: Any, **__: Any) -> None:
            pass

    with serve(make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)) as url:
        yield url


@contextmanager
def serve_asgi(app: Any) -> Iterator[str]:
    with serve(ThreadingHTTPServer(("127.0.0.1", 0), _asgi_handler(app))) as url:
        yield url


def _asgi_handler(app: Any) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            path, _, query = self.path.partition("?")
            scope = {
                "type": "http",
                "method": self.command,
                "path": path,
                "query_string": query.encode(),
                "headers": [(k.lower().encode(), v.encode()) for k, v in self.headers.items()],
            }
            sent: list[dict[str, Any]] = []

            async def receive() -> dict[str, Any]:
                return {"type": "http.request", "body": body, "more_body": False}

            async def send(message: dict[str, Any]) -> None:
                sent.append(message)

            with lock:
                asyncio.run(app(scope, receive, send))
            self.send_response(sent[0]["status"])
            for name, value in sent[0]["headers"]:
                self.send_header(name.decode(), value.decode())
            self.end_headers()
            self.wfile.write(b"".join(message.get("body", b"") for message in sent[1:]))

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@contextmanager
def serve_canned(
    status: int = 200, body: bytes = b"", headers: dict[str, str] | None = None, *, delay: float = 0.0
) -> Iterator[tuple[str, list[str]]]:
    """A server that gives one answer to every request; gives its URL and the list of the paths asked for."""
    paths: list[str] = []
    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            paths.append(self.path)
            self.rfile.read(int(self.headers.get("content-length") or 0))
            released.wait(delay)
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = handle_any

        def log_message(self, *_: Any) -> None:
            pass

    with serve(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        try:
            yield url, paths
        finally:
            released.set()
