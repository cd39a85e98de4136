"""The authorization request and its answer: in a browser, by a callable, on a terminal, and forged."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import re
import socket
import subprocess
import sys
import threading
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bruscript.auth.oauth2 import Config, OAuth2Error
from bruscript.auth.oauth2.consent import Consent
from bruscript.auth.oauth2.form import by_name
from bruscript.auth.oauth2.listener import Listener

CURL = "curl -sLo /dev/null %s"


def listening(messages: list[str]) -> tuple[str, str]:
    """The callback URL and the state of the request that a message announces."""
    url, *_ = re.findall(r"http\S+", messages[-1])
    query = parse_qs(urlsplit(url).query)
    return query["redirect_uri"][0], query["state"][0]


async def opened(made) -> tuple[str, str]:
    while not made.messages:
        await asyncio.sleep(0.01)
    return listening(made.messages)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_the_browser_brings_the_code_to_loopback(idp, setup, block, browser, host):
    browser(CURL)
    idp.clients["public"].check_redirect_uri = lambda uri: True
    made = setup(timeout=600)
    settings = block("authorization_code", callbackUrl=f"http://{host}:0/callback")
    _, response = await made.call(settings, f"{idp.url}/api")
    assert response.data["user"] == "ada"
    callback, _ = listening(made.messages)
    assert callback.startswith(f"http://{host}:")
    assert urlsplit(callback).port
    assert idp.token_requests[0]["form"]["redirect_uri"] == callback
    with pytest.raises(httpx.ConnectError):
        httpx.get(callback)


async def test_a_refusal_is_shown_in_the_servers_words(idp, setup, block, browser):
    browser(CURL)
    idp.deny = True
    with pytest.raises(
        OAuth2Error, match=f"{idp.url}/authorize refused the authorization: access_denied: The res"
    ):
        await setup(timeout=600).manager.authorize(block("authorization_code"))
    assert idp.token_requests == []


async def test_a_forged_state_gets_no_token(idp, setup, block, browser):
    browser(CURL)
    idp.forge_state = "forged"
    with pytest.raises(OAuth2Error, match="a different state than the authorization request"):
        await setup(timeout=600).manager.authorize(block("authorization_code"))
    assert idp.token_requests == []


async def test_a_callback_on_another_path_is_not_taken(idp, setup, block, browser):
    browser("true")
    made = setup(timeout=5)
    task = asyncio.ensure_future(made.manager.authorize(block("authorization_code")))
    callback, state = await opened(made)
    async with httpx.AsyncClient() as client:
        stray = await client.get(
            callback.replace("/callback", "/other"), params={"code": "x", "state": state}
        )
    assert stray.status_code == 404
    assert "expected at /callback" in stray.text
    with pytest.raises(
        OAuth2Error, match=r"no answer came to .*/callback \(something asked for /other instead\)"
    ):
        await task
    assert idp.token_requests == []


async def test_a_second_callback_is_not_taken():
    consent = consent_at("http://127.0.0.1:0/cb")
    async with Listener(consent) as listener:
        # Connected before the answer, asking after it.
        port = urlsplit(listener.consent.callback_url).port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answer = asyncio.ensure_future(listener.answer())
        async with httpx.AsyncClient() as client:
            page = await client.get(
                listener.consent.callback_url, params={"code": "first", "state": consent.state}
            )
        assert "can be closed" in page.text
        writer.write(f"GET /cb?code=second&state={consent.state} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        second = (await reader.read()).decode()
        assert second.startswith("HTTP/1.1 410")
        assert "An earlier answer was used" in second
        assert await answer == {"code": "first"}


def consent_at(callback: str, grant: str = "authorization_code", **more: object) -> Consent:
    config = Config.from_block(
        {
            "grantType": grant,
            "callbackUrl": callback,
            "authorizationUrl": "https://idp.example/auth?x=1",
            "clientId": "c",
        }
        | more
    )
    return Consent.of(config, "code" if grant == "authorization_code" else "token")


async def test_the_page_is_harmless_and_shows_the_reason_escaped():
    consent = consent_at("http://127.0.0.1:0/cb")
    async with Listener(consent) as listener:
        answer = asyncio.ensure_future(listener.answer())
        async with httpx.AsyncClient() as client:
            page = await client.get(
                listener.consent.callback_url,
                params={
                    "error": "nope",
                    "error_description": "<script>alert(1)</script>",
                    "state": consent.state,
                },
            )
        assert page.status_code == 400
        assert "&lt;script&gt;" in page.text
        assert "<script>" not in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert page.headers["cache-control"] == "no-store"
        with pytest.raises(OAuth2Error, match="nope: <script>"):
            await answer


async def test_the_fragment_of_the_implicit_grant_is_handed_over_by_the_page():
    consent = consent_at("http://127.0.0.1:0/cb", "implicit")
    async with Listener(consent) as listener:
        answer = asyncio.ensure_future(listener.answer())
        async with httpx.AsyncClient() as client:
            page = await client.get(listener.consent.callback_url)
            assert "location.hash" in page.text
            done = await client.post(
                listener.consent.callback_url,
                data={"access_token": "t", "state": consent.state, "expires_in": "60"},
            )
        assert done.status_code == 200
        assert await answer == {"access_token": "t", "expires_in": "60"}


@pytest.mark.parametrize(
    "junk",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"PUT /cb HTTP/1.1\r\n\r\n",
        b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n",
        b"POST /cb HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"\xff\xfe\r\n\r\n",
    ],
)
async def test_junk_does_not_end_the_wait(junk):
    consent = consent_at("http://127.0.0.1:0/cb")
    async with Listener(consent) as listener:
        answer = asyncio.ensure_future(listener.answer())
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", urlsplit(listener.consent.callback_url).port
        )
        writer.write(junk)
        await reader.read()
        writer.close()
        async with httpx.AsyncClient() as client:
            await client.get(listener.consent.callback_url, params={"code": "c", "state": consent.state})
        assert await answer == {"code": "c"}


async def test_a_port_in_use_is_reported(setup, block):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for host in ("127.0.0.1", "localhost"):
            callback = f"http://{host}:{port}/callback"
            with pytest.raises(OAuth2Error, match=f"cannot listen at {callback}.*in use"):
                await setup(timeout=0.3).manager.authorize(block("authorization_code", callbackUrl=callback))


@pytest.mark.parametrize(
    "callback", ["https://app.example/cb", "http://192.0.2.1/cb", "https://localhost:1/cb", ""]
)
async def test_without_any_way_the_error_names_the_three(setup, block, monkeypatch, callback):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(OAuth2Error, match="terminal") as caught:
        await setup().manager.authorize(block("authorization_code", callbackUrl=callback))
    for way in ("on a terminal", "BROWSER", "authorize callable"):
        assert way in str(caught.value)


def by_location(url: str) -> str:
    return httpx.get(url).headers["location"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda url: url.replace("/cb", "/elsewhere"),
            r"came to https://app.example/…, not to the callback",
        ),
        (lambda url: url.replace("https:", "http:"), "not to the callback URL"),
        (lambda url: url.replace("state=", "state=x"), "a different state"),
        (lambda url: url.replace("state=", "other="), "has no state"),
        (lambda url: url.replace("code=", "cod="), "has no code; it has: cod, state"),
        (lambda url: "nothing", "not a URL that begins with the callback URL https:"),
        (lambda url: None, "returned NoneType"),
    ],
)
async def test_what_a_callable_gives_is_checked(idp, setup, block, change, expected):
    made = setup(authorize=lambda url: change(by_location(url)))
    with pytest.raises(OAuth2Error, match=expected):
        await made.manager.authorize(block("authorization_code", callbackUrl="https://app.example/cb"))
    assert idp.token_requests == []


async def test_a_callable_that_raises_or_hangs(idp, setup, block):
    def fail(url: str) -> str:
        raise RuntimeError("no display, exit code: 1")

    settings = block("authorization_code", callbackUrl="https://app.example/cb")
    with pytest.raises(OAuth2Error, match="raised RuntimeError: no display, exit code: 1"):
        await setup(authorize=fail).manager.authorize(settings)
    forever = threading.Event()
    with pytest.raises(OAuth2Error, match=r"did not return within 0\.2 s"):
        await setup(authorize=lambda url: forever.wait() and "", timeout=0.2).manager.authorize(settings)
    forever.set()


async def test_an_altered_code_gets_no_token(idp, setup, block):
    made = setup(authorize=lambda url: by_location(url).replace("code=", "code=x"))
    with pytest.raises(OAuth2Error, match=r"/token answered 400.*invalid_grant"):
        await made.manager.authorize(block("authorization_code", callbackUrl="https://app.example/cb"))


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


def test_on_a_terminal_the_url_is_pasted(idp, block):
    import json

    ours, theirs = pty.openpty()
    settings = json.dumps(block("authorization_code", callbackUrl="https://app.example/cb"))
    process = subprocess.Popen(
        [sys.executable, "-c", PASTER, settings],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(theirs)
    url = ""
    for line in process.stderr:
        url = url or "".join(re.findall(r"http\S+", line))
        if "paste" in line:
            break
    os.write(ours, by_location(url).encode() + b"\n")
    out, err = process.communicate()
    os.close(ours)
    assert out == "outcome fetched\n", err


def test_the_authorization_url_keeps_its_query():
    url = urlsplit(consent_at("http://127.0.0.1:1/cb", scope="a b", state="s").url)
    assert parse_qs(url.query) == {
        "x": ["1"],
        "response_type": ["code"],
        "client_id": ["c"],
        "redirect_uri": ["http://127.0.0.1:1/cb"],
        "scope": ["a b"],
        "state": ["s"],
    }
    assert "state" not in repr(consent_at("http://127.0.0.1:1/cb", state="my-state")).replace(
        "my-state", "LEAK"
    )
    assert consent_at("").state != consent_at("").state


def test_a_repeated_standard_parameter_is_sent_each_time():
    parameters = [("scope", "a"), ("y", "1"), ("scope", "b"), ("prompt", "none"), ("y", "2"), ("scope", "b")]
    entries = [
        {"name": name, "value": value, "enabled": True, "sendIn": "queryparams"} for name, value in parameters
    ]
    consent = consent_at(
        "http://127.0.0.1:1/cb", scope="old", additionalParameters={"authorization": entries}
    )
    for sent in (parse_qs(urlsplit(consent.url).query), by_name(consent.parameters)):
        assert sent["scope"] == ["a", "b", "b"]
        assert sent["y"] == ["1", "2"]
        assert sent["prompt"] in ("none", ["none"])


@pytest.mark.browser
@pytest.mark.parametrize("grant", ["implicit", "authorization_code"])
async def test_a_real_browser(idp, setup, block, monkeypatch, tmp_path, grant):
    options = f"--headless --no-sandbox --disable-gpu --user-data-dir={tmp_path} --virtual-time-budget=10000"
    monkeypatch.setenv("BROWSER", f"chromium {options} --dump-dom %s")
    monkeypatch.setattr("webbrowser._tryorder", None)
    made = setup(timeout=600)
    authorization, response = await made.call(block(grant), f"{idp.url}/api")
    assert response.data["user"] == "ada"
    assert authorization.outcome == "fetched"
