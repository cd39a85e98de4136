"""A server that tells what it is asked, and redirects where it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from apps.serving import serve


class Server:
    """Echoes each request as JSON; /to/STATUS?TARGET redirects there, /cookie/TARGET sets the cookie `to`,
    and /led?TARGET redirects where that cookie says, without one to TARGET.

    `arrived` has the URLs that came, in order, `authorized` whether they had `Authorization`.
    """

    def __init__(self) -> None:
        self.arrived: list[str] = []
        self.authorized: list[bool] = []
        self.port = 0

    def at(self, host: str, path: str = "/") -> str:
        return f"http://{host}:{self.port}{path}"

    def to(self, target: str, status: int = 302) -> str:
        return f"/to/{status}?{target}"


@contextmanager
def echoing() -> Iterator[Server]:
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            path, _, query = self.path.partition("?")
            server.arrived.append(self.path)
            server.authorized.append("authorization" in self.headers)
            status, headers, answer = 200, {"content-type": "application/json"}, b""
            if path.startswith("/to/"):
                status = int(path.removeprefix("/to/"))
                headers["location"] = unquote(self.headers.get("x-target") or query)
            elif path == "/led":
                status, headers["location"] = 302, unquote((self.headers["cookie"] or f"to={query}")[3:])
            elif path.startswith("/cookie/"):
                headers["set-cookie"] = "to=" + path.removeprefix("/cookie/") + "; Path=/"
            elif path == "/token":
                answer = json.dumps({"access_token": "made", "token_type": "Bearer"}).encode()
            else:
                seen = {
                    "url": self.path,
                    "headers": {name.lower(): value for name, value in self.headers.items()},
                    "body": body.decode("utf-8", "replace"),
                }
                answer = json.dumps(seen).encode()
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = handle_any

        def log_message(self, *_: Any) -> None:
            pass

    with serve(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        server.port = int(url.rpartition(":")[2])
        yield server
