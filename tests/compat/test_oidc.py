"""OAuth 2.0 against oidc-provider, a certified OpenID server that knows nothing of bruscript."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from auth.oauth2.keys import KEYS, pem
from compat.oidc.consent import consent
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey, OKPKey, RSAKey

from bruscript.auth.oauth2 import Authorization, ManagerOptions, OAuth2Error, TokenManager
from bruscript.auth.oauth2.device import DeviceUrl
from bruscript.auth.oauth2.proof_key import ProofKey
from bruscript.cli import main
from bruscript.http import Client, ClientConfig, OutgoingRequest, Response

pytestmark = pytest.mark.reference
HERE = Path(__file__).parent / "oidc"


KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC_KEYS = [
    ECKey.import_key(KEY.public_key()).as_dict(private=False, use="sig", alg="ES256", kid="key-1"),
    RSAKey.import_key(KEYS["RS"].public_key()).as_dict(private=False),
    OKPKey.import_key(KEYS["EdDSA"].public_key()).as_dict(private=False),
]


@pytest.fixture(scope="module")
def idp() -> Iterator[str]:
    home = subprocess.run([HERE / "install.sh"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    command = ["node", str(HERE / "server.mjs"), home, json.dumps({"keys": PUBLIC_KEYS})]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    url = process.stdout.readline().strip()
    assert url.startswith("http://127.0.0.1:")
    yield url
    process.stdin.close()
    process.wait(10)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    client = Client(ClientConfig())
    yield client
    await client.aclose()


def count(idp: str) -> int:
    return httpx.get(f"{idp}/count").json()["tokenRequests"]


def block(idp: str, grant: str, **more: Any) -> dict[str, Any]:
    return {
        "grantType": grant,
        "accessTokenUrl": f"{idp}/token",
        "authorizationUrl": f"{idp}/auth",
        "credentialsPlacement": "basic_auth_header",
        "tokenHeaderPrefix": "Bearer",
        **more,
    }


def native(idp: str, **more: Any) -> dict[str, Any]:
    offline = [{"name": "prompt", "value": "consent", "enabled": True}]
    return block(
        idp,
        "authorization_code",
        clientId="native",
        credentialsPlacement="body",
        callbackUrl="http://127.0.0.1:0/callback",
        scope="openid offline_access",
        pkce=True,
        oauth2_additional_parameters_auth_req_queryparams=offline,
        **more,
    )


def machine(idp: str, **more: Any) -> dict[str, Any]:
    return block(
        idp, "client_credentials", clientId="machine", clientSecret="machine-secret-1", scope="read", **more
    )


def browse(monkeypatch: pytest.MonkeyPatch, *options: str) -> None:
    monkeypatch.setenv("BROWSER", f"{sys.executable} {HERE / 'consent.py'} %s {' '.join(options)}")
    monkeypatch.setattr("webbrowser._tryorder", None)


async def call(
    client: Client, manager: TokenManager, settings: dict[str, Any], url: str
) -> tuple[Authorization | None, Response]:
    authorization = await manager.authorize(settings)
    auth = authorization.auth if authorization else None
    return authorization, await client.send(OutgoingRequest("GET", url), auth)


def manager(client: Client, **options: Any) -> TokenManager:
    return TokenManager(None, client.send, ManagerOptions(timeout=600, notify=lambda text: None, **options))


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


async def test_a_device(idp, client, monkeypatch):
    monkeypatch.setattr("bruscript.auth.oauth2.device._INTERVAL_S", 0.05)  # the server names no interval
    codes: list[str] = []

    before = count(idp)

    def visit(url: DeviceUrl) -> None:
        # The first times it asks, nobody has signed in yet.
        while count(idp) < before + 2:
            time.sleep(0.01)
        codes.append(url.user_code)
        consent(url)

    tokens = manager(client, authorize=visit)
    settings = block(
        idp,
        "device_code",
        clientId="tv",
        credentialsPlacement="body",
        deviceAuthorizationUrl=f"{idp}/device/auth",
        scope="openid offline_access",
        oauth2_additional_parameters_auth_req_queryparams=[
            {"name": "prompt", "value": "consent", "enabled": True}
        ],
    )
    authorization, response = await call(client, tokens, settings, f"{idp}/api")
    assert response.data == {"user": "ada", "client": "tv"}
    assert authorization.outcome == "fetched"
    assert len(codes) == 1
    assert tokens.variables()["$oauth2.credentials.refresh_token"]


async def test_a_device_that_the_user_refuses(idp, client, monkeypatch):
    monkeypatch.setattr("bruscript.auth.oauth2.device._INTERVAL_S", 0.05)
    settings = block(
        idp,
        "device_code",
        clientId="tv",
        credentialsPlacement="body",
        deviceAuthorizationUrl=f"{idp}/device/auth",
        scope="openid",
    )
    with pytest.raises(OAuth2Error, match="access_denied"):
        await manager(client, authorize=lambda url: consent(url, deny=True)).authorize(settings)


async def test_a_pushed_authorization_request(idp, client, monkeypatch):
    browse(monkeypatch)
    settings = native(idp, pushedAuthorizationUrl=f"{idp}/request") | {"clientId": "pusher"}
    _, response = await call(client, manager(client), settings, f"{idp}/api")
    assert response.data == {"user": "ada", "client": "pusher"}
    with pytest.raises(OAuth2Error, match="Pushed Authorization Request must be used"):
        await manager(client).authorize(settings | {"pushedAuthorizationUrl": ""})


async def test_proof_of_possession(idp, client, monkeypatch):
    browse(monkeypatch)
    tokens = manager(client)
    # The server asks for its nonce at the token endpoint and at its own resource, which takes proofs alone.
    settings = native(idp, dpop=True) | {"clientId": "prover"}
    _, response = await call(client, tokens, settings, f"{idp}/me")
    assert response.data == {"sub": "ada"}
    credentials = tokens.variables()
    assert credentials["$oauth2.credentials.token_type"] == "DPoP"
    stolen = {"Authorization": f"Bearer {credentials['$oauth2.credentials.access_token']}"}
    assert httpx.get(f"{idp}/me", headers=stolen).status_code == 401
    with pytest.raises(OAuth2Error, match="invalid_grant"):
        await manager(client).authorize(settings | {"dpop": False})


async def test_a_bound_token_is_pushed_for_and_refreshed_with_its_key(idp, client, monkeypatch):
    browse(monkeypatch)
    tokens = manager(client)
    settings = native(idp, dpop=True, autoRefreshToken=True, pushedAuthorizationUrl=f"{idp}/request")
    settings["clientId"] = "prover"
    access_tokens = set()
    for outcome in ("fetched", "refreshed"):
        authorization, response = await call(client, tokens, settings, f"{idp}/me")
        assert (response.data, authorization.outcome) == ({"sub": "ada"}, outcome)
        [(key, credentials)] = tokens.store.items()
        access_tokens.add(credentials["access_token"])
        tokens.store.save(key, {**credentials, "created_at": credentials["created_at"] - 3_600_000})
    assert len(access_tokens) == 2
    # A public client's refresh token is bound too (RFC 9449, section 5).
    tokens.store.save(key, {**credentials, "created_at": 0, "dpop_key": ProofKey().text})
    with pytest.raises(OAuth2Error, match="invalid_grant"):
        await tokens.authorize(settings | {"autoFetchToken": False})


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "EdDSA"])
async def test_an_assertion_by_other_keys(idp, client, algorithm):
    settings = block(
        idp,
        "client_credentials",
        clientId="signer",
        clientAuthentication="private_key_jwt",
        privateKey=pem(KEYS["EdDSA" if algorithm == "EdDSA" else "RS"]),
        signingAlgorithm=algorithm,
    )
    _, response = await call(client, manager(client), settings, f"{idp}/api")
    assert response.data == {"user": None, "client": "signer"}


async def test_a_request_that_is_pushed_with_an_assertion(idp, client):
    settings = native(idp, issuer=idp, clientAuthentication="private_key_jwt", privateKey=pem(KEY)) | {
        "clientId": "signer",
        "callbackUrl": "https://app.example/callback",
        "scope": "openid",
        "pushedAuthorizationUrl": f"{idp}/request",
    }
    _, response = await call(client, manager(client, authorize=consent), settings, f"{idp}/api")
    assert response.data == {"user": "ada", "client": "signer"}


async def test_an_assertion_by_key(idp, client):
    settings = block(
        idp,
        "client_credentials",
        issuer=idp,
        clientId="signer",
        clientAuthentication="private_key_jwt",
        privateKey=pem(KEY),
        privateKeyId="key-1",
    )
    _, response = await call(client, manager(client), settings, f"{idp}/api")
    assert response.data == {"user": None, "client": "signer"}
    other = pem(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(OAuth2Error, match="invalid_client"):
        await manager(client).authorize(settings | {"privateKey": other})


async def test_an_assertion_by_secret(idp, client):
    settings = block(
        idp,
        "client_credentials",
        clientId="sharer",
        clientSecret="a secret of the client that signs by HMAC",
        clientAuthentication="client_secret_jwt",
    )
    _, response = await call(client, manager(client), settings, f"{idp}/api")
    assert response.data == {"user": None, "client": "sharer"}


async def test_introspection_and_revocation(idp, client):
    tokens = manager(client)
    settings = machine(idp, issuer=idp)
    assert await tokens.introspect(settings) is None
    await tokens.authorize(settings)
    answer = await tokens.introspect(settings)
    assert answer is not None
    assert (answer["active"], answer["client_id"], answer["scope"]) == (True, "machine", "read")
    [(key, credentials)] = tokens.store.items()
    assert await tokens.revoke(settings) is True
    assert await tokens.revoke(settings) is False
    tokens.store.save(key, credentials)
    assert await tokens.introspect(settings) == {"active": False}


async def test_revocation_ends_the_refresh_token(idp, client):
    tokens = manager(client)
    secret = "legacy-secret-1"
    user = {"username": "ada", "password": "lovelace"}
    settings = block(
        idp,
        "password",
        clientId="legacy",
        clientSecret=secret,
        revocationUrl=f"{idp}/token/revocation",
        **user,
    )
    await tokens.authorize(settings)
    [(_, credentials)] = tokens.store.items()
    assert await tokens.revoke(settings) is True
    form = {"grant_type": "refresh_token", "refresh_token": credentials["refresh_token"]}
    answer = httpx.post(f"{idp}/token", data=form, auth=("legacy", secret))
    assert answer.json()["error"] == "invalid_grant"


def test_the_commands(idp, tmp_path, capsys):
    (tmp_path / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
    (tmp_path / "one.bru").write_text(
        f"""meta {{
  name: one
  type: http
}}

get {{
  url: {idp}/api
  auth: oauth2
}}

auth:oauth2 {{
  grant_type: client_credentials
  issuer: {idp}
  client_id: signer
  client_authentication: private_key_jwt
  private_key: @file(key.pem)
  private_key_id: key-1
  credentials_id: signer
}}
"""
    )
    (tmp_path / "key.pem").write_text(pem(KEY))
    store = str(tmp_path / "tokens.json")

    def auth(*arguments: str) -> str:
        assert main(["auth", *arguments, "--token-store", store]) == 0
        return capsys.readouterr().out

    assert auth("login", str(tmp_path)).startswith(f"signer: got a token from {idp}")
    token = auth("token", "signer").strip()
    bearer = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{idp}/api", headers=bearer).json()["client"] == "signer"
    said = auth("introspect", str(tmp_path))
    assert said.startswith("signer: active\n")
    assert "  client_id: signer\n" in said
    assert token not in said
    assert auth("logout", str(tmp_path)) == "signer: revoked and forgot the token\n"
    assert httpx.get(f"{idp}/api", headers=bearer).status_code == 401
    assert auth("list") == ""
