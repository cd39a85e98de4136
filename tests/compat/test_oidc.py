"""OAuth 2.0 against oidc-provider, a certified OpenID server that knows nothing of bruscript."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from compat.oidc.consent import consent
from compat.oidc.peer import block, browse, call, count, machine, manager, native

from bruscript.auth.oauth2 import OAuth2Error

pytestmark = pytest.mark.reference


async def test_client_credentials_in_a_header(idp, client):
    _, response = await call(client, manager(client), machine(idp), f"{idp}/api")
    assert response.data == {"user": None, "client": "machine"}


async def test_client_credentials_in_the_body_with_the_token_in_the_query(idp, client):
    settings = block(
        idp,
        "client_credentials",
        clientId="poster",
        clientSecret="poster-secret-1",
        credentialsPlacement="body",
        tokenPlacement="url",
    )
    _, response = await call(client, manager(client), settings, f"{idp}/api")
    assert response.data == {"user": None, "client": "poster"}


async def test_password_and_refresh(idp, client):
    tokens = manager(client, retry_unauthorized=True)
    settings = block(
        idp,
        "password",
        clientId="legacy",
        clientSecret="legacy-secret-1",
        username="ada",
        password="lovelace",
        autoRefreshToken=True,
    )
    _, response = await call(client, tokens, settings, f"{idp}/api")
    assert response.data["user"] == "ada"
    with pytest.raises(OAuth2Error, match="400 Bad Request: invalid_grant"):
        await tokens.authorize({**settings, "password": "wrong", "credentialsId": "wrong"})


async def test_authorization_code_with_a_browser(idp, client, monkeypatch):
    browse(monkeypatch)
    tokens = manager(client)
    authorization, response = await call(client, tokens, native(idp), f"{idp}/api")
    assert response.data == {"user": "ada", "client": "native"}
    assert authorization.outcome == "fetched"
    assert tokens.variables()["$oauth2.credentials.id_token"].count(".") == 2


async def test_the_id_token_as_token(idp, client):
    tokens = manager(client, authorize=consent)
    settings = native(idp, tokenSource="id_token") | {"callbackUrl": "http://127.0.0.1:7/callback"}
    authorization = await tokens.authorize(settings)
    assert authorization.header == (
        "Authorization",
        f"Bearer {tokens.variables()['$oauth2.credentials.id_token']}",
    )


async def test_a_refusal_of_the_user(idp, client, monkeypatch):
    browse(monkeypatch, "--deny")
    with pytest.raises(OAuth2Error, match="/auth refused the authorization: access_denied: End-User aborted"):
        await manager(client).authorize(native(idp))


async def test_without_pkce_the_server_refuses(idp, client, monkeypatch):
    browse(monkeypatch)
    with pytest.raises(OAuth2Error, match="invalid_request: Authorization Server policy requires PKCE"):
        await manager(client).authorize(native(idp) | {"pkce": False})


async def test_implicit(idp, client):
    async def visit(url: str) -> str:
        return await asyncio.to_thread(consent, url)

    settings = block(
        idp,
        "implicit",
        clientId="page",
        callbackUrl="https://app.example/callback",
        scope="openid",
        tokenSource="id_token",
    )
    tokens = manager(client, authorize=visit)
    await tokens.authorize(settings)
    _, response = await call(client, tokens, settings | {"tokenSource": "access_token"}, f"{idp}/api")
    assert response.data == {"user": "ada", "client": "page"}


async def test_expiry_and_rotation_within_a_run(idp, client, monkeypatch):
    browse(monkeypatch)
    tokens = manager(client)
    settings = native(idp, autoRefreshToken=True)
    outcomes, refresh_tokens = [], set()
    for _ in range(3):
        authorization, response = await call(client, tokens, settings, f"{idp}/api")
        assert response.status == 200
        outcomes.append(authorization.outcome)
        [(key, credentials)] = tokens.store.items()
        refresh_tokens.add(credentials["refresh_token"])
        # An hour passes: the server ends the token, and for bruscript it was received an hour earlier.
        bearer = {"Authorization": f"Bearer {credentials['access_token']}"}
        assert httpx.delete(f"{idp}/api", headers=bearer).status_code == 200
        assert httpx.get(f"{idp}/api", headers=bearer).status_code == 401
        tokens.store.save(key, {**credentials, "created_at": credentials["created_at"] - 3_600_000})
    assert outcomes == ["fetched", "refreshed", "refreshed"]
    assert len(refresh_tokens) == 3


async def test_a_revoked_grant(idp, client):
    asked: list[str] = []

    def visit(url: str) -> str:
        asked.append(url)
        return consent(url)

    tokens = manager(client, authorize=visit, retry_unauthorized=True)
    settings = native(idp, autoRefreshToken=True) | {"callbackUrl": "http://127.0.0.1:7/callback"}
    await tokens.authorize(settings)
    # This server takes the whole grant back with a token of it, so that the refresh is refused too.
    token = tokens.variables()["$oauth2.credentials.access_token"]
    async with httpx.AsyncClient() as browser:
        await browser.post(f"{idp}/token/revocation", data={"token": token, "client_id": "native"})
    authorization, response = await call(client, tokens, settings, f"{idp}/api")
    assert (response.status, authorization.outcome, len(asked)) == (200, "retried", 2)
    assert "invalid_grant" in authorization.warnings[0]


async def test_fifty_at_once(idp, client):
    tokens = manager(client)
    before = count(idp)
    results = await asyncio.gather(*[call(client, tokens, machine(idp), f"{idp}/api") for _ in range(50)])
    assert {response.status for _, response in results} == {200}
    assert count(idp) == before + 1


async def test_the_servers_words(idp, client):
    with pytest.raises(OAuth2Error, match="401 Unauthorized: invalid_client: client authentication failed"):
        await manager(client).authorize(machine(idp) | {"clientSecret": "wrong"})
    with pytest.raises(OAuth2Error, match="400 Bad Request: invalid_scope: requested scope is not allowed"):
        await manager(client).authorize(machine(idp) | {"scope": "openid"})
    with pytest.raises(OAuth2Error, match="/nowhere answered 404"):
        await manager(client).authorize(machine(idp) | {"accessTokenUrl": f"{idp}/nowhere"})
