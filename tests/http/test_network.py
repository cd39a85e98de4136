"""What the client asks of its connections."""

from __future__ import annotations

import asyncio
import socket

from bruscript.http import network

if hasattr(socket, "TCP_QUICKACK"):

    async def test_what_comes_back_is_acknowledged_at_once() -> None:
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]

        async def unused(*_: object) -> None:
            raise AssertionError("there is no TLS here")

        backend = network.Network(unused)  # type: ignore[arg-type]
        stream = await backend.connect_tcp("127.0.0.1", port)
        raw = stream.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
        await stream.write(b"GET / HTTP/1.1\r\n\r\n")
        assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK) == 1
        await stream.aclose()
        server.close()
