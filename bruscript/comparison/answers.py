"""The recording proxy's answers: the server's, an earlier one of the server, or a fixed JSON."""

from __future__ import annotations

import json
import socket
import ssl
from collections import defaultdict, deque
from typing import BinaryIO, Protocol

from bruscript.comparison.arrival import Arrival, Exchange, read_body, read_head

STUB = {
    "id": 1,
    "name": "stub",
    "status": "ok",
    "token": "stub-token",
    "access_token": "stub-access-token",
    "refresh_token": "stub-refresh-token",
    "token_type": "Bearer",
    "expires_in": 3600,
    "data": {"id": 1, "name": "stub"},
    "items": [{"id": 1, "name": "stub"}],
}
"""The answer to every URL: fields that collections often read, a token response among them."""

_HOP_BY_HOP = ("connection", "proxy-connection", "keep-alive", "proxy-authorization")


class Session(Protocol):
    """Answers the requests of one connection."""

    def answer(self, arrival: Arrival) -> bytes | None:
        """Return the bytes of a response; None closes the connection without one."""

    def close(self) -> None:
        """Release the session's resources."""


class Answers(Protocol):
    """Makes the session of each connection."""

    def session(self) -> Session:
        """Return a new one."""


class Stub:
    """Answers every request with the same JSON, and reaches no server."""

    def session(self) -> Session:
        """It is its own session."""
        return self

    def answer(self, arrival: Arrival) -> bytes:
        """Return the same for every URL, without its body where the method is HEAD."""
        body = json.dumps(STUB).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        return head.encode() + (b"" if arrival.method == "HEAD" else body)

    def close(self) -> None:
        """Nothing to do."""


class Replay:
    """Answers with recorded responses, in the order of each method and URL, and with the stub beyond them."""

    def __init__(self, exchanges: list[Exchange]) -> None:
        self._recorded: dict[tuple[str, str], deque[bytes | None]] = defaultdict(deque)
        for arrival, response in exchanges:
            self._recorded[arrival.method, arrival.url].append(response)

    def session(self) -> Session:
        """It is its own session."""
        return self

    def answer(self, arrival: Arrival) -> bytes | None:
        """Return the next recorded response to this method and URL."""
        recorded = self._recorded[arrival.method, arrival.url]
        return recorded.popleft() if recorded else Stub().answer(arrival)

    def close(self) -> None:
        """Nothing to do."""


class Servers:
    """Passes requests on to the servers they are for, whose certificates are checked as the run would."""

    def __init__(
        self, *, cacert: str | None = None, only_cacert: bool = False, insecure: bool = False
    ) -> None:
        if only_cacert and cacert:
            self._tls = ssl.create_default_context(cafile=cacert)
        else:
            self._tls = ssl.create_default_context()
            if cacert:
                self._tls.load_verify_locations(cacert)
        if insecure:
            self._tls.check_hostname = False
            self._tls.verify_mode = ssl.CERT_NONE

    def session(self) -> Session:
        """One with its own connections, which authentication per connection needs."""
        return _Forwarding(self._tls)


class _Forwarding:
    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._open: dict[tuple[str, str, int], socket.socket] = {}

    def answer(self, arrival: Arrival) -> bytes | None:
        reused = (arrival.scheme, arrival.host, arrival.port) in self._open
        try:
            return self._exchange(arrival)
        except OSError:
            self._drop(arrival)
        except ValueError:
            self._drop(arrival)
            return None
        try:
            # The server may have closed a kept connection meanwhile.
            return self._exchange(arrival) if reused else None
        except (OSError, ValueError):
            self._drop(arrival)
            return None

    def close(self) -> None:
        for connection in self._open.values():
            connection.close()

    def _drop(self, arrival: Arrival) -> None:
        if connection := self._open.pop((arrival.scheme, arrival.host, arrival.port), None):
            connection.close()

    def _exchange(self, arrival: Arrival) -> bytes | None:
        connection = self._connection(arrival)
        lines = [f"{arrival.method} {arrival.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in arrival.headers if name.lower() not in _HOP_BY_HOP]
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + arrival.raw)
        with connection.makefile("rb") as stream:
            response, reusable = _response(stream, arrival.method)
        if not reusable:
            self._drop(arrival)
        if response is None:
            raise ConnectionResetError("closed without an answer")
        return response

    def _connection(self, arrival: Arrival) -> socket.socket:
        place = arrival.scheme, arrival.host, arrival.port
        if place not in self._open:
            connection = socket.create_connection((arrival.host, arrival.port), timeout=300)
            if arrival.scheme == "https":
                connection = self._tls.wrap_socket(connection, server_hostname=arrival.host)
            self._open[place] = connection
        return self._open[place]


def _response(stream: BinaryIO, method: str) -> tuple[bytes | None, bool]:
    """Read a response, and whether the connection can carry another one."""
    head = read_head(stream)
    while head and head[0].split(" ")[1:2] and head[0].split(" ")[1] in ("100", "102", "103"):
        head = read_head(stream)
    if head is None:
        return None, False
    start, headers, raw = head
    closes = any(n.lower() == "connection" and "close" in v.lower() for n, v in headers)
    status = start.split(" ")[1] if " " in start else ""
    if method == "HEAD" or status in ("204", "304"):
        return raw, not closes
    if body := read_body(stream, headers):
        return raw + body[1], not closes
    content = stream.read()
    # The end of this body is the end of the connection; towards the run it gets a length.
    length = f"content-length: {len(content)}\r\n\r\n".encode()
    return raw.rstrip(b"\r\n") + b"\r\n" + length + content, False
