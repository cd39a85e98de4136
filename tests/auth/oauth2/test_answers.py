"""Answers of authorization servers: their nonce, and what is pasted of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bruscript.auth.oauth2 import Config, OAuth2Error
from bruscript.auth.oauth2.consent import Consent
from bruscript.auth.oauth2.errors import ForeignAnswerError

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"


def part(value: object) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def parameter(name: str, value: str) -> dict[str, Any]:
    entry = {"name": name, "value": value, "enabled": True, "sendIn": "queryparams"}
    return {"additionalParameters": {"authorization": [entry]}}


# The nonce


@pytest.fixture
def sign_in(idp, setup, block):
    """Signs in with a function that makes the ID token of the nonce, and returns the request's query."""

    async def sign_in(make: Callable[[str], object], where: str, **changes: Any) -> dict[str, list[str]]:
        query: dict[str, list[str]] = {}

        def visit(url: str) -> str:
            query.update(parse_qs(urlsplit(url).query, keep_blank_values=True))
            token = make(query["nonce"][0])
            location = httpx.get(url).headers["location"]
            if where == "answer":
                return f"{location}&id_token={token}"
            idp.extra = {"id_token": token}
            return location

        settings = block(
            "authorization_code", callbackUrl="https://app.example/cb", scope="openid", **changes
        )
        await setup(authorize=visit).manager.authorize(settings)
        return query

    return sign_in


@pytest.mark.parametrize("where", ["answer", "token response"])
async def test_an_empty_nonce_is_replaced(sign_in, where):
    changes = parameter("nonce", "")
    query = await sign_in(
        lambda nonce: f"{part({'alg': 'none'})}.{part({'nonce': nonce})}.", where, **changes
    )
    assert len(query["nonce"]) == 1
    assert len(query["nonce"][0]) > 20
    with pytest.raises(OAuth2Error, match="a different nonce"):
        await sign_in(lambda _: f"{part({'alg': 'none'})}.{part({'nonce': 'foreign'})}.", where, **changes)


async def test_an_empty_state_is_replaced(idp, setup, block):
    settings = block("authorization_code", callbackUrl="https://app.example/cb", **parameter("state", ""))
    made = setup(authorize=lambda url: httpx.get(url).headers["location"])
    assert await made.manager.authorize(settings)
    assert len(idp.authorizations[0]["query"]["state"][0]) > 20


@pytest.mark.parametrize("where", ["answer", "token response"])
@pytest.mark.parametrize(
    "token",
    [
        "opaque",
        "eyJ.x.y",
        f"{part({'alg': 'none'})}.{part(b'no JSON')}.",
        f"{part({'alg': 'none'})}.{part(['foreign'])}.",
        f"{part({'alg': 'none'})}.{part({'nonce': 'foreign'})}",
        f"{part({})}.{part({'nonce': 'foreign'})}.s",
        f"{part(b'no JSON')}.{part({'nonce': 'foreign'})}.s",
        "a.b.c.d",
        "a.b.c.d.e.f",
    ],
)
async def test_an_id_token_whose_nonce_cannot_be_compared_is_refused(sign_in, where, token):
    with pytest.raises(OAuth2Error, match=r"is not a JWT, so its|a different nonce than was sent"):
        await sign_in(lambda _: token, where)


@pytest.mark.parametrize("where", ["answer", "token response"])
@pytest.mark.parametrize(
    "make",
    [
        lambda _: f"{part({'alg': 'RSA-OAEP', 'enc': 'A256GCM'})}.a.b.c.d",
        lambda nonce: f"{part({'typ': 'JWT'})}.{part({'nonce': nonce})}.",
    ],
    ids=["encrypted", "without alg"],
)
async def test_an_encrypted_id_token_and_one_with_the_nonce_are_taken(sign_in, where, make):
    await sign_in(make, where)


@pytest.mark.parametrize("token", [{"nonce": "foreign"}, 7, ["a.b.c"]])
async def test_an_id_token_that_is_no_text_is_refused(sign_in, token):
    with pytest.raises(OAuth2Error, match="is not a JWT"):
        await sign_in(lambda _: token, "token response")


# What a page shows


def shown(block: Any, grant: str, text: str) -> tuple[Consent, dict[str, str]]:
    config = Config.from_block(block(grant, callbackUrl=OUT_OF_BAND))
    consent = Consent.of(config, "code" if grant == "authorization_code" else "token")
    return consent, consent.accept_url(text.replace("STATE", consent.state))


@pytest.mark.parametrize(
    "text",
    [
        "the-code",
        " the-code\n",
        "code=the-code",
        "?code=the-code&state=STATE",
        "code=the-code&state=STATE",
        "#code=the-code&state=STATE",
        f"{OUT_OF_BAND}?code=the-code&state=STATE",
        "https://idp.example/approved?code=the-code&state=STATE",
    ],
)
def test_a_code_may_be_pasted_with_what_surrounds_it(block, text):
    assert shown(block, "authorization_code", text)[1] == {"code": "the-code"}


@pytest.mark.parametrize("text", ["abc==", "a=b&c=d", "4/0Ab?x", "a#b"])
def test_a_code_may_have_any_characters(block, text):
    assert shown(block, "authorization_code", text)[1] == {"code": text}


@pytest.mark.parametrize("grant", ["authorization_code", "implicit"])
@pytest.mark.parametrize("prefix", ["", "?", "#", f"{OUT_OF_BAND}?", "https://idp.example/approved#"])
def test_the_state_of_what_is_pasted_is_compared(block, grant, prefix):
    name = "code" if grant == "authorization_code" else "access_token"
    with pytest.raises(ForeignAnswerError, match="different state") as caught:
        shown(block, grant, f"{prefix}{name}=s3cret&state=foreign")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("prefix", ["", "#", "?", f"{OUT_OF_BAND}#", "https://idp.example/approved#"])
def test_the_token_of_an_implicit_grant_is_pasted(block, prefix):
    _, answer = shown(block, "implicit", f"{prefix}access_token=t&expires_in=60&state=STATE")
    assert answer == {"access_token": "t", "expires_in": "60"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3cret", "the answer has no access_token"),
        ("access_token=s3cret", "the answer has no state"),
        ("#access_token=s3cret&expires_in=5", "the answer has no state"),
    ],
)
def test_for_an_implicit_grant_a_bare_text_is_asked_for_again(block, text, expected):
    with pytest.raises(ForeignAnswerError, match=expected) as caught:
        shown(block, "implicit", text)
    assert "s3cret" not in str(caught.value)


def test_a_refusal_may_be_pasted(block):
    with pytest.raises(OAuth2Error, match="refused the authorization: access_denied"):
        shown(block, "authorization_code", "error=access_denied&state=STATE")


async def test_the_token_of_a_page_is_used(idp, setup, block):
    idp.clients["public"].check_redirect_uri = lambda uri: True

    def visit(url: str) -> str:
        state = parse_qs(urlsplit(url).query)["state"][0]
        return f"access_token=t-1234&state={state}&token_type=Bearer"

    made = setup(authorize=visit)
    authorization = await made.manager.authorize(block("implicit", callbackUrl=OUT_OF_BAND))
    assert authorization.header == ("Authorization", "Bearer t-1234")


async def test_a_login_page_is_no_answer_to_a_request_with_headers(server, setup, settings):
    """The server redirects to its login page; the user signs in there, and sees the code."""
    header = {"name": "X-Tenant", "value": "t", "enabled": True, "sendIn": "headers"}
    block = settings(
        "authorization_code",
        authorizationUrl=f"{server.url}/login",
        callbackUrl=OUT_OF_BAND,
        additionalParameters={"authorization": [header]},
    )
    authorization = await setup(authorize=lambda url: "the-code").manager.authorize(block)
    assert authorization.outcome == "fetched"
    assert server.forms[0]["code"] == "the-code"
    assert "A browser cannot send the headers" in authorization.warnings[0]


# What is said of one that failed


@pytest.mark.parametrize(("words", "end"), [("no", "no."), ("no!", "no!"), ("no.", "no.")])
async def test_a_refusal_ends_before_the_next_sentence(idp, setup, block, words, end):
    def visit(url: str) -> str:
        state = parse_qs(urlsplit(url).query)["state"][0]
        return f"https://app.example/cb?error=access_denied&error_description={words}&state={state}"

    made = setup(authorize=visit)
    settings = block("authorization_code", callbackUrl="https://app.example/cb")
    for expected in (f": {words}", f": {end} The sign-in was not repeated."):
        with pytest.raises(OAuth2Error) as caught:
            await made.manager.authorize(settings)
        assert str(caught.value).endswith(expected)
