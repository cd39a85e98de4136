"""OAuth 2.0 against django-oauth-toolkit, in a Django site with its own sign-in and consent pages."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from apps.daemons import speaking
from apps.django_oauth import NATIVE, PAGE, SPIKY
from apps.django_oauth_user import User

from bruscript.auth.oauth2 import ManagerOptions, OAuth2Error, TokenManager, open_store
from bruscript.auth.oauth2.device import DeviceUrl
from bruscript.cli import main
from bruscript.http import Client, ClientConfig, OutgoingRequest, Response

pytestmark = pytest.mark.servers
APPS = Path(__file__).parents[1] / "apps"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("django")
    command = [sys.executable, str(APPS / "django_oauth.py"), str(folder)]
    with speaking(command, folder / "log") as url:
        yield url


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    client = Client(ClientConfig())
    yield client
    await client.aclose()


def block(site: str, grant: str, client_id: str, **more: Any) -> dict[str, Any]:
    return {
        "grantType": grant,
        "accessTokenUrl": f"{site}/o/token/",
        "authorizationUrl": f"{site}/o/authorize/",
        "clientId": client_id,
        "credentialsId": client_id,
        "credentialsPlacement": "body",
        "tokenHeaderPrefix": "Bearer",
        **more,
    }


def native(site: str, **more: Any) -> dict[str, Any]:
    return block(
        site,
        "authorization_code",
        "native",
        **{"callbackUrl": NATIVE, "scope": "read", "pkce": True, "autoRefreshToken": True, **more},
    )


def manager(client: Client, **options: Any) -> TokenManager:
    return TokenManager(None, client.send, ManagerOptions(timeout=600, notify=lambda text: None, **options))


async def call(client: Client, tokens: TokenManager, settings: dict[str, Any], site: str) -> Response:
    authorization = await tokens.authorize(settings)
    auth = authorization.auth if authorization else None
    return await client.send(OutgoingRequest("GET", f"{site}/api"), auth)


@pytest.mark.parametrize("placement", ["basic_auth_header", "body"])
@pytest.mark.parametrize(("client_id", "secret"), [("machine", "machine-secret"), ("spiky", SPIKY)])
async def test_client_credentials(site, client, placement, client_id, secret):
    settings = block(
        site,
        "client_credentials",
        client_id,
        clientSecret=secret,
        scope="read write",
        credentialsPlacement=placement,
    )
    response = await call(client, manager(client), settings, site)
    assert response.data == {"user": None, "client": client_id, "scope": "read write"}


async def test_the_token_in_the_query(site, client):
    settings = block(
        site, "client_credentials", "machine", clientSecret="machine-secret", tokenPlacement="url"
    )
    response = await call(client, manager(client), settings, site)
    assert response.data == {"user": None, "client": "machine", "scope": "read"}


async def test_password(site, client):
    settings = block(
        site, "password", "legacy", clientSecret="legacy-secret", username="ada", password="lovelace"
    )
    response = await call(client, manager(client), settings, site)
    assert response.data == {"user": "ada", "client": "legacy", "scope": "read"}
    with pytest.raises(OAuth2Error, match="400 Bad Request: invalid_grant: Invalid credentials given"):
        await manager(client).authorize({**settings, "password": "wrong"})


async def test_authorization_code_with_pkce(site, client):
    user = User()
    response = await call(client, manager(client, authorize=user), native(site), site)
    assert response.data == {"user": "ada", "client": "native", "scope": "read"}
    assert user.visited == ["/login/", "/o/authorize/"]


async def test_authorization_code_of_an_issuer_with_a_secret_and_an_id_token(site, client):
    settings = block(
        "",
        "authorization_code",
        "web",
        accessTokenUrl="",
        authorizationUrl="",
        issuer=f"{site}/o",
        clientSecret="web-secret",
        credentialsPlacement="basic_auth_header",
        callbackUrl=PAGE,
        scope="openid read",
        pkce=True,
    )
    tokens = manager(client, authorize=User())
    response = await call(client, tokens, settings, site)
    assert response.data == {"user": "ada", "client": "web", "scope": "openid read"}
    assert tokens.variables()["$oauth2.web.id_token"].count(".") == 2


async def test_a_browser_and_a_free_port(site, client, monkeypatch):
    monkeypatch.setenv("BROWSER", f"{sys.executable} {APPS / 'django_oauth_user.py'} %s")
    monkeypatch.setattr("webbrowser._tryorder", None)
    settings = native(site, callbackUrl="http://127.0.0.1:0/callback")
    response = await call(client, manager(client), settings, site)
    assert response.data == {"user": "ada", "client": "native", "scope": "read"}


async def test_without_pkce_or_consent_it_refuses(site, client):
    with pytest.raises(OAuth2Error, match="invalid_request: Code challenge required"):
        await manager(client, authorize=User()).authorize(native(site, pkce=False))
    with pytest.raises(OAuth2Error, match="/o/authorize/ refused the authorization: access_denied"):
        await manager(client, authorize=User(deny=True)).authorize(native(site))


async def test_implicit(site, client):
    settings = block(site, "implicit", "page", callbackUrl=PAGE, scope="openid read")
    response = await call(client, manager(client, authorize=User()), settings, site)
    assert response.data == {"user": "ada", "client": "page", "scope": "openid read"}
    tokens = manager(client, authorize=User())
    authorization = await tokens.authorize({**settings, "tokenSource": "id_token"})
    assert authorization is not None
    assert authorization.header is not None
    assert authorization.header[1].count(".") == 2


async def test_refresh_with_rotation(site, client, tmp_path):
    store = open_store(tmp_path / "tokens.json")
    user, seen = User(), set()
    for outcome in ("fetched", "refreshed", "refreshed"):
        tokens = TokenManager(store, client.send, ManagerOptions(timeout=600, authorize=user))
        authorization = await tokens.authorize(native(site))
        assert authorization.outcome == outcome
        assert (await client.send(OutgoingRequest("GET", f"{site}/api"), authorization.auth)).status == 200
        [(key, kept)] = store.items()
        seen.add(kept["refresh_token"])
        store.save(key, {**kept, "created_at": 1000})
    assert len(seen) == 3
    assert len(user.visited) == 2


async def test_a_revoked_sign_in_cannot_be_refreshed(site, client, tmp_path):
    store = open_store(tmp_path / "tokens.json")
    tokens = TokenManager(store, client.send, ManagerOptions(timeout=600, authorize=User()))
    settings = native(site, revocationUrl=f"{site}/o/revoke_token/")
    await tokens.authorize(settings)
    [(_, kept)] = store.items()
    assert set((await tokens.revoke(settings) or {}).values()) == {True}
    assert list(store.items()) == []
    form = {"grant_type": "refresh_token", "refresh_token": kept["refresh_token"], "client_id": "native"}
    answer = httpx.post(f"{site}/o/token/", data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    bearer = {"Authorization": f"Bearer {kept['access_token']}"}
    assert httpx.get(f"{site}/api", headers=bearer).status_code == 403


async def test_device_code(site, client):
    settings = block(
        site, "device_code", "tv", scope="read", deviceAuthorizationUrl=f"{site}/o/device-authorization/"
    )
    asked: list[str] = []

    def visit(url: DeviceUrl) -> str:
        asked.append(url.user_code)
        return User()(url)

    response = await call(client, manager(client, authorize=visit), settings, site)
    assert response.data == {"user": "ada", "client": "tv", "scope": "read"}
    assert len(asked[0]) == 8
    with pytest.raises(OAuth2Error, match="400 Bad Request: access_denied"):
        await manager(client, authorize=User(deny=True)).authorize(settings)


async def test_fifty_at_once(site, client):
    tokens = manager(client)
    settings = block(site, "client_credentials", "machine", clientSecret="machine-secret")
    results = await asyncio.gather(*[tokens.authorize(settings) for _ in range(50)])
    assert len({result.header for result in results}) == 1


async def test_the_servers_words(site, client):
    settings = block(site, "client_credentials", "machine", clientSecret="machine-secret")
    for wrong, words in [
        ({"clientSecret": "not-it"}, "401 Unauthorized: invalid_client"),
        ({"clientSecret": "not-it", "credentialsPlacement": "basic_auth_header"}, "invalid_client"),
        ({"scope": "everything"}, "400 Bad Request: invalid_scope"),
        ({"accessTokenUrl": f"{site}/o/token"}, "/o/token answered 404 Not Found"),
        ({"grantType": "password", "username": "ada", "password": "lovelace"}, "unauthorized_client"),
    ]:
        with pytest.raises(OAuth2Error, match=words) as caught:
            await manager(client).authorize({**settings, **wrong})
        assert "not-it" not in str(caught.value)


def collection(folder: Path, site: str, *keys: str) -> str:
    """One request, with the client credentials of `machine`."""
    folder.mkdir()
    lines = [
        "grant_type: client_credentials",
        "client_id: machine",
        "client_secret: {{process.env.MACHINE_SECRET}}",
        "scope: read introspection",
        "credentials_placement: basic_auth_header",
        "credentials_id: machine",
        "token_header_prefix: Bearer",
        *keys,
    ]
    (folder / "bruno.json").write_text(json.dumps({"version": "1", "name": "site", "type": "collection"}))
    oauth2 = "".join(f"  {line}\n" for line in lines)
    (folder / "collection.bru").write_text(f"auth {{\n  mode: oauth2\n}}\n\nauth:oauth2 {{\n{oauth2}}}\n")
    (folder / "api.bru").write_text(
        "meta {\n  name: api\n  type: http\n  seq: 1\n}\n\n"
        f"get {{\n  url: {site}/api\n  body: none\n  auth: inherit\n}}\n\n"
        "assert {\n  res.status: eq 200\n  res.body.client: eq machine\n}\n"
    )
    return str(folder)


@pytest.mark.parametrize("discovers", [False, True])
def test_login_run_introspect_and_logout(site, tmp_path, monkeypatch, capsys, discovers):
    monkeypatch.setenv("MACHINE_SECRET", "machine-secret")
    urls = (
        f"access_token_url: {site}/o/token/",
        f"revocation_url: {site}/o/revoke_token/",
        f"introspection_url: {site}/o/introspect/",
    )
    shop = collection(tmp_path / "shop", site, *([f"issuer: {site}/o"] if discovers else urls))
    store = tmp_path / "tokens.json"
    kept = ["--token-store", str(store)]
    assert main(["auth", "login", shop, *kept]) == 0
    [(_, credentials)] = open_store(store).items()
    token = credentials["access_token"]
    assert main(["run", shop, *kept]) == 0
    capsys.readouterr()

    assert main(["auth", "introspect", shop, *kept]) == 0
    out = capsys.readouterr().out
    assert out.startswith("machine: active\n")
    assert "  scope: read introspection\n  exp: " in out
    assert "  client_id: machine\n" in out
    bearer = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{site}/api", headers=bearer).status_code == 200

    assert main(["auth", "logout", shop, *kept]) == 0
    assert capsys.readouterr().out == "machine: revoked and forgot the token\n"
    assert httpx.get(f"{site}/api", headers=bearer).status_code == 403
    assert list(open_store(store).items()) == []


def test_a_wrong_secret_on_the_command_line(site, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MACHINE_SECRET", "not-the-secret")
    shop = collection(tmp_path / "shop", site, f"access_token_url: {site}/o/token/")
    assert main(["run", shop]) == 1
    captured = capsys.readouterr()
    text = captured.out + captured.err
    assert f"OAuth 2.0: POST {site}/o/token/ answered 401 Unauthorized: invalid_client" in text
    assert "not-the-secret" not in text
