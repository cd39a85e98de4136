"""A proxy on loopback that records what goes through it, TLS included."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from bruscript.comparison.answers import Answers
from bruscript.comparison.arrival import Arrival, Exchange, Headers, read_body, read_head
from bruscript.comparison.authority import Authority

_ANNOUNCED_S = 30
_TARGET = b"TARGET "
"""The first word that redirect.cjs writes; no method has that name."""


class Proxy:
    """The proxy and what arrived, with the answers."""

    def __init__(self, authority: Authority, answers: Answers, redirected: bool = False) -> None:
        self.authority = authority
        self.answers = answers
        self._redirected = redirected
        self.port = 0
        self.exchanges: list[Exchange] = []
        self._lock = threading.Lock()
        self._targets: dict[int, str] = {}
        self._announced = threading.Condition()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def arrivals(self) -> list[Arrival]:
        """The requests, in the order in which they arrived."""
        with self._lock:
            return [arrival for arrival, _ in self.exchanges]

    def announce(self, port: int, target: str) -> None:
        """Say where the redirected connection from `port` was to go."""
        with self._announced:
            self._targets[port] = target
            self._announced.notify_all()

    def announced(self, port: int) -> str | None:
        """Return the target of the redirected connection from `port`, which is announced at the same time."""
        with self._announced:
            if self._redirected:
                self._announced.wait_for(lambda: port in self._targets, _ANNOUNCED_S)
            return self._targets.pop(port, None)

    def opened(self, arrival: Arrival) -> int:
        """Record a request; give its number."""
        with self._lock:
            self.exchanges.append((arrival, None))
            return len(self.exchanges) - 1

    def answered(self, number: int, response: bytes | None) -> None:
        """Record the answer to the request of this number."""
        with self._lock:
            self.exchanges[number] = (self.exchanges[number][0], response)


@contextmanager
def recording_proxy(authority: Authority, answers: Answers, *, redirected: bool = False) -> Iterator[Proxy]:
    """Run a proxy on a free port of loopback; `redirected` is for a client that knows nothing of it."""
    proxy = Proxy(authority, answers, redirected)

    class Handler(_Connection):
        owner = proxy

    with _Server(("127.0.0.1", 0), Handler) as server:
        proxy.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a client that disconnects."""


class _Connection(socketserver.BaseRequestHandler):
    owner: Proxy

    def handle(self) -> None:
        """Serve requests: to a proxy, in a tunnel, or redirected here as if to the server itself."""
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Neither a broken request nor a handshake that fails has anything to record.
        with suppress(OSError, ValueError):
            target = self._redirected()
            if target is not None and " " in target:
                target, _, port = target.partition(" ")
                self.owner.announce(int(port), target)
                return
            if self.request.recv(1, socket.MSG_PEEK) == b"\x16":
                self._tunnel(target or self.owner.announced(self.client_address[1]))
            else:
                self._serve(self.request, "http", target)

    def _redirected(self) -> str | None:
        """Return where a redirected connection was to go, which its first line says."""
        line = b""
        if self.request.recv(len(_TARGET), socket.MSG_PEEK) != _TARGET:
            return None
        while not line.endswith(b"\n"):
            if not (byte := self.request.recv(1)):
                return None
            line += byte
        return line[len(_TARGET) :].decode("latin-1").strip()

    def _tunnel(self, authority: str | None) -> None:
        if authority is not None and self.request.recv(1, socket.MSG_PEEK) != b"\x16":
            self._serve(self.request, "http", authority)
            return

        def choose(connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
            if name:
                connection.context = self.owner.authority.context(name)

        context = self.owner.authority.context(_host(authority) if authority else "127.0.0.1")
        context.sni_callback = choose
        with context.wrap_socket(self.request, server_side=True) as connection:
            self._serve(connection, "https", authority)

    def _serve(self, connection: socket.socket, scheme: str, authority: str | None) -> None:
        session = self.owner.answers.session()
        try:
            with connection.makefile("rb") as stream:
                while head := read_head(stream):
                    start, headers, _ = head
                    method, target, *_ = [*start.split(" "), ""]
                    if method == "CONNECT":
                        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                        self._tunnel(target)
                        return
                    body, raw = read_body(stream, headers) or (b"", b"")
                    place = authority or _authority(headers)
                    arrival = _arrival(method, target, headers, scheme, place, body, raw)
                    number = self.owner.opened(arrival)
                    response = session.answer(arrival)
                    self.owner.answered(number, response)
                    if response is None:
                        return
                    connection.sendall(response)
                    if any(n.lower() == "connection" and v.lower() == "close" for n, v in headers):
                        return
        finally:
            session.close()
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _arrival(
    method: str,
    target: str,
    headers: Headers,
    scheme: str,
    authority: str,
    body: bytes,
    raw: bytes,
) -> Arrival:
    parts = urlsplit(target) if "://" in target[:8] else None
    if parts:
        scheme, authority = parts.scheme.lower(), parts.netloc
        target = target.partition("://")[2][len(parts.netloc) :] or "/"
        target = target if target.startswith("/") else f"/{target}"
    return Arrival(method, scheme, authority.rpartition("@")[2], target, headers, body, raw)


def _authority(headers: Headers) -> str:
    return next((value for name, value in headers if name.lower() == "host"), "")


def _host(authority: str) -> str:
    return urlsplit(f"//{authority}").hostname or ""
