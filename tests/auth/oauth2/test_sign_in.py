"""What may happen during a sign-in: failures, strays, nonces, codes that are pasted, ports that are taken."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import socket
import subprocess
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from apps.bru_text import get_request, oauth2_block

from bruscript.auth.oauth2 import Config, OAuth2Error
from bruscript.auth.oauth2.consent import Consent
from bruscript.auth.oauth2.listener import Listener


def consent_at(callback: str, **more: Any) -> Consent:
    grant = more.pop("grant", "authorization_code")
    block = {"grantType": grant, "callbackUrl": callback, "authorizationUrl": "https://idp.example/auth"}
    kind = more.pop("response_type", "code" if grant == "authorization_code" else "token")
    return Consent.of(Config.from_block({**block, "clientId": "c", **more}), kind)


def id_token(**claims: object) -> str:
    import jwt

    return jwt.encode(claims, "k" * 32)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


# Failed sign-ins


async def test_a_sign_in_that_failed_is_not_repeated(idp, setup, block):
    calls = []

    def fail(url: str) -> str:
        calls.append(url)
        raise RuntimeError("no user")

    made = setup(authorize=fail)
    settings = block("authorization_code")
    for _ in range(3):
        with pytest.raises(OAuth2Error, match="raised RuntimeError: no user"):
            await made.manager.authorize(settings)
    assert len(calls) == 1
    with pytest.raises(OAuth2Error):
        await made.manager.authorize({**settings, "clientId": "web"})
    assert len(calls) == 2
    made.manager.reset("id")
    with pytest.raises(OAuth2Error):
        await made.manager.authorize(settings)
    assert len(calls) == 3


async def test_many_requests_at_once_share_one_failure(idp, setup, block):
    calls = []

    async def fail(url: str) -> str:
        calls.append(url)
        await asyncio.sleep(1)
        raise RuntimeError("no user")

    made = setup(authorize=fail)
    outcomes = await asyncio.gather(
        *(made.manager.authorize(block("implicit")) for _ in range(5)), return_exceptions=True
    )
    assert all("no user" in str(outcome) for outcome in outcomes)
    assert len(calls) == 1


@pytest.mark.parametrize("parallel", [1, 3])
def test_a_whole_run_asks_the_user_once(idp, collection, monkeypatch, parallel):
    calls = []

    def fail(url: str) -> str:
        calls.append(url)
        raise RuntimeError("no user")

    files = {f"{seq}.bru": get_request(f"{idp.url}/api", seq) for seq in (1, 2, 3)}
    files["collection.bru"] = oauth2_block(
        grant_type="authorization_code",
        access_token_url=f"{idp.url}/token",
        authorization_url=f"{idp.url}/authorize",
        callback_url="https://app.example/cb",
        client_id="public",
    )
    result = collection(files).run(authorize=fail, iteration_count=2, parallel=parallel)
    assert len(result.results) == 6
    assert all("no user" in item.error for item in result.results)
    assert len(calls) == 1


async def test_an_issuer_that_does_not_answer_is_asked_once(setup, block):
    """Its metadata is the sign-in's first step; without a user it is asked again."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        issuer = f"http://127.0.0.1:{silent.getsockname()[1]}"
        made = setup(timeout=0.2, authorize=lambda url: url)
        unknown = {"issuer": issuer, "accessTokenUrl": "", "authorizationUrl": ""}
        settings = block("authorization_code", **unknown)
        errors = []
        for _ in range(2):
            with pytest.raises(OAuth2Error, match="did not answer within") as caught:
                await made.manager.authorize(settings)
            errors.append(str(caught.value))
        assert ["not repeated" in error for error in errors] == [False, True]
        made.manager.reset("id")
        for again in (settings, *[block(**unknown, credentialsId="other")] * 2):
            with pytest.raises(OAuth2Error) as caught:
                await made.manager.authorize(again)
            assert "not repeated" not in str(caught.value)


# Answers to something else


@pytest.mark.parametrize(
    "stray",
    [
        {"code": "old", "state": "old"},
        {"code": "old"},
        {"error": "access_denied"},
        {"error": "access_denied", "state": "old"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_answer_to_something_else_does_not_end_the_wait(stray, method):
    consent = consent_at("http://127.0.0.1:0/cb")
    async with Listener(consent) as listener:
        url = listener.consent.callback_url
        async with httpx.AsyncClient() as client:
            kind = {"params": stray} if method == "GET" else {"data": stray}
            refused = await client.request(method, url, **kind)
            assert refused.status_code == 400
            assert "was refused" in refused.text
            assert (await client.get(url.replace("/cb", "/favicon.ico"))).status_code == 404
            good = await client.get(url, params={"code": "right", "state": consent.state})
        assert good.status_code == 200
        assert await listener.answer() == {"code": "right"}


async def test_the_timeout_says_what_was_refused(setup, block, monkeypatch):
    monkeypatch.setenv("BROWSER", "true %s &")
    made = setup(timeout=5)
    task = asyncio.ensure_future(made.manager.authorize(block("authorization_code")))
    while not made.messages:
        await asyncio.sleep(0.01)
    url, *_ = re.findall(r"http\S+", made.messages[-1])
    callback = parse_qs(urlsplit(url).query)["redirect_uri"][0]
    async with httpx.AsyncClient() as client:
        await client.get(callback, params={"code": "x", "state": "y"})
    with pytest.raises(OAuth2Error, match=r"no answer came to .*\(the answer has a different state"):
        await task


# The callback URL


@pytest.mark.parametrize("callback", [{"callbackUrl": ""}, {"callbackUrl": "  "}, {"callbackUrl": None}])
async def test_without_a_callback_url_it_is_that_of_brunos_app(idp, setup, block, callback):
    idp.clients["public"].check_redirect_uri = lambda uri: True
    made = setup(authorize=lambda url: httpx.get(url).headers["location"])
    _, response = await made.call(block("authorization_code", **callback), f"{idp.url}/api")
    assert response.status == 200
    default = "https://oauth.usebruno.com/callback"
    assert idp.authorizations[0]["query"]["redirect_uri"] == [default]
    assert idp.token_requests[0]["form"]["redirect_uri"] == default


async def test_a_port_that_becomes_free_is_waited_for(idp, setup, block, monkeypatch):
    monkeypatch.setenv("BROWSER", "curl -sLo /dev/null %s")
    port = free_port()
    callback = f"http://127.0.0.1:{port}/callback"
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", port))
    holder.listen()
    made = setup(timeout=600)
    task = asyncio.ensure_future(
        made.call(block("authorization_code", callbackUrl=callback), f"{idp.url}/api")
    )
    while not made.messages:
        await asyncio.sleep(0.01)
    assert made.messages == [f"Waiting for {callback}: another sign-in or program listens there."]
    holder.close()
    _, response = await task
    assert response.status == 200
    assert len(made.messages) == 2


# A nonce


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"scope": "openid"}, True),
        ({"scope": "read openid"}, True),
        ({"scope": "read"}, False),
        ({"grant": "implicit", "response_type": "id_token token"}, True),
        ({"grant": "implicit", "scope": "openid"}, True),
        ({"grant": "implicit"}, False),
    ],
)
def test_a_nonce_is_sent_with_openid(more, wanted):
    consent = consent_at("https://app.example/cb", **more)
    assert bool(consent.nonce) == wanted
    assert ("nonce=" in consent.url) == wanted


def test_a_nonce_of_the_user_is_sent_and_compared():
    entry = {"name": "nonce", "value": "mine", "enabled": True, "sendIn": "queryparams"}
    consent = consent_at(
        "https://app.example/cb", scope="openid", additionalParameters={"authorization": [entry]}
    )
    assert parse_qs(urlsplit(consent.url).query)["nonce"] == ["mine"]
    consent.check_id_token(id_token(nonce="mine"))
    with pytest.raises(OAuth2Error, match="a different nonce than was sent"):
        consent.check_id_token(id_token(nonce="other"))


@pytest.mark.parametrize(
    ("claims", "problem"),
    [
        (None, None),
        ({"nonce": "right"}, None),
        ({"nonce": "x"}, "a different nonce"),
        ({}, "no nonce, though one"),
    ],
)
@pytest.mark.parametrize("where", ["token response", "answer"])
async def test_the_nonce_of_the_id_token_is_compared(idp, setup, block, claims, problem, where):
    def visit(url: str) -> str:
        nonce = parse_qs(urlsplit(url).query)["nonce"][0]
        token = None
        if claims is not None:
            token = id_token(**{**claims, **({"nonce": nonce} if claims.get("nonce") == "right" else {})})
        location = httpx.get(url).headers["location"]
        if where == "answer":
            return location + (f"&id_token={token}" if token else "")
        idp.extra = {"id_token": token} if token else {}
        return location

    made = setup(authorize=visit)
    settings = block("authorization_code", callbackUrl="https://app.example/cb", scope="openid")
    if problem:
        with pytest.raises(OAuth2Error, match=problem):
            await made.manager.authorize(settings)
        assert len(idp.token_requests) == (where == "token response")
    else:
        assert await made.manager.authorize(settings)


# On a terminal


def redirect_of(url: str) -> str:
    """Where the server redirects to; httpx does not take a URN for a URL."""
    from http.client import HTTPConnection

    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc)
    connection.request("GET", f"{parts.path}?{parts.query}")
    location = connection.getresponse().headers["location"]
    connection.close()
    return location


PASTER = """
import asyncio, json, sys
from bruscript.auth.oauth2 import ManagerOptions, TokenManager
from bruscript.http import Client, ClientConfig

async def main():
    client = Client(ClientConfig())
    manager = TokenManager(None, client.send, ManagerOptions(timeout=600))
    print("outcome", (await manager.authorize(json.loads(sys.argv[1]))).outcome, flush=True)
    await client.aclose()

asyncio.run(main())
"""


def paste(settings: dict[str, object], texts) -> tuple[str, str, list[str]]:
    """Answer what the program asks for on its terminal; `texts` makes lines of the URL that it shows."""
    import json

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", PASTER, json.dumps(settings)],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(theirs)
    url, lines, seen = "", None, []
    for line in process.stderr:
        seen.append(line)
        url = url or "".join(re.findall(r"http\S+", line))
        if "aste the" in line:
            lines = lines or iter(texts(url))
            os.write(ours, next(lines).encode() + b"\n")
    out, _ = process.communicate()
    os.close(ours)
    return out, url, seen


@pytest.mark.parametrize("callback", ["urn:ietf:wg:oauth:2.0:oob", "urn:ietf:wg:oauth:2.0:oob:auto"])
@pytest.mark.parametrize("whole", [False, True])
def test_the_code_that_a_page_shows_is_pasted(idp, block, callback, whole):
    idp.clients["public"].check_redirect_uri = lambda uri: True

    def texts(url: str) -> list[str]:
        location = redirect_of(url)
        return [location if whole else f"  {parse_qs(urlsplit(location).query)['code'][0]}  "]

    out, _, seen = paste(block("authorization_code", callbackUrl=callback), texts)
    assert out == "outcome fetched\n", seen
    assert any("paste the code that the page shows" in line for line in seen)
    assert idp.token_requests[0]["form"]["redirect_uri"] == callback


def test_a_pasted_url_of_another_sign_in_is_asked_for_again(idp, block):
    def texts(url: str) -> list[str]:
        location = httpx.get(url).headers["location"]
        return [location.replace("state=", "state=x"), location]

    out, _, seen = paste(block("authorization_code", callbackUrl="https://app.example/cb"), texts)
    assert out == "outcome fetched\n", seen
    assert any("a different state" in line for line in seen)


UNREADABLE = ("CODE", "code=CODE&state=x", "https://app.example/cb/CODE", "app:CODE", "CODE?x=1")
"""What a user may paste or a callable return in place of the callback URL, with the code in it."""


def test_a_bare_code_is_not_shown_and_asked_for_again(idp, block):
    codes = []

    def texts(url: str) -> list[str]:
        location = redirect_of(url)
        [code] = parse_qs(urlsplit(location).query)["code"]
        codes.append(code)
        return [*(text.replace("CODE", code) for text in UNREADABLE), location]

    out, _, seen = paste(block("authorization_code", callbackUrl="https://app.example/cb"), texts)
    assert out == "outcome fetched\n", seen
    assert codes[0] not in "".join(seen)
    assert sum("is not a URL that begins with the callback URL https://app" in line for line in seen) == 4
    assert sum("came to https://app.example/…, not to the callback URL" in line for line in seen) == 1


@pytest.mark.parametrize("text", UNREADABLE)
async def test_a_bare_code_is_refused_where_a_url_is_expected(setup, block, text):
    with pytest.raises(OAuth2Error, match="the callback URL https:") as caught:
        await setup(authorize=lambda url: text.replace("CODE", "theCode-9f8e7d")).manager.authorize(
            block("authorization_code", callbackUrl="https://app.example/cb")
        )
    assert "theCode" not in str(caught.value)


@pytest.mark.parametrize("kind", [RuntimeError, OAuth2Error])
@pytest.mark.parametrize(
    "text",
    [
        "net::ERR_CONNECTION_REFUSED at http://127.0.0.1:1/cb?code=theCode-9f8e7d&state=x",
        "cannot open https://user:pw@app.example/cb/theCode-9f8e7d#access_token=theCode-9f8e7d",
        "no form with {'code': 'theCode-9f8e7d'}",
        "went to https%3A%2F%2Fapp.example%2Fcb%3Fcode%3DtheCode-9f8e7d",
        "app:/theCode-9f8e7d and Code=theCode-9f8e7d",
    ],
)
async def test_an_error_of_a_callable_shows_no_code(setup, block, kind, text):
    def fail(url: str) -> str:
        raise kind(text)

    with pytest.raises(OAuth2Error) as caught:
        await setup(authorize=fail).manager.authorize(
            block("authorization_code", callbackUrl="https://app.example/cb")
        )
    assert text.split()[0].partition(":/")[0] in str(caught.value)
    assert "theCode" not in str(caught.value)
