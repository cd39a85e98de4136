"""OAuth 2.0 against oauth2-mock-server: every grant it offers, by its metadata alone."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from apps.daemons import speaking
from auth.oauth2.keys import RSA, pem

from bruscript.auth.oauth2 import ManagerOptions, OAuth2Error, TokenManager
from bruscript.http import Client, ClientConfig

pytestmark = pytest.mark.reference
HERE = Path(__file__).parent / "oidc"


@pytest.fixture(scope="module")
def idp() -> Iterator[str]:
    home = subprocess.run([HERE / "install.sh"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    with speaking(["node", str(HERE / "mock.mjs"), home]) as url:
        yield url


@pytest.fixture
async def tokens() -> AsyncIterator[TokenManager]:
    client = Client(ClientConfig())
    yield TokenManager(None, client.send, ManagerOptions(timeout=600, authorize=follow))
    await client.aclose()


def follow(url: str) -> str:
    """Where the server sends the user to, who has nothing to do here."""
    return httpx.get(url).headers["location"]


@pytest.fixture
def block(idp: str) -> Callable[..., dict[str, Any]]:
    def make(grant: str, **more: Any) -> dict[str, Any]:
        return {"grantType": grant, "issuer": idp, "clientId": "app", "tokenHeaderPrefix": "Bearer", **more}

    return make


async def claims(idp: str, tokens: TokenManager, block: dict[str, Any], audience: str = "") -> dict[str, Any]:
    """What the token says whose signature is the server's."""
    credentials = await tokens.token(block)
    assert credentials
    text = credentials["id_token" if audience else "access_token"]
    [key] = jwt.PyJWKSet.from_dict(httpx.get(f"{idp}/jwks").json()).keys
    return jwt.decode(text, key.key, algorithms=["RS256"], issuer=idp, audience=audience or None)


async def test_client_credentials(idp, tokens, block):
    settings = block("client_credentials", clientSecret="any", scope="read write")
    assert (await claims(idp, tokens, settings))["scope"] == "read write"


async def test_password(idp, tokens, block):
    settings = block("password", username="ada", password="any", scope="read")
    said = await claims(idp, tokens, settings)
    assert (said["sub"], said["scope"]) == ("ada", "read")
    assert (await claims(idp, tokens, settings, "app"))["sub"] == "johndoe"


@pytest.mark.parametrize("secret", ["", "any"])
async def test_authorization_code(idp, tokens, block, secret):
    settings = block(
        "authorization_code",
        clientSecret=secret,
        callbackUrl="http://127.0.0.1:7/callback",
        scope="openid",
        pkce=True,
    )
    assert (await claims(idp, tokens, settings))["sub"] == "johndoe"
    # It names the nonce in the ID token, without which the sign-in had been refused.
    assert (await claims(idp, tokens, settings, "app"))["nonce"]


async def test_refresh(idp, tokens, block):
    settings = block("password", username="ada", password="any", autoRefreshToken=True)
    await tokens.authorize(settings)
    [(key, first)] = tokens.store.items()
    tokens.store.save(key, {**first, "created_at": first["created_at"] - 3_600_000})
    authorization = await tokens.authorize(settings)
    assert authorization.outcome == "refreshed"
    [(_, second)] = tokens.store.items()
    assert second["refresh_token"] != first["refresh_token"]
    assert (await claims(idp, tokens, settings))["sub"] == "johndoe"


async def test_an_assertion_as_the_grant(idp, tokens, block):
    settings = block("jwt_bearer", assertionSubject="robot", privateKey=pem(RSA), scope="read")
    said = await claims(idp, tokens, settings)
    assert (said["sub"], said["scope"]) == ("robot", "read")


async def test_introspection_and_revocation(tokens, block):
    settings = block("client_credentials", clientSecret="any")
    await tokens.authorize(settings)
    assert await tokens.introspect(settings) == {"active": True}
    assert set((await tokens.revoke(settings) or {}).values()) == {True}
    assert await tokens.introspect(settings) is None


async def test_what_it_does_not_offer(tokens, block):
    # Its errors are no OAuth errors (RFC 6749 5.2), but problem details: shown as they are.
    with pytest.raises(OAuth2Error, match=r"400 Bad Request.*Invalid grant type"):
        await tokens.authorize(block("token_exchange", subjectToken="one", subjectTokenType="access_token"))
    implicit = block("implicit", callbackUrl="http://127.0.0.1:7/callback")
    with pytest.raises(OAuth2Error, match="unsupported_response_type"):
        await tokens.authorize(implicit)
