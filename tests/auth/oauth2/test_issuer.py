"""The issuer: discovery, pushed requests, and who has answered."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from apps.authorization_server import Server, metadata_of
from apps.serving import serve_canned

from bruscript.auth.oauth2 import OAuth2Error


async def test_the_issuer_gives_the_urls(server, setup, settings):
    server.metadata = metadata_of(server)
    made = setup()
    block = settings(accessTokenUrl="", issuer=server.url)
    first = await made.manager.authorize(block)
    await made.manager.authorize({**block, "credentialsId": "b"})
    assert len(server.forms) == 2
    assert server.reads == ["/.well-known/openid-configuration"]
    assert first.entry["url"] == server.url
    server.token["refresh_token"] = "r"
    await made.manager.authorize({**block, "credentialsId": "c"})
    for _key, credentials in made.manager.store.items():  # noqa: PERF102
        credentials["created_at"] -= 3600 * 1000
    assert (await made.manager.authorize({**block, "credentialsId": "c"})).outcome == "refreshed"


async def test_a_url_of_the_block_wins(server, setup, settings):
    server.metadata = metadata_of(server, token_endpoint="http://127.0.0.1:9/nowhere")
    await setup().manager.authorize(settings(issuer=server.url))
    assert len(server.forms) == 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"issuer": "https://other.example"}, "describes another issuer"),
        (None, "no metadata of the issuer"),
        ({"issuer": ["x"]}, r"describes another issuer than .*: \"\['x'\]\""),
        ({"issuer": ""}, r"openid-configuration does not name an issuer, so it is not the metadata of"),
        ({"token_endpoint": ["x"]}, r'token_endpoint in the metadata of the issuer .* is \["x"\], not a URL'),
        ({"token_endpoint": {}}, "is {}, not a URL"),
        ({"token_endpoint": "/token"}, 'is "/token", not a URL that starts with'),
        ({"token_endpoint": None}, "access_token_url is empty"),
    ],
)
async def test_metadata_that_cannot_be_used(server, setup, settings, change, expected):
    server.metadata = None if change is None else metadata_of(server, **change)
    with pytest.raises(OAuth2Error, match=expected):
        await setup().manager.authorize(settings(accessTokenUrl="", issuer=f"{server.url}/"))
    assert server.forms == []


@pytest.mark.parametrize("aliases", [["x"], {"token_endpoint": ["x"]}])
async def test_aliases_that_cannot_be_used(server, setup, settings, aliases):
    server.metadata = metadata_of(server, mtls_endpoint_aliases=aliases)
    block = settings(accessTokenUrl="", issuer=server.url, clientAuthentication="tls_client_auth")
    with pytest.raises(OAuth2Error, match=r'in the metadata of the issuer http://127.* is \["x"\], not a'):
        await setup().manager.authorize(block)
    assert server.forms == []


@pytest.mark.parametrize("wrong", [["x"], 7, {}, "/nowhere"])
async def test_only_what_is_needed_must_be_right(server, setup, settings, wrong):
    names = [name for name in metadata_of(server) if name.endswith("_endpoint")]
    server.device = {"device_code": "d", "user_code": "u", "verification_uri": server.url, "interval": 0.01}
    urls = {"accessTokenUrl": "", "issuer": server.url, "callbackUrl": "https://app.example/cb"}
    needs = {
        "client_credentials": {"token_endpoint"},
        "device_code": {"token_endpoint", "device_authorization_endpoint"},
        "authorization_code": {
            *("token_endpoint", "authorization_endpoint", "pushed_authorization_request_endpoint"),
        },
    }
    push = "require_pushed_authorization_requests"
    for grant, needed in needs.items():
        for name in names:
            server.metadata = metadata_of(server, **{name: wrong, push: grant == "authorization_code"})
            authorize = visit if grant == "authorization_code" else lambda _: ""
            made = setup(authorize=authorize)
            if name in needed:
                with pytest.raises(OAuth2Error, match=f"{name} in the metadata of the issuer"):
                    await made.manager.authorize(settings(grant, **urls))
                continue
            assert await made.manager.authorize(settings(grant, **urls))
            for key, ask in (("introspection", made.manager.introspect), ("revocation", made.manager.revoke)):
                if name == f"{key}_endpoint":
                    with pytest.raises(OAuth2Error, match=f"{name} in the metadata of the issuer"):
                        await ask(settings(grant, **urls))
                else:
                    assert await ask(settings(grant, **urls))


async def test_json_that_names_no_issuer_is_passed_over(server, setup, settings):
    server.metadata = {"error": "not here"}
    server.more_metadata = metadata_of(server)
    await setup().manager.authorize(settings(accessTokenUrl="", issuer=server.url))
    assert len(server.forms) == 1


@pytest.mark.parametrize(
    ("status", "headers", "answered"),
    [
        (404, {}, "404 Not Found"),
        (503, {"Content-Type": "application/json"}, "503 Service Unavailable"),
        (301, {"Location": "https://idp.example/"}, "301 Moved Permanently"),
        (200, {"Content-Type": "text/html"}, "200 OK with text/html"),
        (200, {}, "200 OK with no content type"),
    ],
)
async def test_what_was_answered_in_place_of_metadata_is_named(setup, settings, status, headers, answered):
    with serve_canned(status, b"[1]", headers) as (url, paths), pytest.raises(OAuth2Error) as caught:
        await setup().manager.authorize(settings(accessTokenUrl="", issuer=url))
    assert f"Tried {url}/.well-known/openid-configuration ({answered}), {url}/" in str(caught.value)
    assert str(caught.value).count(f" ({answered})") == len(paths)


async def test_the_url_of_the_metadata_is_not_the_issuer(setup, settings):
    with serve_canned(404) as (url, _), pytest.raises(OAuth2Error) as caught:
        await setup().manager.authorize(
            settings(accessTokenUrl="", issuer=f"{url}/realm/.well-known/openid-configuration")
        )
    assert caught.value.hint == f"The issuer is what stands before /.well-known: {url}/realm"


def code_settings(server: Server, settings: Any, **more: Any) -> dict[str, Any]:
    return settings(
        "authorization_code",
        authorizationUrl=f"{server.url}/authorize",
        callbackUrl="https://app.example/cb",
        pkce=True,
        **more,
    )


def visit(url: str) -> str:
    return httpx.get(url).headers["location"]


@pytest.mark.parametrize("callback", ["https://app.example/cb", "http://127.0.0.1:0/cb"])
async def test_the_request_is_pushed(server, setup, settings, monkeypatch, callback):
    block = code_settings(server, settings, pushedAuthorizationUrl=f"{server.url}/par", scope="read")
    block["callbackUrl"] = callback
    monkeypatch.setenv("BROWSER", "curl -sLo /dev/null %s")
    authorize = visit if callback.startswith("https") else None
    authorization = await setup(authorize=authorize, timeout=600).manager.authorize(block)
    pushed, sent = server.forms
    assert server.queries == [{"client_id": "client", "request_uri": "urn:ietf:params:oauth:request_uri:x"}]
    assert pushed["client_secret"] == "a-client-secret-of-32-characters"
    assert pushed["scope"] == "read"
    assert pushed["redirect_uri"] == sent["redirect_uri"]
    assert not pushed["redirect_uri"].endswith(":0/cb")
    assert pushed["code_challenge_method"] == "S256"
    assert "request_uri:x" not in json.dumps(authorization.timeline)


@pytest.mark.parametrize("required", [True, False])
async def test_requests_are_pushed_where_the_issuer_requires_it(server, setup, settings, required):
    server.metadata = metadata_of(server, require_pushed_authorization_requests=required)
    block = code_settings(server, settings, issuer=server.url)
    await setup(authorize=visit).manager.authorize({**block, "authorizationUrl": ""})
    assert ("request_uri" in server.queries[0]) == required


@pytest.mark.parametrize(
    ("supported", "iss", "problem"),
    [
        (True, "right", None),
        (True, "https://evil.example", "comes from the issuer https://evil.example"),
        (True, None, "does not name its issuer"),
        (False, "https://evil.example", "comes from the issuer"),
        (False, None, None),
    ],
)
async def test_the_issuer_of_the_answer_is_checked(server, setup, settings, supported, iss, problem):
    server.metadata = metadata_of(server, authorization_response_iss_parameter_supported=supported)
    server.answer = {} if iss is None else {"iss": server.url if iss == "right" else iss}
    made = setup(authorize=visit)
    block = code_settings(server, settings, issuer=server.url)
    if problem:
        with pytest.raises(OAuth2Error, match=problem):
            await made.manager.authorize(block)
        assert server.forms == []
    else:
        assert await made.manager.authorize(block)
