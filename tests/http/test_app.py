import asyncio
import threading

import pytest
from apps.bombs import bomb

from bruscript.http import Client, ClientConfig, OutgoingRequest, RequestError


async def asgi_echo(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError
    message = await receive()
    head = f"{scope['method']} {scope['scheme']}://{scope['server'][0]} {scope['path']} ".encode()
    body = head + scope["raw_path"] + b"?" + scope["query_string"] + b" " + message["body"]
    headers = dict(scope["headers"])
    await send({"type": "http.response.start", "status": 201, "headers": [(b"x-a", headers[b"x-a"])]})
    await send({"type": "http.response.body", "body": body[:5], "more_body": True})
    await send({"type": "http.response.body", "body": body[5:]})


def wsgi_echo(environ, start_response):
    start_response("201 Made Here", [("X-A", environ["HTTP_X_A"]), ("Set-Cookie", "k=v")])
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    yield f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {environ['QUERY_STRING']} ".encode()
    yield body


async def send(app, request=None):
    client = Client(ClientConfig(app=app))
    request = request or OutgoingRequest("PUT", "https://api.test/a%20b?q=%2f", [("X-A", "1")], b"body")
    try:
        return await client.send(request), client
    finally:
        await client.aclose()


async def test_an_asgi_application_answers_in_process():
    got, _ = await send(asgi_echo)
    assert (got.status, got.status_text, got.header_map) == (201, "Created", {"x-a": "1"})
    assert got.text == "PUT https://api.test /a b /a%20b?q=%2f body"


async def test_a_wsgi_application_answers_in_process():
    got, client = await send(wsgi_echo)
    assert (got.status, got.status_text) == (201, "Made Here")
    assert got.text == "PUT /a b q=%2f body"
    assert client.jar.header_for("https://api.test/") == "k=v"


async def test_an_application_that_is_running_is_not_started():
    events = []

    async def app(scope, receive, send):
        events.append((scope["type"], scope["state"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    client = Client(ClientConfig(app=app, lifespan=False))
    await client.send(OutgoingRequest("GET", "http://x/"))
    await client.aclose()
    assert events == [("http", {})]


async def test_the_lifespan_begins_before_and_ends_after():
    events = []

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                events.append(message["type"])
                scope["state"]["db"] = "open"
                await send({"type": message["type"] + ".complete"})
        events.append(scope["state"]["db"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    got, _ = await send(app)
    assert got.status == 204
    assert events == ["lifespan.startup", "open", "lifespan.shutdown"]


async def test_a_failing_startup_is_told():
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    client = Client(ClientConfig(app=app))
    for _ in range(2):
        with pytest.raises(RequestError, match="no database"):
            await client.send(OutgoingRequest("GET", "http://a/"))
    await client.aclose()


async def broken_asgi(scope, receive, send):
    raise ValueError("boom")


def broken_wsgi(environ, start_response):
    raise ValueError("boom")


def late_wsgi(environ, start_response):
    start_response("200 OK", [])
    yield b"half"
    raise ValueError("boom")


async def silent_asgi(scope, receive, send):
    """Says nothing."""


@pytest.mark.parametrize(
    ("app", "words"),
    [
        (broken_asgi, "ValueError: boom"),
        (broken_wsgi, "ValueError: boom"),
        (late_wsgi, "ValueError: boom"),
        (silent_asgi, "no response"),
    ],
)
async def test_an_exception_is_a_500_with_a_warning(app, words):
    got, _ = await send(app)
    assert (got.status, got.text) == (500, "Internal Server Error")
    assert words in got.warnings[0]


async def test_a_handled_error_keeps_the_application_s_own_answer():
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b"later"})
        raise ValueError("logged")

    got, _ = await send(app)
    assert (got.status, got.text) == (503, "later")
    assert "logged" in got.warnings[0]


async def test_what_is_no_application_is_refused():
    with pytest.raises(RequestError, match="not an ASGI or WSGI application: it is of the type str"):
        await send("not an app")


async def test_a_response_that_breaks_off_is_told():
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ValueError("boom")

    with pytest.raises(RequestError, match="cut short: The application raised ValueError: boom"):
        await send(app)


@pytest.mark.parametrize("body", [None, b"", b"half"])
async def test_a_response_that_is_not_completed_is_cut_short(body):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"8")]})
        if body is not None:
            await send({"type": "http.response.body", "body": body, "more_body": True})

    with pytest.raises(
        RequestError, match=r"cut short: The application returned before its last `http\.resp"
    ):
        await send(app)


@pytest.mark.parametrize(
    ("method", "status", "headers", "body"),
    [
        ("HEAD", 200, [], b""),
        ("GET", 204, [], b""),
        ("GET", 304, [], b""),
        ("GET", 200, [(b"Content-Length", b"5")], b"whole"),
        ("GET", 200, [(b"content-length", b"0")], b""),
    ],
)
async def test_a_response_that_a_client_finds_complete_passes(method, status, headers, body):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": True})

    got, _ = await send(app, OutgoingRequest(method, "http://a/"))
    assert (got.status, got.body) == (status, body)


async def test_redirects_and_timeouts_work_in_process():
    cancelled = []

    async def app(scope, receive, send):
        if scope["path"] == "/slow":
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.append(True)
        headers = [(b"location", b"/slow")] if scope["path"] == "/" else []
        await send({"type": "http.response.start", "status": 302, "headers": headers})
        await send({"type": "http.response.body"})

    with pytest.raises(RequestError, match="timeout of 2000ms"):
        await send(app, OutgoingRequest("GET", "http://a/", timeout_ms=2000))
    assert cancelled


async def test_an_event_stream_is_read_as_far_as_it_comes():
    async def app(scope, receive, send):
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        await asyncio.Event().wait()

    got, _ = await send(app, OutgoingRequest("GET", "http://a/", timeout_ms=2000))
    assert got.text == "data: 1\n\n"


async def endless_asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError
    headers = [(b"content-encoding", b"gzip")] if scope["path"] == "/gzip" else []
    chunk = bomb("gzip", 1) if headers else bytes(1000)
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    while True:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


def endless_wsgi(environ, start_response):
    gzipped = environ["PATH_INFO"] == "/gzip"
    write = start_response("200 OK", [("Content-Encoding", "gzip")] if gzipped else [])
    while True:
        chunk = bomb("gzip", 1) if gzipped else bytes(1000)
        if environ["PATH_INFO"] == "/write":
            write(chunk)
        else:
            yield chunk


@pytest.mark.parametrize("path", ["/", "/gzip", "/write"])
@pytest.mark.parametrize("app", [endless_asgi, endless_wsgi])
async def test_a_body_without_end_is_refused_at_the_limit(app, path):
    request = OutgoingRequest("GET", f"http://a{path}", max_body=1 << 16)
    with pytest.raises(RequestError, match="response of a is larger than 64 KiB"):
        await send(app, request)


async def test_an_asgi_application_is_not_far_ahead_of_its_reader():
    sent = 0

    async def app(scope, receive, send):
        nonlocal sent
        if scope["type"] == "lifespan":
            raise NotImplementedError
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            sent += 1

    with pytest.raises(RequestError, match="larger than 100 bytes"):
        await send(app, OutgoingRequest("GET", "http://a", max_body=100))
    assert 100 <= sent < 150


async def test_a_wsgi_application_ends_with_its_request():
    ended = threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [])
        try:
            while True:
                yield b""
        finally:
            ended.set()

    with pytest.raises(RequestError, match="timeout of 50ms exceeded"):
        await send(app, OutgoingRequest("GET", "http://a", timeout_ms=50))
    assert await asyncio.to_thread(ended.wait, 60)
