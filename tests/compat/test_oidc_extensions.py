"""What bruscript adds to Bruno's OAuth 2.0, against oidc-provider."""

from __future__ import annotations

import time

import httpx
import pytest
from auth.oauth2.keys import KEYS, pem
from compat.oidc.consent import consent
from compat.oidc.peer import KEY, block, browse, call, count, machine, manager, native
from cryptography.hazmat.primitives.asymmetric import ec

from bruscript.auth.oauth2 import OAuth2Error
from bruscript.auth.oauth2.device import DeviceUrl
from bruscript.auth.oauth2.proof_key import ProofKey
from bruscript.cli import main

pytestmark = pytest.mark.reference


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
    assert set((await tokens.revoke(settings) or {}).values()) == {True}
    assert await tokens.revoke(settings) is None
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
    assert set((await tokens.revoke(settings) or {}).values()) == {True}
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
