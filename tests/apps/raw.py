"""A server that records what arrives, byte for byte, and answers with bytes that a test chose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
Answer = Callable[["Arrived", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Arrived:
    """A request as it came: head and body, with chunked framing left in."""

    head: bytes
    body: bytes = b""
    connection: int = 0

    @property
    def request_line(self) -> str:
        return self.head.split(b"\r\n")[0].decode("latin-1")

    @property
    def target(self) -> str:
        return self.request_line.split(" ")[1]

    @property
    def lines(self) -> list[str]:
        return self.head.decode("latin-1").split("\r\n")[1:-2]

    def header(self, name: str) -> str | None:
        for line in self.lines:
            key, _, value = line.partition(": ")
            if key.lower() == name.lower():
                return value
        return None


@dataclass
class RawServer:
    """Answers each request with the next of `answers`, the last one for ever."""

    answers: list[bytes | Answer] = field(default_factory=lambda: [OK])
    arrived: list[Arrived] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = self.connections
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                request = Arrived(head, connection=connection)
                length = int(request.header("content-length") or 0)
                request.body = await reader.readexactly(length)
                if request.header("transfer-encoding") == "chunked":
                    while not request.body.endswith(b"0\r\n\r\n"):
                        request.body += await reader.readuntil(b"\r\n")
                self.arrived.append(request)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if callable(answer):
                    await answer(request, writer)
                else:
                    writer.write(answer)
                await writer.drain()
                if writer.is_closing():
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def raw_server(*answers: bytes | Answer, host: str = "127.0.0.1") -> AsyncIterator[RawServer]:
    """A running server that gives `answers` in turn; without any it says "ok"."""
    server = RawServer(list(answers) or [OK])
    listener = await asyncio.start_server(server.handle, host, 0, limit=1 << 20)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()


def response(body: bytes = b"", *headers: str, status: str = "200 OK", length: bool = True) -> bytes:
    """The bytes of a response with a `Content-Length`."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if length:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
