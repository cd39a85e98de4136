"""What goes over the wire and what comes back, against a server that shows its bytes."""

import asyncio
import gzip
import os
import zlib

import brotli
import pytest
from apps.bombs import zstd
from apps.raw import raw_server, response

from bruscript import __version__
from bruscript.auth import build_auth
from bruscript.http import (
    AuthConfig,
    Client,
    ClientConfig,
    FileBody,
    MultipartBody,
    OutgoingRequest,
    Part,
    RequestError,
)


@pytest.fixture
async def client():
    client = Client(ClientConfig(noproxy=True))
    yield client
    await client.aclose()


def get(url, **options):
    return OutgoingRequest("GET", url, **options)


async def test_a_get_carries_the_defaults_of_the_reference(client):
    async with raw_server() as server:
        await client.send(get(server.url + "/a b?q=ü#f", headers=[("X-One", "1"), ("accept", "x/y")]))
    (arrived,) = server.arrived
    names = [line.partition(":")[0] for line in arrived.lines]
    assert arrived.request_line == "GET /a%20b?q=%C3%BC HTTP/1.1"
    assert names == [
        *("Host", "Accept", "User-Agent", "X-One"),
        *("request-start-time", "Accept-Encoding", "Connection"),
    ]
    assert arrived.header("accept") == "x/y"
    assert arrived.header("user-agent") == f"bruscript/{__version__}"
    assert arrived.header("accept-encoding") == "gzip, compress, deflate, br"
    assert arrived.header("host") == f"127.0.0.1:{server.port}"


async def test_defaults_that_a_script_deleted_stay_away(client):
    omit = frozenset({"user-agent", "accept", "accept-encoding", "request-start-time", "content-type"})
    async with raw_server() as server:
        await client.send(OutgoingRequest("POST", server.url, omit_headers=omit))
    assert sorted(line.partition(":")[0] for line in server.arrived[0].lines) == [
        *("Connection", "Content-Length", "Host"),
    ]


@pytest.mark.parametrize(
    ("method", "body", "length", "content_type"),
    [
        ("get", None, None, None),
        ("DELETE", None, None, None),
        ("post", None, "0", "application/x-www-form-urlencoded"),
        ("PURGE", None, "0", None),
        ("PUT", b"abc", "3", "application/x-www-form-urlencoded"),
        ("GET", b"abc", "3", None),
    ],
)
async def test_length_and_type_are_said_as_the_reference_does(client, method, body, length, content_type):
    async with raw_server() as server:
        await client.send(OutgoingRequest(method, server.url, body=body))
    (arrived,) = server.arrived
    assert arrived.request_line.startswith(method.upper())
    assert arrived.header("content-length") == length
    assert arrived.header("content-type") == content_type
    assert arrived.body == (body or b"")


async def test_header_case_and_order_are_the_user_s(client):
    own = [("x-LOW", "1"), ("X-High", "2"), ("x-low", "3"), ("Host", "other.test"), ("x-umlaut", "ü")]
    async with raw_server() as server:
        await client.send(get(server.url, headers=own))
    lines = server.arrived[0].lines
    assert lines[0] == "Host: other.test"
    assert [line for line in lines if line.lower().startswith("x-")] == [
        *("x-LOW: 1", "X-High: 2", "x-low: 3", "x-umlaut: ü"),
    ]


async def test_what_no_header_can_carry_is_left_out(client):
    own = [("X-A", "snow ☃"), ("X-B", "a\r\nX-C: c"), ("X-D", " token\n")]
    async with raw_server() as server:
        await client.send(get(server.url, headers=own))
    lines = [line for line in server.arrived[0].lines if line.startswith("X-")]
    assert lines == ["X-A: snow", "X-B: aX-C: c", "X-D: token"]


@pytest.mark.parametrize("header", [("X A", "1"), ("", "1"), ("X\r\nY", "1"), ("Ü", "1")])
async def test_a_header_without_a_proper_name_is_refused(client, header):
    async with raw_server() as server:
        with pytest.raises(RequestError) as error:
            await client.send(get(server.url, headers=[header]))
    assert "header" in error.value.message
    assert server.arrived == []


@pytest.mark.parametrize("method", ["", "GE T", "GÉT", "GET\r\nX: y"])
async def test_a_method_that_is_none_is_refused(client, method):
    with pytest.raises(RequestError, match=r"not a valid HTTP method|no HTTP method"):
        await client.send(OutgoingRequest(method, "http://a/"))


async def test_half_a_surrogate_pair_does_no_harm(client):
    body = MultipartBody((Part("a\ud83d", "\ud83d"),))
    async with raw_server() as server:
        await client.send(OutgoingRequest("POST", server.url + "/\ud83d?\ud83d\ude00", body=body))
        auth = build_auth(AuthConfig("basic", {"username": "\ud83d", "password": ""}))
        await client.send(get(server.url), auth)
    assert server.arrived[0].target == "/%EF%BF%BD?%F0%9F%98%80"
    assert server.arrived[1].header("authorization") == "Basic 77+9Og=="
    assert b'name="a\xef\xbf\xbd"\r\n\r\n\xef\xbf\xbd\r\n' in server.arrived[0].body


@pytest.mark.parametrize("size", [20_000, 100_000])
async def test_a_very_long_url_is_sent(client, size):
    auth = build_auth(AuthConfig("basic", {"username": "u", "password": "p"}))
    async with raw_server() as server:
        assert (await client.send(get(server.url + "/" + "a" * size), auth)).status == 200
    assert server.arrived[0].target == "/" + "a" * size


async def test_connections_are_used_again(client):
    async with raw_server() as server:
        for _ in range(5):
            await client.send(get(server.url))
    assert server.connections == 1


async def test_a_connection_that_the_server_closed_meanwhile_is_replaced(client):
    async def answer_and_leave(_, writer):
        writer.write(response(b"1"))
        await writer.drain()
        writer.close()

    async with raw_server(answer_and_leave) as server:
        bodies = [(await client.send(get(server.url))).text for _ in range(3)]
    assert bodies == ["1", "1", "1"]


async def test_files_are_streamed_with_their_length(client, tmp_path):
    file = tmp_path / "data.bin"
    file.write_bytes(bytes(range(256)) * 1000)
    async with raw_server() as server:
        await client.send(OutgoingRequest("POST", server.url, body=FileBody(file)))
        with pytest.raises(RequestError, match=r"missing\.bin"):
            await client.send(OutgoingRequest("POST", server.url, body=FileBody(tmp_path / "missing.bin")))
    (arrived,) = server.arrived
    assert arrived.header("content-length") == "256000"
    assert arrived.body == file.read_bytes()


async def test_a_pipe_is_no_body(client, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RequestError, match="not a regular file"):
        await client.send(OutgoingRequest("POST", "http://a/", body=FileBody(tmp_path / "pipe")))


async def test_multipart_has_files_types_and_repeated_names(client, tmp_path):
    file = tmp_path / "möre.json"
    file.write_bytes(b"{}\x00")
    body = MultipartBody(
        (
            Part("a", "1"),
            Part("a", "2", content_type="text/x"),
            Part('q"x', "ü"),
            Part("f", FileBody(file)),
            Part("g", FileBody(file), content_type="application/x"),
        )
    )
    async with raw_server() as server:
        await client.send(OutgoingRequest("POST", server.url, body=body))
    (arrived,) = server.arrived
    kind, _, boundary = arrived.header("content-type").partition("; boundary=")
    assert kind == "multipart/form-data"
    assert arrived.header("content-length") == str(len(arrived.body))
    parts = arrived.body.decode("utf-8", "surrogateescape").split(f"--{boundary}")
    assert parts[0] == ""
    assert parts[-1] == "--\r\n"
    assert parts[1:-1] == [
        '\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n',
        '\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: text/x\r\n\r\n2\r\n',
        '\r\nContent-Disposition: form-data; name="q%22x"\r\n\r\nü\r\n',
        '\r\nContent-Disposition: form-data; name="f"; filename="möre.json"\r\n'
        "Content-Type: application/json\r\n\r\n{}\x00\r\n",
        '\r\nContent-Disposition: form-data; name="g"; filename="möre.json"\r\n'
        "Content-Type: application/x\r\n\r\n{}\x00\r\n",
    ]


async def test_a_boundary_of_the_user_s_is_used(client):
    headers = [("Content-Type", "multipart/mixed; boundary=mine")]
    async with raw_server() as server:
        await client.send(OutgoingRequest("POST", server.url, headers, body=MultipartBody((Part("a", "1"),))))
    assert server.arrived[0].header("content-type") == "multipart/mixed; boundary=mine"
    assert server.arrived[0].body.startswith(b"--mine\r\n")


@pytest.mark.parametrize(
    ("coding", "encode"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data)[2:-4]),
        ("br", brotli.compress),
        ("zstd", zstd.compress),
        ("gzip, br", lambda data: brotli.compress(gzip.compress(data))),
    ],
)
async def test_content_codings_are_undone(client, coding, encode):
    body = b'{"n": 1}' * 5000
    async with raw_server(response(encode(body), f"Content-Encoding: {coding}", "x-a: b")) as server:
        got = await client.send(get(server.url))
    assert got.body == body
    assert got.header_map.keys() == {"x-a", "content-length"}


async def test_an_unknown_coding_is_left_alone(client):
    async with raw_server(response(b"abc", "Content-Encoding: rot13")) as server:
        got = await client.send(get(server.url))
    assert got.body == b"abc"
    assert got.header_map["content-encoding"] == "rot13"


async def test_binary_bodies_are_exact_and_large_ones_are_read(client):
    body = bytes(range(256)) * 40000
    async with raw_server(response(body)) as server:
        got = await client.send(get(server.url))
    assert got.body == body
    assert got.size == len(body)


async def test_a_body_over_the_limit_is_refused():
    client = Client(ClientConfig(max_body=1000, noproxy=True))
    bomb = gzip.compress(b"\0" * 5_000_000)
    async with raw_server(response(bomb, "Content-Encoding: gzip")) as server:
        with pytest.raises(RequestError, match="larger than 1000 bytes"):
            await client.send(get(server.url))
    await client.aclose()


async def test_cookies_are_kept_sent_and_merged(client):
    async with raw_server(response(b"", "Set-Cookie: a=1; Path=/", "Set-Cookie: b=2; Path=/x")) as server:
        await client.send(get(server.url))
        await client.send(get(server.url + "/x", headers=[("cookie", "own=0; a=9")]))
        await client.send(get(server.url + "/y"))
    assert [arrived.header("cookie") for arrived in server.arrived] == [None, "own=0; a=1; b=2", "a=1"]


async def test_without_cookies_no_jar_is_kept():
    client = Client(ClientConfig(cookies=False, noproxy=True))
    async with raw_server(response(b"", "Set-Cookie: a=1")) as server:
        await client.send(get(server.url))
        await client.send(get(server.url, headers=[("Cookie", "own=0")]))
    await client.aclose()
    assert [arrived.header("cookie") for arrived in server.arrived] == [None, "own=0"]


async def test_events_come_with_their_times(client):
    async with raw_server() as server:
        first = await client.send(get(f"http://localhost:{server.port}/"))
        second = await client.send(get(f"http://localhost:{server.port}/"))
    assert [entry["event"] for entry in first.timeline] == ["request", "dns", "connect", "first byte", "done"]
    assert [entry["event"] for entry in second.timeline] == ["request", "first byte", "done"]
    assert all(entry["duration"] >= 0 for entry in first.timeline[1:])


async def test_an_event_stream_counts_as_far_as_it_came_in_time(client):
    async def stream(_, writer):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n")
        await writer.drain()
        await asyncio.Event().wait()

    async with raw_server(stream) as server:
        got = await client.send(get(server.url, timeout_ms=2000))
    assert got.text == "data: 1\n\n"
    assert "still open after 2000 ms" in got.warnings[0]


async def test_parallel_requests_do_not_mix(client):
    async def echo(request, writer):
        writer.write(response(request.target.encode()))

    async with raw_server(echo) as server:
        results = await asyncio.gather(*(client.send(get(f"{server.url}/{n}")) for n in range(20)))
    assert [result.text for result in results] == [f"/{n}" for n in range(20)]


async def test_credentials_in_the_url_are_sent_as_a_header(client):
    async with raw_server() as server:
        url = server.url.replace("//", "//us%40er:p%3Aw@")
        got = await client.send(get(url, headers=[("Authorization", "Bearer t")]))
    assert server.arrived[0].header("authorization") == "Basic dXNAZXI6cDp3"
    assert "p%3Aw" not in got.url + str(got.timeline)


def test_no_credentials_are_in_a_repr():
    request = OutgoingRequest("GET", "http://a/", [("Authorization", "Bearer s3cret")], b"s3cret")
    config = ClientConfig(proxy={"password": "s3cret"}, client_certs=[{"passphrase": "s3cret"}])
    assert "s3cret" not in repr([request, config, Part("a", "s3cret")])
