"""Responses that are not HTTP: sentences of our own, with the server's line as text."""

from __future__ import annotations

import errno
from typing import Any

import h2.errors
import h2.events
import httpcore
import pytest
from apps.raw import raw_server

from bruscript.http import Client, ClientConfig, OutgoingRequest, RequestError
from bruscript.http.errors import connect_error, system_reason
from bruscript.http.malformed import missing, quoted
from bruscript.http.relay import _exchange_error

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
TOKEN = "Parse Error: Invalid header token"
CASES = [
    (
        OK + b"X Odd: 1\r\nContent-Length: 2\r\n\r\n{}",
        'the header line "X Odd: 1" has characters in its name that no name may have',
        TOKEN,
    ),
    (OK + b"X-Odd : 1\r\n\r\n", 'the header line "X-Odd : 1" has a blank before its colon', TOKEN),
    (OK + b"bad header\r\n\r\n", 'the header line "bad header" has no colon', TOKEN),
    (OK + b": x\r\n\r\n", 'the header line ": x" has no name', TOKEN),
    (
        OK + b'X-\x1b[31m"\xc3\xa4: 1\r\n\r\n',
        r'the header line "X-\x1b[31m\"ä: 1" has characters in its name that no name may have',
        TOKEN,
    ),
    (
        OK + b"Set Cookie: sid=51a9e7\r\n\r\n",
        'the header line "Set Cookie: ..." has characters in its name that no name may have',
        TOKEN,
    ),
    (
        OK + b"X-" + b"y" * 200 + b"\r\n\r\n",
        'the header line "X-' + "y" * 98 + '…" has no colon',
        TOKEN,
    ),
    (
        b"SSH-2.0-x\x1b[2J\r\n\r\n",
        r'it begins with "SSH-2.0-x\x1b[2J", and not with a status line',
        "Parse Error: Expected HTTP/, RTSP/ or ICE/",
    ),
    (OK + b" x\r\n\r\n", "begins with a blank", "Parse Error: Unexpected space after start line"),
    (
        OK + b"content-length: x\r\n\r\n",
        "is not a number of bytes",
        "Parse Error: Invalid character in Content-Length",
    ),
    (
        OK + b"content-length: 3\r\ncontent-length: 4\r\n\r\nabc",
        "it has several headers Content-Length that differ",
        "Parse Error: Duplicate Content-Length",
    ),
    (
        CHUNKED + b"zz\r\nabc",
        "the size of one of its chunks is not a number",
        "Parse Error: Invalid character in chunk size",
    ),
    (
        CHUNKED + b"3\r\nabcde\r\n",
        "one of its chunks is longer than its stated size",
        "Parse Error: Expected LF after chunk data",
    ),
    (OK + b"a: " + b"x" * 200_000 + b"\r\n\r\n", "its head is too long", "Parse Error: Header overflow"),
]
PYTHON = ("bytearray", "b'", 'b"', "None", "<", " at 0x", "('", "Errno")


async def failure(config: ClientConfig, url: str) -> RequestError:
    client = Client(config)
    try:
        with pytest.raises(RequestError) as error:
            await client.send(OutgoingRequest("GET", url, timeout_ms=60_000))
    finally:
        await client.aclose()
    return error.value


@pytest.mark.parametrize("proxied", [False, True], ids=["directly", "by a proxy"])
@pytest.mark.parametrize(("answer", "words", "node"), CASES, ids=[words[:40] for _, words, _ in CASES])
async def test_what_is_not_http_is_described(answer: bytes, words: str, node: str, proxied: bool) -> None:
    async def write(_, writer):
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with raw_server(write) as server:
        config, url, place = ClientConfig(noproxy=True), server.url, f"127.0.0.1:{server.port}"
        if proxied:
            proxy = {"protocol": "http", "hostname": "127.0.0.1", "port": server.port, "bypassProxy": ""}
            config = ClientConfig(proxy={"inherit": False, "config": proxy})
            url, place = "http://some.test:81/", "some.test:81"
        error = await failure(config, url)
    start = f"The response of {place} is not valid HTTP: "
    assert error.message.startswith(start)
    assert words in error.message
    assert error.for_scripts["message"] == node
    assert not [sign for sign in PYTHON if sign in error.message]
    assert error.message.isprintable()


def event(kind: Any, code: int) -> Any:
    made = kind.__new__(kind)
    made.error_code = code
    return made


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            httpcore.RemoteProtocolError(event(h2.events.StreamReset, h2.errors.ErrorCodes.REFUSED_STREAM)),
            "a.test broke off the exchange (HTTP/2: REFUSED_STREAM)",
        ),
        (
            httpcore.RemoteProtocolError(event(h2.events.ConnectionTerminated, 4711)),
            "a.test broke off the exchange (HTTP/2: error 4711)",
        ),
        (
            httpcore.RemoteProtocolError("Invalid input RECV_DATA in state ConnectionState.CLOSED"),
            "The response of a.test is not valid HTTP: it does not follow the protocol",
        ),
        (
            httpcore.RemoteProtocolError(
                "peer closed connection without sending complete message body (received 3 bytes, expected 10)"
            ),
            "The response of a.test is cut short: 3 of 10 bytes arrived",
        ),
        (
            httpcore.LocalProtocolError("Illegal header value b'a\\nb'"),
            "The request cannot be sent as HTTP: its header lines are malformed",
        ),
    ],
)
def test_what_libraries_say_is_put_into_our_words(error: Exception, message: str) -> None:
    assert _exchange_error(error, "a.test", "a.test").message == message


def test_failures_of_the_system_are_told_without_its_tuples() -> None:
    refused = OSError(errno.EADDRNOTAVAIL, "Connect call failed ('127.0.0.1', 9)")
    message = connect_error(refused, "a.test", 9, "127.0.0.1").message
    assert message == "Could not connect to a.test:9: cannot assign requested address"
    assert connect_error(OSError("no address"), "a.test", 9, "").message == "Could not connect to a.test:9"
    assert system_reason(FileNotFoundError(errno.ENOENT, "No such file", "/x")) == "no such file or directory"


def test_text_of_a_server_is_quoted() -> None:
    assert quoted(b"a\x00\x1b\xff\xe2\x80\xae") == r'"a\x00\x1b\xff\u202e"'
    assert quoted('say "a\\b"\n') == r'"say \"a\\b\"\n"'
    assert missing(
        "peer closed connection without sending complete message body (incomplete chunked read)"
    ) == ("its last chunk is missing")


async def test_the_head_of_an_application_is_checked() -> None:
    async def asgi(scope, receive, send):
        await send({"type": "http.response.start", "status": None, "headers": [("a", "b")]})

    def wsgi(environ, start_response):
        start_response("fine", [(None, "b")])
        return []

    for app, words in ((asgi, "a status that is not a number"), (wsgi, "a status without a number")):
        client = Client(ClientConfig(app=app))
        got = await client.send(OutgoingRequest("GET", "http://a/"))
        await client.aclose()
        assert got.status == 500
        assert words in got.warnings[0]


@pytest.mark.parametrize("proxy", [{"protocol": None, "hostname": None}, {"hostname": "a", "port": [1]}])
async def test_settings_of_a_proxy_are_told_as_text(proxy: dict[str, Any]) -> None:
    error = await failure(ClientConfig(proxy={"inherit": False, "config": proxy}), "http://some.test/")
    assert "None" not in error.message
    assert error.code == "ERR_PROXY"
