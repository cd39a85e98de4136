from __future__ import annotations

import base64

import httpx
import pytest
from apps.provider import Provider

from bruscript.auth.oauth2 import OAuth2Error

SECRET = "m/s+cr et:ü"


async def test_client_credentials_in_the_body(idp, setup, block):
    made = setup()
    authorization, response = await made.call(block(), f"{idp.url}/api")
    assert response.status == 200
    assert response.data["scope"] == "read"
    assert authorization.outcome == "fetched"
    [sent] = idp.token_requests
    assert sent["form"] == {
        "grant_type": "client_credentials",
        "scope": "read",
        "client_id": "machine",
        "client_secret": SECRET,
    }
    assert sent["headers"]["accept"] == "application/json"
    assert "authorization" not in sent["headers"]
    assert "m%2Fs%2Bcr%20et%3A%C3%BC" in sent["body"]


async def test_client_credentials_in_a_header(idp, setup, block):
    made = setup()
    await made.manager.authorize(block(credentialsPlacement="basic_auth_header", scope=""))
    [sent] = idp.token_requests
    assert sent["form"] == {"grant_type": "client_credentials"}
    expected = base64.b64encode(f"machine:{SECRET}".encode()).decode()
    assert sent["headers"]["authorization"] == f"Basic {expected}"
    assert {SECRET, expected} <= made.secrets


async def test_password(idp, setup, block):
    _, response = await setup().call(block("password"), f"{idp.url}/api")
    assert response.data["user"] == "ada"
    assert idp.token_requests[0]["form"]["password"] == "love&lace 1"


async def test_public_client_sends_no_secret(idp, setup, block):
    _, response = await setup().call(block("password", clientId="public", clientSecret=""), f"{idp.url}/api")
    assert response.status == 200
    assert "client_secret" not in idp.token_requests[0]["form"]


@pytest.mark.parametrize("pkce", [True, False])
async def test_authorization_code_by_callable(idp: Provider, setup, block, pkce: bool):
    def visit(url: str) -> str:
        return httpx.get(url).headers["location"]

    client = (
        {"clientId": "public", "clientSecret": ""}
        if pkce
        else {"clientId": "web", "clientSecret": "web-secret-1"}
    )
    made = setup(authorize=visit)
    settings = block("authorization_code", callbackUrl="https://app.example/cb", pkce=pkce, **client)
    _, response = await made.call(settings, f"{idp.url}/api")
    assert response.data["user"] == "ada"
    [asked] = idp.authorizations
    assert asked["query"]["response_type"] == ["code"]
    assert len(asked["query"]["state"][0]) >= 40
    assert asked["query"].get("code_challenge_method") == (["S256"] if pkce else None)
    form = idp.token_requests[0]["form"]
    assert form["redirect_uri"] == "https://app.example/cb"
    assert ("code_verifier" in form) == pkce
    assert form["code"] in made.secrets


async def test_implicit_by_async_callable(idp, setup, block):
    async def visit(url: str) -> str:
        async with httpx.AsyncClient() as client:
            return (await client.get(url)).headers["location"]

    made = setup(authorize=visit)
    authorization, response = await made.call(block("implicit"), f"{idp.url}/api")
    assert response.data["user"] == "ada"
    assert authorization.outcome == "fetched"
    assert made.manager.variables()["$oauth2.id.token_type"] == "Bearer"
    assert made.manager.variables()["$oauth2.id.access_token"] in made.secrets
    assert idp.token_requests == []


async def test_state_of_the_block_is_sent(idp, setup, block):
    await setup(authorize=lambda url: httpx.get(url).headers["location"]).manager.authorize(
        block("authorization_code", callbackUrl="https://app.example/cb", state="my-state")
    )
    assert idp.authorizations[0]["query"]["state"] == ["my-state"]


async def test_additional_parameters(idp, setup, block):
    def entry(name: str, value: str, enabled: bool = True) -> dict[str, object]:
        return {"name": name, "value": value, "enabled": enabled}

    settings = block(
        "authorization_code",
        callbackUrl="https://app.example/cb",
        autoRefreshToken=True,
        oauth2_additional_parameters_auth_req_queryparams=[
            entry("prompt", "login now"),
            entry("resource", "a"),
            entry("resource", "b"),
            entry("scope", "write"),
            entry("off", "x", False),
        ],
        oauth2_additional_parameters_access_token_req_headers=[
            entry("X-Tenant", "t1"),
            entry("accept", "*/*"),
        ],
        oauth2_additional_parameters_access_token_req_queryparams=[entry("api-version", "2 3")],
        oauth2_additional_parameters_access_token_req_bodyvalues=[
            entry("audience", "a&b"),
            entry("off", "x", False),
        ],
        oauth2_additional_parameters_refresh_token_req_headers=[entry("X-Refresh", "yes")],
        oauth2_additional_parameters_refresh_token_req_queryparams=[entry("r", "1")],
        oauth2_additional_parameters_refresh_token_req_bodyvalues=[
            entry("client_id", "public"),
            entry("extra", ""),
        ],
    )
    made = setup(authorize=lambda url: httpx.get(url).headers["location"], retry_unauthorized=True)
    await made.manager.authorize(settings)
    query = idp.authorizations[0]["query"]
    assert query["prompt"] == ["login now"]
    assert query["resource"] == ["a", "b"]
    assert query["scope"] == ["write"]
    assert "off" not in query
    sent = idp.token_requests[0]
    assert sent["headers"]["x-tenant"] == "t1"
    assert sent["headers"]["accept"] == "*/*"
    assert sent["query"] == {"api-version": ["2 3"]}
    assert sent["form"]["audience"] == "a&b"
    assert "off" not in sent["form"]

    idp.revoke()
    authorization, response = await made.call(settings, f"{idp.url}/api")
    assert (response.status, authorization.outcome) == (200, "retried")
    sent = idp.token_requests[1]
    assert sent["form"]["grant_type"] == "refresh_token"
    assert sent["form"]["extra"] == ""
    assert sent["headers"]["x-refresh"] == "yes"
    assert sent["query"] == {"r": ["1"]}
    assert "audience" not in sent["form"]


async def test_nested_shape_of_additional_parameters(idp, setup, block):
    extra = {"token": [{"name": "audience", "value": "x", "enabled": True, "sendIn": "body"}]}
    await setup().manager.authorize(block(additionalParameters=extra))
    assert idp.token_requests[0]["form"]["audience"] == "x"


async def test_headers_of_the_authorization_request_are_sent_by_ourselves(idp, setup, block):
    headers = [{"name": "X-Forwarded-User", "value": "ada", "enabled": True}]
    settings = block(
        "authorization_code",
        callbackUrl="https://app.example/cb",
        oauth2_additional_parameters_auth_req_headers=headers,
    )
    _, response = await setup().call(settings, f"{idp.url}/api")
    assert response.status == 200
    assert idp.authorizations[0]["headers"]["X-Forwarded-User"] == "ada"


@pytest.mark.parametrize(
    ("grant", "changes", "expected"),
    [
        ("client_credentials", {"accessTokenUrl": ""}, "access_token_url is empty"),
        (
            "client_credentials",
            {"accessTokenUrl": "{{idp}}/token"},
            "no value for {{idp}} in access_token_url",
        ),
        ("client_credentials", {"accessTokenUrl": "idp.example/token"}, "starts with http"),
        ("client_credentials", {"accessTokenUrl": "http://x/\x1b[31m"}, "not a URL"),
        ("client_credentials", {"clientId": ""}, "client_id is empty"),
        ("password", {"username": ""}, "username is empty"),
        ("authorization_code", {"authorizationUrl": ""}, "authorization_url is empty"),
        (
            "client_credentials",
            {"grantType": "magic"},
            "`grant_type` is `magic`, expected client_cred",
        ),
        (
            "client_credentials",
            {"tokenPlacement": "cookie"},
            "`token_placement` is `cookie`, expected header",
        ),
    ],
)
async def test_what_is_missing_is_named(setup, block, grant, changes, expected):
    with pytest.raises(OAuth2Error, match=expected.replace("{", r"\{")):
        await setup().manager.authorize(block(grant, **changes))


async def test_an_empty_block_means_no_authorization(setup):
    assert await setup().manager.authorize({}) is None


async def test_an_empty_grant_type_is_an_error(setup, block):
    with pytest.raises(OAuth2Error, match="`grant_type` is empty, expected client_credentials"):
        await setup().manager.authorize(block(grantType=""))


async def test_token_requests_carry_no_cookies(idp, setup, block):
    made = setup()
    await made.manager.authorize(block())
    await made.manager.authorize(block(credentialsId="other"))
    assert all("cookie" not in sent["headers"] for sent in idp.token_requests)
    assert made.client.jar.all(idp.url) == []
