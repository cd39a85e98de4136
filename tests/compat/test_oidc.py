"""OAuth 2.0 against oidc-provider, a certified OpenID server that knows nothing of bruscript."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from apps.bru_text import get_request, oauth2_block
from auth.oauth2.keys import KEYS, pem
from compat.oidc.consent import consent
from joserfc.jwk import ECKey, OKPKey, RSAKey

from bruscript.auth.oauth2 import Authorization, ManagerOptions, OAuth2Error, TokenManager
from bruscript.cli import main
from bruscript.http import Client, ClientConfig, OutgoingRequest, Response

pytestmark = pytest.mark.reference
HERE = Path(__file__).parent / "oidc"
PUBLIC_KEYS = json.dumps(
    {
        "keys": [
            kind.import_key(pem(KEYS[name])).as_dict(private=False)
            for kind, name in ((RSAKey, "RS"), (ECKey, "ES256"), (OKPKey, "EdDSA"))
        ]
    }
)


@pytest.fixture(scope="module")
def idp() -> Iterator[str]:
    home = subprocess.run([HERE / "install.sh"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    command = ["node", str(HERE / "server.mjs"), home, PUBLIC_KEYS]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    url = process.stdout.readline().strip()
    assert url.startswith("http://127.0.0.1:")
    yield url
    process.stdin.close()
    process.wait(10)


@pytest.fixture
def set_ahead(idp: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Sets both clocks, the server's and bruscript's, so many seconds ahead of the real time."""
    real = time.time

    def ahead(seconds: int) -> None:
        monkeypatch.setattr("time.time", lambda: real() + seconds)
        httpx.get(f"{idp}/ahead", params={"seconds": seconds}).raise_for_status()

    yield ahead
    ahead(0)


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


async def test_expiry_and_rotation_within_a_run(idp, client, monkeypatch, set_ahead):
    browse(monkeypatch)
    tokens = manager(client)
    settings = native(idp, autoRefreshToken=True)
    outcomes, sent, refresh_tokens = [], [], set()
    for seconds in (0, 3700, 7400):
        set_ahead(seconds)
        if sent:
            refused = httpx.get(f"{idp}/api", headers={"Authorization": sent[-1]})
            assert refused.status_code == 401
        authorization, response = await call(client, tokens, settings, f"{idp}/api")
        assert response.status == 200
        outcomes.append(authorization.outcome)
        sent.append(authorization.header[1])
        refresh_tokens.add(tokens.variables()["$oauth2.credentials.refresh_token"])
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


def tv(idp: str, **more: Any) -> dict[str, Any]:
    return block(
        idp,
        "device_code",
        clientId="tv",
        credentialsPlacement="body",
        scope="openid",
        deviceAuthorizationUrl=f"{idp}/device/auth",
        **more,
    )


async def test_a_device(idp, client, monkeypatch):
    # This server does not say how often it may be asked, so that it would be every five seconds.
    monkeypatch.setattr("bruscript.auth.oauth2.device._INTERVAL_S", 0.05)
    visited: list[tuple[str, str]] = []

    def visit(url: Any) -> None:
        # Not before the server has been asked, and has said that nobody has consented yet.
        while count(idp) < asked + 2:
            time.sleep(0.01)
        visited.append((url, url.user_code))
        consent(url)

    asked = count(idp)
    authorization, response = await call(client, manager(client, authorize=visit), tv(idp), f"{idp}/api")
    assert response.data == {"user": "ada", "client": "tv"}
    assert authorization.entry["tokenRequests"] >= 4
    [(url, user_code)] = visited
    assert url == f"{idp}/device?user_code={user_code}"


async def test_a_device_that_the_user_refuses(idp, client, monkeypatch):
    monkeypatch.setattr("bruscript.auth.oauth2.device._INTERVAL_S", 0.05)

    def refuse(url: str) -> None:
        consent(url, deny=True)

    with pytest.raises(OAuth2Error, match="access_denied: End-User aborted interaction"):
        await manager(client, authorize=refuse).authorize(tv(idp))


async def test_a_pushed_request(idp, client, monkeypatch):
    browse(monkeypatch)
    settings = native(idp) | {"clientId": "pusher"}
    with pytest.raises(OAuth2Error, match="Pushed Authorization Request must be used"):
        await manager(client).authorize(settings)
    pushed = settings | {"pushedAuthorizationUrl": f"{idp}/request"}
    _, response = await call(client, manager(client), pushed, f"{idp}/api")
    assert response.data == {"user": "ada", "client": "pusher"}


@pytest.mark.parametrize("algorithm", ["", "RS256", "PS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("addresses", ["urls", "issuer"])
async def test_a_client_that_signs(idp, client, algorithm, addresses):
    settings = block(
        idp,
        "client_credentials",
        clientId="signer",
        clientAuthentication="private_key_jwt",
        privateKey=pem(KEYS[{"": "EdDSA", "RS256": "RS", "PS256": "PS"}.get(algorithm, algorithm)]),
        signingAlgorithm=algorithm,
    )
    if addresses == "issuer":
        settings |= {"issuer": idp, "accessTokenUrl": "", "authorizationUrl": ""}
    _, response = await call(client, manager(client), settings, f"{idp}/api")
    assert response.data == {"user": None, "client": "signer"}
    with pytest.raises(OAuth2Error, match="401 Unauthorized: invalid_client"):
        await manager(client).authorize(settings | {"privateKey": pem(KEYS["ES384"]), "signingAlgorithm": ""})


@pytest.mark.parametrize("addresses", ["urls", "issuer"])
async def test_a_client_that_signs_what_it_pushes(idp, client, addresses):
    settings = native(idp, clientAuthentication="private_key_jwt", privateKey=pem(KEYS["ES256"])) | {
        "clientId": "signer",
        "callbackUrl": "http://127.0.0.1:7/callback",
        "pushedAuthorizationUrl": f"{idp}/request",
    }
    if addresses == "issuer":
        settings |= {"issuer": idp, "accessTokenUrl": "", "authorizationUrl": ""}
    _, response = await call(client, manager(client, authorize=consent), settings, f"{idp}/api")
    assert response.data == {"user": "ada", "client": "signer"}


@pytest.mark.parametrize("pushed", ["", "/request"])
async def test_a_token_that_is_bound_to_a_key(idp, client, monkeypatch, set_ahead, pushed):
    browse(monkeypatch)
    settings = native(idp, autoRefreshToken=True) | {"clientId": "bound"}
    if pushed:
        settings["pushedAuthorizationUrl"] = idp + pushed
    else:
        with pytest.raises(OAuth2Error, match="400 Bad Request: invalid_grant"):
            await manager(client).authorize(settings)
    # The server wants a nonce of its own in each proof, and checks that of /me against the token.
    tokens, settings = manager(client), settings | {"dpop": "true"}
    for seconds, outcome in ((0, "fetched"), (0, "reused"), (3700, "refreshed")):
        set_ahead(seconds)
        authorization, response = await call(client, tokens, settings, f"{idp}/me")
        assert (response.data, authorization.outcome) == ({"sub": "ada"}, outcome)
    scheme, _, token = authorization.header[1].partition(" ")
    assert scheme == "DPoP"
    assert httpx.get(f"{idp}/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401


@pytest.mark.parametrize("addresses", ["urls", "issuer"])
@pytest.mark.parametrize("who", ["machine", "signer", "legacy"])
def test_the_commands(idp, tmp_path, capsys, addresses, who):
    urls = {
        "access_token_url": f"{idp}/token",
        "introspection_url": f"{idp}/token/introspection",
        "revocation_url": f"{idp}/token/revocation",
    }
    (tmp_path / "key.pem").write_text(pem(KEYS["EdDSA"]))
    client = {
        "machine": {"grant_type": "client_credentials", "client_secret": "machine-secret-1"},
        "signer": {
            "grant_type": "client_credentials",
            "client_authentication": "private_key_jwt",
            "private_key": "@file(key.pem)",
        },
        "legacy": {
            "grant_type": "password",
            "client_secret": "legacy-secret-1",
            "username": "ada",
            "password": "lovelace",
        },
    }[who]
    keys = client | (urls if addresses == "urls" else {"issuer": idp})
    files = {
        "bruno.json": '{"version": "1", "name": "c", "type": "collection"}',
        "collection.bru": oauth2_block(client_id=who, credentials_placement="basic_auth_header", **keys),
        "r.bru": get_request(f"{idp}/api"),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    store = ["--token-store", str(tmp_path / "tokens.json")]

    def command(name: str, *arguments: str) -> str:
        assert main(["auth", name, *(arguments or [str(tmp_path)]), *store]) == 0
        return capsys.readouterr().out

    command("login")
    token = command("token", "credentials").strip()
    tokens = json.loads((tmp_path / "tokens.json").read_text())["tokens"]
    refresh_token = tokens[0]["credentials"].get("refresh_token")
    assert (refresh_token is not None) == (who == "legacy")
    assert command("introspect").startswith("credentials: active\n")
    assert command("logout") == "credentials: revoked and forgot the token\n"
    assert httpx.get(f"{idp}/api", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    if refresh_token:
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        answer = httpx.post(f"{idp}/token", data=fields, auth=(who, "legacy-secret-1"))
        assert answer.json()["error"] == "invalid_grant"
    assert command("introspect") == "credentials: there is no token\n"
