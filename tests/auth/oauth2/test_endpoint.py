from __future__ import annotations

import json

import pytest
from apps.bombs import CODINGS, bomb
from apps.serving import serve_canned

from bruscript.auth.oauth2 import OAuth2Error, TokenManager
from bruscript.http import Client, ClientConfig


@pytest.mark.parametrize(
    ("status", "body", "headers", "expected"),
    [
        (
            200,
            b"<html><h1>Welcome</h1>",
            {"Content-Type": "text/html"},
            "answered 200 OK with text/html, where a JSON",
        ),
        (
            200,
            b'{"error": "invalid_scope", "error_description": "no such"}',
            {},
            "answered 200 OK: invalid_scope: no such",
        ),
        (
            200,
            b'{"token_type": "Bearer", "token": "x"}',
            {},
            "without access_token; it holds: token_type, token",
        ),
        (200, b'{"access_token": ""}', {}, "without access_token"),
        (200, b'{"access_token": "a\\nb"}', {}, "no HTTP header can carry"),
        (200, b"[1]", {"Content-Type": "application/json"}, "where a JSON object was expected"),
        (200, b"", {}, r"\(empty\)"),
        (
            401,
            b'{"error": "invalid_client", "error_uri": "https://x/1"}',
            {},
            r"401 Unauthorized: invalid_client \(see https",
        ),
        (500, b"oops", {}, "answered 500 Internal Server Error: oops"),
        (
            302,
            b"",
            {"Location": "https://evil.example/token?x=1"},
            r"redirect to https://evil.example/token\?…; it was not",
        ),
        (400, b'{"error": {"message": "nested"}}', {}, '{"message": "nested"}'),
        (
            200,
            b"error=bad_code&error_description=gone+by",
            {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
            "200 OK: bad_code: gone by",
        ),
        (400, b'{"error": "\\u001b[31mred\\u0007"}', {}, r"400 Bad Request: \[31mred$"),
    ],
)
async def test_an_unusable_answer_is_shown(setup, block, status, body, headers, expected):
    with serve_canned(status, body, headers) as (url, paths):
        made = setup()
        with pytest.raises(OAuth2Error, match=expected) as caught:
            await made.manager.authorize(block(accessTokenUrl=f"{url}/token?key=hidden"))
        assert f"POST {url}/token?…" in str(caught.value)
        assert "hidden" not in str(caught.value)
        assert paths == ["/token?key=hidden"]
        events = [entry["event"] for entry in caught.value.timeline]
        assert events[0] == "token request"
        assert events[-1] == "token answer"


@pytest.mark.parametrize("coding", CODINGS)
async def test_a_bomb_of_a_token_endpoint_is_refused(setup, block, coding):
    refused = pytest.raises(OAuth2Error, match=r"failed: The response of .* is larger than 16 MiB")
    with serve_canned(200, bomb(coding, 17), {"Content-Encoding": coding}) as (url, _), refused:
        await setup().manager.authorize(block(accessTokenUrl=url))


async def test_an_answer_as_a_form_is_read(setup, block):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with serve_canned(200, b"access_token=a%2Bb&expires_in=60&scope=", form) as (url, _):
        made = setup()
        await made.manager.authorize(block(accessTokenUrl=url))
    assert made.manager.variables()["$oauth2.id.access_token"] == "a+b"
    assert made.manager.variables()["$oauth2.id.expires_in"] == "60"
    assert "a+b" in made.secrets


@pytest.mark.parametrize(
    "body", [b"access_token=t0k3n", b'{"access_token": "t0k3n"', b'"t0k3n"', b'["t0k3n"]']
)
async def test_no_token_is_shown_of_an_answer_that_is_none(setup, block, body):
    with serve_canned(200, body) as (url, _), pytest.raises(OAuth2Error) as caught:
        await setup().manager.authorize(block(accessTokenUrl=url))
    assert "where a JSON object was expected" in str(caught.value)
    assert "t0k3n" not in str(caught.value)
    assert "t0k3n" not in json.dumps(caught.value.timeline)


async def test_an_echoed_secret_is_not_shown(setup, block):
    answer = json.dumps({"error": "bad", "error_description": "m/s+cr et:ü is wrong"}).encode()
    with serve_canned(400, answer) as (url, _), pytest.raises(OAuth2Error) as caught:
        await setup().manager.authorize(block(accessTokenUrl=url))
    assert "cr et" not in str(caught.value)


@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize(
    "answer",
    [
        {"error": "bad", "error_description": "x" * 292 + "m/s+cr et:ü"},
        {"message": "x" * 95 + "m/s+cr et:ü"},
        {"access_token": "m/s+token", "refresh_token": "m/s+refresh", "user": {"id_token": "m/s+id"}},
    ],
)
async def test_neither_half_a_secret_nor_a_token_of_a_failure_is_shown(setup, block, status, answer):
    body = json.dumps(answer, ensure_ascii=False).encode()
    with serve_canned(status, body) as (url, _), pytest.raises(OAuth2Error) as caught:
        await setup().manager.authorize(block(accessTokenUrl=url))
    assert "m/s" not in str(caught.value)
    assert "m/s" not in json.dumps(caught.value.timeline)


async def test_a_server_that_is_down(setup, block):
    with serve_canned() as (url, _):
        pass
    with pytest.raises(OAuth2Error, match=rf"POST {url}/token failed: .*refused"):
        await setup().manager.authorize(block(accessTokenUrl=f"{url}/token"))


@pytest.mark.parametrize("limit", [{"timeout_ms": 200}, {}])
async def test_a_slow_server(setup, block, limit):
    with serve_canned(200, b"{}", delay=600) as (url, _):
        made = setup(timeout=600 if limit else 0.2)
        with pytest.raises(OAuth2Error, match=r"did not answer within 0\.2 s"):
            await made.manager.authorize(block(accessTokenUrl=url), **limit)


async def test_the_timeline_shows_the_exchange_without_secrets(idp, setup, block):
    made = setup()
    authorization = await made.manager.authorize(block("password"))
    shown = json.dumps(authorization.timeline)
    assert '"username": "ada"' in shown
    assert '"grant_type": "password"' in shown
    assert '"status": 200' in shown
    for secret in made.secrets:
        assert json.dumps(secret)[1:-1] not in shown


async def test_a_variable_that_is_not_set_is_named(idp, setup, block):
    with pytest.raises(OAuth2Error, match=r"no value for \{\{process.env.NOPE\}\} in client_secret; nothing"):
        await setup().manager.authorize(block(clientSecret="{{process.env.NOPE}}"))
    assert idp.token_requests == []


async def test_token_requests_take_the_collections_proxy(block):
    with serve_canned(200, b'{"access_token": "by-proxy"}') as (url, paths):
        port = int(url.rpartition(":")[2])
        config = {"protocol": "http", "hostname": "127.0.0.1", "port": port, "auth": {"disabled": True}}
        client = Client(ClientConfig(proxy={"inherit": False, "config": config}))
        manager = TokenManager(send=client.send)
        await manager.authorize(block(accessTokenUrl="http://idp.invalid/token"))
        await client.aclose()
    assert paths == ["http://idp.invalid/token"]
    assert manager.variables()["$oauth2.id.access_token"] == "by-proxy"


async def test_a_switch_in_the_url_is_not_a_secret(setup, block):
    with serve_canned(200, b'{"access_token": "token-of-a-test", "count": 1}') as (url, _):
        made = setup()
        urls = {"accessTokenUrl": f"{url}/token?jwt=1&token=no&key=long-enough-1"}
        authorization = await made.manager.authorize(block(**urls))
    mask = made.manager.options.mask
    assert mask.mask("1 no long-enough-1") == "1 no ********"
    assert mask.warnings() == []
    assert authorization.timeline[-1]["answer"]["count"] == 1
