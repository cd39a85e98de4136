"""Servers that misbehave: each becomes an error in the user's words, and the client goes on."""

import asyncio
import socket
import struct

import pytest
from apps.raw import raw_server, response

from bruscript.http import Client, ClientConfig, OutgoingRequest, RequestError

SHORT = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"
SHORT_CHUNK = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab"


@pytest.fixture
async def client():
    client = Client(ClientConfig(noproxy=True))
    yield client
    await client.aclose()


async def failure(client, url, **options):
    with pytest.raises(RequestError) as error:
        await client.send(OutgoingRequest("POST", url, body=b"x", **options))
    assert error.value.timeline[-1]["event"] == "error"
    return error.value


async def vanish(_, writer):
    writer.close()


async def reset(_, writer):
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def stall(_, writer):
    await asyncio.Event().wait()


async def stall_in_the_body(_, writer):
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")
    await writer.drain()
    await asyncio.Event().wait()


def then_close(data):
    async def answer(_, writer):
        writer.write(data)
        await writer.drain()
        writer.close()

    return answer


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (vanish, "ECONNRESET", "without a response"),
        (reset, "ECONNRESET", "127.0.0.1"),
        (then_close(SHORT), "ECONNRESET", "cut short"),
        (
            then_close(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab"),
            "ECONNRESET",
            "cut short",
        ),
        (then_close(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "HPE_INVALID_CONSTANT", "not valid HTTP"),
        (then_close(b"\x00\x01\x02\x03" * 100 + b"\r\n\r\n"), "HPE_INVALID_CONSTANT", "not valid HTTP"),
        (
            response(b"abc", "content-length: 5"),
            "HPE_INVALID_CONSTANT",
            "not valid HTTP",
        ),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            "ECONNRESET",
            "switches protocols (101 Switching Protocols), which the request did not ask for",
        ),
        (response(b"no gzip", "content-encoding: gzip"), "Z_DATA_ERROR", "decompressed"),
        (then_close(b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n"), "HPE_INVALID_CONSTANT", "not valid HTTP"),
        (response(b"", "Location: http://[bad", status="302 Found"), "ERR_INVALID_URL", "http://[bad"),
        (response(b"", "Location: ftp://x/", status="302 Found"), "ERR_BAD_REQUEST", "ftp:"),
    ],
)
async def test_a_broken_answer_is_told_in_words(client, answer, code, words):
    async with raw_server(answer, response(b"fine")) as server:
        error = await failure(client, server.url)
        assert error.code == code
        assert words in error.message
        assert (await client.send(OutgoingRequest("GET", server.url))).text == "fine"


@pytest.mark.parametrize("answer", [stall, stall_in_the_body])
async def test_a_stalling_server_meets_the_timeout(client, answer):
    async with raw_server(answer) as server:
        error = await failure(client, server.url, timeout_ms=200)
    assert error.message == "timeout of 200ms exceeded"
    assert error.code == "ECONNABORTED"


async def test_a_dripping_server_meets_the_timeout_too(client):
    async def drip(_, writer):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with raw_server(drip) as server:
        error = await failure(client, server.url, timeout_ms=300)
    assert error.code == "ECONNABORTED"


async def test_a_closed_port_is_refused(client):
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    error = await failure(client, f"http://127.0.0.1:{port}/")
    assert error.code == "ECONNREFUSED"
    assert f"127.0.0.1:{port}: connection refused" in error.message
    assert error.hint
    assert error.for_scripts["message"] == f"connect ECONNREFUSED 127.0.0.1:{port}"
    assert list(error.for_scripts) == ["message", "errno", "code", "syscall", "address", "port"]


async def test_an_unknown_host_is_named(client):
    error = await failure(client, "http://no-such-host.invalid/")
    assert error.code in ("ENOTFOUND", "EAI_AGAIN")
    assert "no-such-host.invalid" in error.message


async def test_a_server_without_tls_is_found_out(client):
    async def plain(reader, writer):
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    error = await failure(client, f"https://127.0.0.1:{port}/")
    listener.close()
    assert error.code == "EPROTO"
    assert "does not speak TLS" in error.message


async def test_a_request_that_may_not_be_repeated_is_not(client):
    async with raw_server(response(), vanish) as server:
        await client.send(OutgoingRequest("GET", server.url))
        with pytest.raises(RequestError, match="without a response"):
            await client.send(OutgoingRequest("POST", server.url, body=b"once"))
    assert [arrived.request_line[:4] for arrived in server.arrived] == ["GET ", "POST"]


async def test_one_that_may_be_repeated_is_on_a_kept_connection(client):
    async with raw_server(response(), vanish, response(b"again")) as server:
        await client.send(OutgoingRequest("GET", server.url))
        got = await client.send(OutgoingRequest("GET", server.url))
    assert got.text == "again"
    assert server.connections == 2


async def test_a_cancelled_request_leaves_the_client_usable(client):
    async with raw_server(stall, response(b"fine")) as server:
        task = asyncio.create_task(client.send(OutgoingRequest("GET", server.url)))
        while not server.arrived:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await client.send(OutgoingRequest("GET", server.url))).text == "fine"


async def test_switching_protocols_behind_a_proxy_is_told_in_the_same_words():
    answer = response(
        b"", "Upgrade: websocket", "Connection: Upgrade", status="101 Switching Protocols", length=False
    )
    async with raw_server(answer) as proxy:
        config = {"protocol": "http", "hostname": "127.0.0.1", "port": proxy.port}
        client = Client(ClientConfig(proxy={"inherit": False, "config": config}))
        error = await failure(client, "http://elsewhere.test/")
        await client.aclose()
    assert "elsewhere.test switches protocols (101" in error.message
