"""What a connection makes of what servers send, and when it is used again."""

import asyncio
import os

import pytest
from apps.raw import OK, raw_server, response

from bruscript.http import Client, ClientConfig, FileBody, OutgoingRequest, RequestError


@pytest.fixture
async def client():
    client = Client(ClientConfig(noproxy=True))
    yield client
    await client.aclose()


async def get(client, url, method="GET", **options):
    return await client.send(OutgoingRequest(method, url, **options))


def in_pieces(data, size=1):
    async def answer(_, writer):
        for at in range(0, len(data), size):
            writer.write(data[at : at + size])
            await writer.drain()
            await asyncio.sleep(0)

    return answer


CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
    b"3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n"
)


@pytest.mark.parametrize("data", [response(b"abcde", "X-One: 1"), CHUNKED])
async def test_a_response_may_come_in_any_pieces(client, data):
    async with raw_server(in_pieces(data), data, in_pieces(data, 7)) as server:
        for _ in range(3):
            assert (await get(client, server.url)).body == b"abcde"
        assert server.connections == 1


async def test_trailers_are_no_headers(client):
    async with raw_server(CHUNKED) as server:
        names = [name for name, _ in (await get(client, server.url)).headers]
    assert names == ["Transfer-Encoding", "Trailer"]


async def test_names_and_order_of_headers_stay(client):
    async with raw_server(response(b"", "X-b: 1", "x-B: 2", "X-A:", "X-C:  \t3 ")) as server:
        headers = (await get(client, server.url)).headers
    assert headers[:4] == [("X-b", "1"), ("x-B", "2"), ("X-A", ""), ("X-C", "3")]


async def test_interim_responses_are_passed_over(client):
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    async with raw_server(interim + response(b"x"), in_pieces(interim + response(b"y"))) as server:
        first = await get(client, server.url)
        assert (first.status, first.body, [n for n, _ in first.headers]) == (200, b"x", ["content-length"])
        assert (await get(client, server.url)).body == b"y"
        assert server.connections == 1


async def test_no_body_follows_the_head_of_head(client):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
    async with raw_server(head, OK) as server:
        assert (await get(client, server.url, "HEAD")).body == b""
        assert (await get(client, server.url)).body == b"ok"
        assert server.connections == 1


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
async def test_responses_without_a_body_end_with_their_head(client, status):
    async with raw_server(response(b"", status=status, length=False), OK) as server:
        assert (await get(client, server.url)).body == b""
        assert (await get(client, server.url)).body == b"ok"
        assert server.connections == 1


async def test_a_body_without_a_length_ends_with_the_connection(client):
    async def answer(_, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nall of it")
        await writer.drain()
        writer.close()

    async with raw_server(answer, OK) as server:
        assert (await get(client, server.url)).body == b"all of it"
        assert (await get(client, server.url)).body == b"ok"
        assert server.connections == 2


@pytest.mark.parametrize(
    "first",
    [
        response(b"x", "Connection: close"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
        response(b"x") + b"junk that nobody asked for",
        response(b"x") + response(b"a second response"),
    ],
)
async def test_some_connections_are_not_used_again(client, first):
    async with raw_server(first, OK) as server:
        assert (await get(client, server.url)).body == b"x"
        assert (await get(client, server.url)).body == b"ok"
        assert [arrived.connection for arrived in server.arrived] == [1, 2]


async def test_an_endless_head_is_an_error(client):
    async def answer(_, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"x-header: " + b"x" * 1000 + b"\r\n")
            await writer.drain()

    async with raw_server(answer) as server:
        with pytest.raises(RequestError, match="not valid HTTP: its head is too long"):
            await get(client, server.url)


async def test_switching_protocols_is_an_error_in_words(client):
    upgrade = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00"
    async with raw_server(upgrade) as server:
        with pytest.raises(RequestError, match="switches protocols"):
            await get(client, server.url)


async def test_a_body_in_chunks_is_framed(client, tmp_path):
    data = os.urandom(100_000)
    (tmp_path / "file").write_bytes(data)
    async with raw_server() as server:
        request = OutgoingRequest(
            "POST", server.url, headers=[("Transfer-Encoding", "chunked")], body=FileBody(tmp_path / "file")
        )
        await client.send(request)
        (arrived,) = server.arrived
    pieces, rest = b"", arrived.body
    while True:
        size, _, rest = rest.partition(b"\r\n")
        if int(size, 16) == 0:
            break
        pieces += rest[: int(size, 16)]
        rest = rest[int(size, 16) + 2 :]
    assert pieces == data
    assert arrived.header("content-length") is None


async def test_a_server_may_refuse_an_upload_and_close(client, tmp_path):
    (tmp_path / "file").write_bytes(bytes(20_000_000))

    async def refuse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(response(b"too large", "Connection: close", status="413 Content Too Large"))
        await writer.drain()
        # Reading on keeps the answer from being lost to a reset.
        while await reader.read(1 << 16):
            pass
        writer.close()

    listener = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    answer = await get(client, f"http://127.0.0.1:{port}/", "POST", body=FileBody(tmp_path / "file"))
    listener.close()
    assert (answer.status, answer.body) == (413, b"too large")


async def test_a_connection_closed_while_idle_is_replaced(client):
    async def once(_, writer):
        writer.write(OK)
        await writer.drain()
        writer.close()

    async with raw_server(once, OK) as server:
        for method in ("GET", "GET", "POST"):
            assert (await get(client, server.url, method)).body == b"ok"
        assert server.connections == 2


async def test_requests_at_once_have_connections_of_their_own(client):
    async with raw_server() as server:
        await asyncio.gather(*(get(client, server.url) for _ in range(5)))
        assert server.connections == 5
        await asyncio.gather(*(get(client, server.url) for _ in range(5)))
        assert server.connections == 5
