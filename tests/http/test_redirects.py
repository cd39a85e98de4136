import pytest
from apps.raw import raw_server, response

from bruscript.auth import build_auth
from bruscript.http import AuthConfig, Client, ClientConfig, OutgoingRequest, RequestError
from bruscript.http.redirect import Hop, next_hop
from bruscript.http.url import parse_url


@pytest.fixture
async def client():
    client = Client(ClientConfig(noproxy=True))
    yield client
    await client.aclose()


def to(location, status="302 Found", *headers):
    return response(b"", f"Location: {location}", *headers, status=status)


@pytest.mark.parametrize(
    ("status", "method", "followed", "body"),
    [
        ("301 Moved", "POST", "GET", b""),
        ("302 Found", "PUT", "GET", b""),
        ("303 See Other", "DELETE", "GET", b""),
        ("302 Found", "HEAD", "HEAD", b"abc"),
        ("307 Temporary", "POST", "POST", b"abc"),
        ("308 Permanent", "PUT", "PUT", b"abc"),
    ],
)
async def test_the_method_changes_as_the_status_says(client, status, method, followed, body):
    head = b"HTTP/1.1 %s\r\nLocation: /next?x=%%20\r\n\r\n" % status.encode()
    answer = head if method == "HEAD" else to("/next?x=%20", status)
    async with raw_server(answer, response()) as server:
        got = await client.send(
            OutgoingRequest(method, server.url, [("Content-Type", "text/plain")], body=b"abc")
        )
    second = server.arrived[1]
    assert second.request_line == f"{followed} /next?x=%20 HTTP/1.1"
    assert second.body == body
    assert second.header("content-type") == ("text/plain" if body else None)
    assert got.url == f"{server.url}/next?x=%20"


@pytest.mark.parametrize("form", ["http:///%s/x", "\\\\%s/x", "/\\%s/x", "///%s/x"])
async def test_slashes_of_any_kind_and_number_begin_a_host(client, form):
    async with raw_server() as other, raw_server(to(form % f"127.0.0.1:{other.port}")) as server:
        got = await client.send(
            OutgoingRequest("GET", server.url, [("Authorization", "x"), ("Cookie", "a=1")])
        )
    assert got.url == f"{other.url}/x"
    assert other.arrived[0].header("cookie") is None


async def test_cookies_set_on_the_way_are_sent(client):
    async with raw_server(to("/b", "302 Found", "Set-Cookie: a=1; Path=/"), response()) as server:
        await client.send(OutgoingRequest("GET", server.url))
    assert server.arrived[1].header("cookie") == "a=1"


async def test_unfollowed_redirects_are_the_response(client):
    async with raw_server(to("/b")) as server:
        got = await client.send(OutgoingRequest("GET", server.url, follow_redirects=False))
    assert (got.status, got.header_map["location"], len(server.arrived)) == (302, "/b", 1)


async def test_an_endless_chain_ends_with_its_last_response_and_a_warning(client):
    async with raw_server(to("/again")) as server:
        got = await client.send(OutgoingRequest("GET", server.url, max_redirects=3))
    assert got.status == 302
    assert len(server.arrived) == 4
    assert "3 redirects" in got.warnings[0]


@pytest.mark.parametrize(
    ("forward", "host", "kept"),
    [
        (True, "localhost", "Bearer t"),
        (True, "127.0.0.1", "Bearer t"),
        (False, "localhost", None),
        (False, "127.0.0.1", None),
        (None, "localhost", None),
        (None, "127.0.0.1", "Bearer t"),
    ],
)
async def test_authorization_goes_to_another_origin_as_the_setting_says(client, forward, host, kept):
    async with raw_server() as other, raw_server(to(f"http://{host}:{other.port}/there")) as server:
        await client.send(
            OutgoingRequest(
                "GET",
                server.url,
                [("Authorization", "Bearer t"), ("Cookie", "own=1"), ("X-Amz-Date", "d"), ("X-Keep", "k")],
                forward_authorization=forward,
            )
        )
    arrived = other.arrived[0]
    assert arrived.header("authorization") == kept
    assert arrived.header("cookie") is None
    assert arrived.header("x-amz-date") is None
    assert arrived.header("x-keep") == "k"
    assert arrived.header("host") == f"{host}:{other.port}"


@pytest.mark.parametrize(
    ("mode", "settings", "forward", "header", "sent"),
    [
        ("basic", {"username": "u", "password": "p"}, True, "authorization", True),
        ("basic", {"username": "u", "password": "p"}, False, "authorization", False),
        ("apikey", {"key": "X-Key", "value": "v", "placement": "header"}, False, "x-key", False),
        ("awsv4", {"accessKeyId": "a", "secretAccessKey": "s"}, True, "authorization", False),
    ],
)
async def test_an_auth_mode_goes_along_as_far_as_it_may(client, mode, settings, forward, header, sent):
    auth = build_auth(AuthConfig(mode, settings))
    async with raw_server() as other, raw_server(to("/same"), to(f"{other.url}/")) as server:
        await client.send(OutgoingRequest("GET", server.url, forward_authorization=forward), auth)
    assert all(arrived.header(header) for arrived in server.arrived)
    assert len(server.arrived) == 2
    assert bool(other.arrived[0].header(header)) is sent


async def test_a_key_in_the_query_is_for_the_first_request(client):
    auth = build_auth(AuthConfig("apikey", {"key": "k", "value": "v&w", "placement": "queryparams"}))
    async with raw_server(to("/next?a=b"), response()) as server:
        await client.send(OutgoingRequest("GET", f"{server.url}/?k=old&x=%2f"), auth)
    assert [arrived.target for arrived in server.arrived] == ["/?x=%2f&k=v%26w", "/next?a=b"]


@pytest.mark.parametrize(
    ("here", "there", "setting", "kept"),
    [
        ("http://a/", "https://a/", None, True),
        ("https://a/", "http://a/", None, False),
        ("https://a/", "https://b.a/", None, False),
        ("https://a/", "https://a:444/", None, True),
        ("https://a/", "https://a/x", False, True),
        ("https://a/", "http://b/", True, True),
    ],
)
def test_where_authorization_goes(here, there, setting, kept):
    hop = Hop("GET", parse_url(here), [("authorization", "x")], None)
    following = next_hop(hop, 302, there, forward_authorization=setting)
    assert bool(following.headers) is kept
    assert following.unauthorised is not kept


def test_what_stayed_behind_does_not_come_back():
    hop = Hop("GET", parse_url("https://a/"), [("authorization", "x")], None)
    away = next_hop(hop, 302, "https://b/", forward_authorization=None)
    assert away is not None
    back = next_hop(away, 302, "https://a/", forward_authorization=None)
    assert back.unauthorised
    assert back.headers == []


@pytest.mark.parametrize("host", ["[bad", "[::1", "[1:2]"])
async def test_a_redirect_to_what_is_not_an_address_says_so(client, host):
    async with raw_server(to(f"http://{host}/x")) as server:
        with pytest.raises(RequestError) as caught:
            await client.send(OutgoingRequest("GET", server.url))
    assert caught.value.message == (
        f"Invalid URL: the host of 'http://{host}/x' is not valid: "
        f"'{host}' is not an IPv6 address in brackets"
    )
