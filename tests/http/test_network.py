"""What the client asks of its connections."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpcore

from bruscript.http import network


async def unused(*_: object) -> None:
    raise AssertionError("there is no TLS here")


@asynccontextmanager
async def connected(arrived: list[bytes]) -> AsyncIterator[httpcore.AsyncNetworkStream]:
    """A connection to a server that answers whatever arrives at once."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 20):
            arrived.append(data)
            writer.write(b"answer")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    backend = network.Network(unused)  # type: ignore[arg-type]
    stream = await backend.connect_tcp("127.0.0.1", server.sockets[0].getsockname()[1])
    yield stream
    await stream.aclose()
    server.close()


async def test_head_and_body_go_out_together() -> None:
    arrived: list[bytes] = []
    async with connected(arrived) as stream:
        await stream.write(b"POST / HTTP/1.1\r\n\r\n")
        await stream.write(b"body")
        assert await stream.read(100) == b"answer"
    assert arrived == [b"POST / HTTP/1.1\r\n\r\nbody"]


async def test_much_is_sent_before_anything_is_read() -> None:
    arrived: list[bytes] = []
    async with connected(arrived) as stream:
        await stream.write(b"x" * 70_000)
        while sum(map(len, arrived)) < 70_000:
            await asyncio.sleep(0.001)


if hasattr(socket, "TCP_QUICKACK"):

    async def test_what_comes_back_is_acknowledged_at_once() -> None:
        async with connected([]) as stream:
            raw = stream.get_extra_info("socket")
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
            await stream.write(b"GET / HTTP/1.1\r\n\r\n")
            await stream.read(100)
            assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK) == 1
