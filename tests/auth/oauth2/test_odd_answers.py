"""Answers that no standard describes, as real servers and what stands before them give them."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from apps.serving import serve_canned

from bruscript.auth.oauth2 import Config, OAuth2Error
from bruscript.auth.oauth2.consent import Consent
from bruscript.auth.oauth2.credentials import expired, lifetime_end, received
from bruscript.auth.oauth2.errors import ForeignAnswerError

PAGE = b"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Error</title>
<style>body { color: red }</style><script>if (1 < 2) { track("it") }</script></head>
<body><svg><text>logo</text></svg><pre>Cannot POST&nbsp;/oauth/tokn</pre></body></html>"""


async def failure(setup: Any, block: Any, status: int, body: bytes, **headers: str) -> str:
    """Return the error for an answer."""
    lines = {name.replace("_", "-"): value for name, value in headers.items()}
    with serve_canned(status, body, lines) as (url, _), pytest.raises(OAuth2Error) as caught:
        await setup().manager.authorize(block(accessTokenUrl=url))
    return str(caught.value)


# What a refusal says


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (
            400,
            {"error": "Bad Request", "message": "audience is missing"},
            ": Bad Request: audience is missing",
        ),
        (400, {"error": "x", "error_description": "a", "message": "b"}, ": x: a"),
        (400, {"error": "x", "error_description": "", "message": ["b"], "detail": "c"}, ": x: c"),
        (200, {"errcode": 40013, "errmsg": "bad id"}, "without access_token: bad id; it holds: errcode"),
        (
            200,
            {"success": False, "message": "locked\u0007"},
            "without access_token: locked; it holds: success, m",
        ),
    ],
)
async def test_the_words_of_a_refusal_are_shown_wherever_they_are(setup, block, status, answer, expected):
    assert expected in await failure(setup, block, status, json.dumps(answer).encode())


async def test_a_refusal_without_a_body_has_its_words_in_a_header(setup, block):
    challenge = 'Bearer error="invalid_client", error_description="m/s+cr et:ü is wrong"'
    error = await failure(setup, block, 401, b"", WWW_Authenticate=challenge.encode().decode("latin-1"))
    assert 'answered 401 Unauthorized: Bearer error="invalid_client"' in error
    assert "cr et" not in error


@pytest.mark.parametrize("status", [200, 404, 502])
async def test_of_a_page_only_its_text_is_shown(setup, block, status):
    error = await failure(setup, block, status, PAGE, Content_Type="text/html")
    assert error.endswith(": Error Cannot POST /oauth/tokn")


@pytest.mark.parametrize(
    "page",
    [
        b"<html>it: m/s+cr et:\xc3\xbc",
        b"<html><p>m&#47;s+cr&#32;et&#58;\xc3\xbc</p>",
        b"<html><title>m/s+cr et:\xc3\xbc</title><script>m/s+cr et:\xc3\xbc",
    ],
)
async def test_a_secret_in_a_page_is_masked(setup, block, page):
    error = await failure(setup, block, 500, page, Content_Type="text/html; charset=utf-8")
    assert "********" in error
    assert "s+cr" not in error
    assert " et" not in error


async def test_a_page_that_shows_nothing_is_shown_as_it_is(setup, block):
    assert "<html><script>go()" in await failure(setup, block, 500, b"<html><script>go()</script></html>")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{}", "answered 200 OK without a device_code and a user_code; it holds: nothing."),
        (b'{"device_code": "d3vice"}', "without a device_code and a user_code; it holds: device_code."),
        (
            b'{"errcode": 1, "errmsg": "locked"}',
            "without a device_code and a user_code: locked; it holds: errc",
        ),
        (PAGE, "where a JSON object was expected: Error Cannot POST /oauth/tokn"),
    ],
)
async def test_the_device_endpoint_says_what_it_answered(setup, settings, body, expected):
    with serve_canned(200, body) as (url, _), pytest.raises(OAuth2Error) as caught:
        await setup().manager.authorize(settings("device_code", deviceAuthorizationUrl=f"{url}/device"))
    assert f"POST {url}/device answered 200 OK" in str(caught.value)
    assert expected in str(caught.value)
    assert "d3vice" not in str(caught.value)


async def test_the_endpoint_for_pushed_requests_says_what_it_answered(setup, block):
    with serve_canned(201, b'{"message": "not enabled"}') as (url, _), pytest.raises(OAuth2Error) as caught:
        await setup(authorize=lambda url: url).manager.authorize(
            block("authorization_code", pushedAuthorizationUrl=f"{url}/par")
        )
    assert str(caught.value).endswith("without a request_uri: not enabled; it holds: message.")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("error=access_denied&error_description=not+you.", "; its error is access_denied: not you."),
        ("error=access_denied", "; its error is access_denied."),
        ("code=c0de", "the answer has no state and was refused."),
    ],
)
def test_an_error_without_a_state_is_named_as_it_is_refused(block, query, expected):
    consent = Consent.of(Config.from_block(block("authorization_code")), "code")
    with pytest.raises(ForeignAnswerError) as caught:
        consent.accept_url(f"{consent.callback_url}?{query}")
    assert str(caught.value).endswith(expected)
    assert "c0de" not in str(caught.value)


# A token that is there, but not as the standard has it


@pytest.mark.parametrize(
    ("token", "sent"), [(123456789, "123456789"), (" t-1234\n", "t-1234"), ("t-1234", "t-1234")]
)
async def test_a_token_is_sent_as_a_text_without_space_around_it(setup, block, token, sent):
    body = json.dumps({"access_token": token}).encode()
    made = setup()
    with serve_canned(200, body) as (url, _):
        authorization = await made.manager.authorize(block(accessTokenUrl=url))
    assert authorization.header == ("Authorization", f"Bearer {sent}")
    assert made.manager.variables()["$oauth2.id.access_token"] == sent
    assert sent in made.secrets


@pytest.mark.parametrize("token", [True, None, 1.5, {}, [], "", " "])
async def test_what_is_not_a_token_is_not_sent(setup, block, token):
    error = await failure(setup, block, 200, json.dumps({"access_token": token}).encode())
    assert "without access_token; it holds: access_token." in error


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        ({"ok": True, "authed_user": {"access_token": "t0k3n"}}, "authed_user.access_token"),
        ({"data": {"inner": {"accessToken": "t0k3n"}}}, "data.inner.accessToken"),
        ({"ACCESS_TOKEN": "t0k3n"}, "ACCESS_TOKEN"),
    ],
)
async def test_a_token_elsewhere_is_pointed_to(setup, block, answer, place):
    error = await failure(setup, block, 200, json.dumps(answer).encode())
    assert f"The answer has a token as {place}, where" in error
    assert "auth: bearer" in error
    assert "t0k3n" not in error


# Clocks that differ


def jwt(**claims: float) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(claims)}."


@pytest.mark.parametrize(
    ("issued", "ends", "life"),
    [
        (-7200, -3600, 3600),  # the server's clock is two hours behind
        (7200, 10800, 3600),  # two hours ahead
        (-60, 3540, 3540),  # issued a minute ago: the server keeps its tokens
    ],
)
def test_the_life_of_a_jwt_is_reckoned_from_its_arrival(issued, ends, life):
    now = int(time.time())
    credentials = received({"access_token": jwt(iat=now + issued, exp=now + ends)})
    end = lifetime_end(credentials)
    assert end is not None
    assert 0 <= end - (now + life) < 60
    assert not expired(credentials)
    assert expired({**credentials, "created_at": (now - 10801) * 1000})


async def test_a_server_whose_clock_is_behind_is_asked_for_one_token(setup, block):
    now = int(time.time())
    body = json.dumps({"access_token": jwt(iat=now - 7200, exp=now - 3600)}).encode()
    made = setup()
    with serve_canned(200, body) as (url, paths):
        for _ in range(3):
            await made.manager.authorize(block(accessTokenUrl=url))
    assert len(paths) == 1


@pytest.mark.parametrize(
    ("answer", "warned"),
    [
        ({"access_token": "t-1234", "expires_in": -1}, True),
        ({"access_token": "t-1234", "expires_in": "-3600"}, True),
        ({"access_token": jwt(exp=1)}, True),
        ({"access_token": "t-1234", "expires_in": 0}, False),
        ({"access_token": "t-1234", "expires_in": 3600}, False),
        ({"access_token": "t-1234"}, False),
    ],
)
async def test_a_token_that_arrives_expired_is_a_warning(setup, block, answer, warned):
    made = setup()
    with serve_canned(200, json.dumps(answer).encode()) as (url, paths):
        authorizations = [await made.manager.authorize(block(accessTokenUrl=url)) for _ in range(2)]
    assert len(paths) == (2 if warned else 1)
    for authorization in authorizations:
        warning = f"The token of {url} had expired when it arrived, so each request fetches another."
        assert any(text.startswith(warning) for text in authorization.warnings) is warned


# Two failures


async def test_a_refresh_that_failed_before_the_fetch_is_named_too(idp, setup, block):
    idp.extra = {"refresh_token": "r-token"}
    made = setup()
    refused = json.dumps({"error": "invalid_grant", "error_description": "used twice"}).encode()
    with serve_canned(400, refused) as (url, _):
        settings = block(autoRefreshToken=True, refreshTokenUrl=f"{url}/refresh")
        await made.manager.authorize(settings)
        for key, credentials in list(made.manager.store.items()):
            made.manager.store.save(key, {**credentials, "created_at": 0})
        with pytest.raises(OAuth2Error) as caught:
            await made.manager.authorize({**settings, "clientSecret": "wrong"})
    assert "invalid_client" in caught.value.message
    assert (
        f". Before that, the token could not be refreshed: OAuth 2.0: POST {url}/refresh"
        in caught.value.message
    )
    assert caught.value.message.endswith("invalid_grant: used twice")
