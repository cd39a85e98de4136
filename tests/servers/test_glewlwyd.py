"""OAuth 2.0 against glewlwyd, an authorization server of Debian's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
from apps.glewlwyd import CALLBACK, administer, client, consent, plugin, running_glewlwyd

from bruscript.auth.oauth2 import ManagerOptions, OAuth2Error, TokenManager
from bruscript.http import Client, ClientConfig

pytestmark = pytest.mark.servers
GRANTS = ["code", "token", "password", "client_credentials", "refresh_token", "delete_token"]
SECRET = "machine-secret-1"


@pytest.fixture(scope="module")
def api(tmp_path_factory) -> Iterator[str]:
    kinds = ("code", "implicit", "password", "client", "refresh")
    parameters = {
        "url": "/oauth",
        "jwt-type": "sha",
        "jwt-key-size": "256",
        "key": "x" * 32,
        "access-token-duration": 3600,
        "refresh-token-duration": 36000,
        "code-duration": 600,
        **{f"auth-type-{kind}-enabled": True for kind in kinds},
        "pkce-allowed": True,
        "scope": [],
        "introspection-revocation-allowed": True,
        "introspection-revocation-allow-target-client": True,
        "introspection-revocation-auth-scope": [],
    }
    with running_glewlwyd(tmp_path_factory.mktemp("glewlwyd")) as url:
        administer(
            url,
            client("machine", GRANTS, password=SECRET, client_secret=SECRET),
            plugin("oauth2-glewlwyd", "oauth", parameters),
        )
        yield url


@pytest.fixture
async def tokens(api: str) -> AsyncIterator[TokenManager]:
    def visit(url: str) -> str:
        return consent(api, url, "machine", "read").headers["location"]

    sender = Client(ClientConfig())
    yield TokenManager(None, sender.send, ManagerOptions(timeout=600, authorize=visit))
    await sender.aclose()


@pytest.fixture
def block(api: str) -> Callable[..., dict[str, Any]]:
    def make(grant: str, **more: Any) -> dict[str, Any]:
        return {
            "grantType": grant,
            "clientId": "machine",
            "clientSecret": SECRET,
            "scope": "read",
            "username": "ada",
            "password": "lovelace",
            "callbackUrl": CALLBACK,
            "accessTokenUrl": f"{api}/oauth/token/",
            "authorizationUrl": f"{api}/oauth/auth/",
            "introspectionUrl": f"{api}/oauth/introspect/",
            "revocationUrl": f"{api}/oauth/revoke/",
            "credentialsPlacement": "basic_auth_header",
            **more,
        }

    return make


@pytest.mark.parametrize(
    ("grant", "user"),
    [("client_credentials", None), ("password", "ada"), ("authorization_code", "ada"), ("implicit", "ada")],
)
async def test_a_grant(api, tokens, block, grant, user):
    credentials = await tokens.token(block(grant, pkce=True))
    assert credentials
    form = {"token": credentials["access_token"]}
    said = httpx.post(f"{api}/oauth/introspect/", data=form, auth=("machine", SECRET)).json()
    assert (said["active"], said.get("username"), said["scope"]) == (True, user, "read")


async def test_a_refresh(tokens, block):
    settings = block("password", autoRefreshToken=True)
    await tokens.authorize(settings)
    [(key, first)] = tokens.store.items()
    tokens.store.save(key, {**first, "created_at": first["created_at"] - 3_600_000})
    authorization = await tokens.authorize(settings)
    assert authorization
    assert authorization.outcome == "refreshed"
    [(_, second)] = tokens.store.items()
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] == first["refresh_token"]


async def test_revocation(tokens, block):
    settings = block("client_credentials")
    await tokens.authorize(settings)
    [(key, credentials)] = tokens.store.items()
    assert set((await tokens.revoke(settings) or {}).values()) == {True}
    tokens.store.save(key, credentials)
    assert await tokens.introspect(settings) == {"active": False}


async def test_a_wrong_password(tokens, block):
    with pytest.raises(OAuth2Error, match=r"/token/ answered 40[013]"):
        await tokens.authorize(block("password", password="wrong"))
