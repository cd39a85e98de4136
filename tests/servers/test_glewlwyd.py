"""OAuth 2.0 against glewlwyd, an authorization server of Debian's."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from apps.daemons import free_port, running

from bruscript.auth.oauth2 import ManagerOptions, OAuth2Error, TokenManager
from bruscript.http import Client, ClientConfig

pytestmark = pytest.mark.servers
SCHEMA = Path("/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3")
CALLBACK = "http://127.0.0.1:7/callback"
GRANTS = ["code", "token", "password", "client_credentials", "refresh_token", "delete_token"]
SECRET = "machine-secret-1"


@pytest.fixture(scope="module")
def api(tmp_path_factory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("glewlwyd")
    with sqlite3.connect(folder / "db") as database:
        database.executescript(SCHEMA.read_text())
    database.close()
    port = free_port()
    (folder / "conf").write_text(f"""
        port={port} bind_address="127.0.0.1" external_url="http://127.0.0.1:{port}" login_url="login.html"
        api_prefix="api" log_mode="console" log_level="ERROR" cookie_secure=0 cookie_domain=""
        session_expiration=3600 session_key="SESSION" admin_scope="g_admin" profile_scope="g_profile"
        user_module_path="/usr/lib/glewlwyd/user" client_module_path="/usr/lib/glewlwyd/client"
        user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme" plugin_module_path="/usr/lib/glewlwyd/plugin"
        hash_algorithm="SHA512" database = {{ type = "sqlite3" path = "{folder}/db" }};
    """)
    with running(["/usr/bin/glewlwyd", f"--config-file={folder}/conf"], port):
        url = f"http://127.0.0.1:{port}/api"
        populate(url)
        yield url


def signed_in(api: str, name: str, password: str) -> httpx.Client:
    """A client in which a user has signed in; the server's cookie names no domain that clients know."""
    cookie = httpx.post(f"{api}/auth/", json={"username": name, "password": password}).headers["set-cookie"]
    return httpx.Client(base_url=api, headers={"Cookie": cookie.split(";")[0]})


def populate(api: str) -> None:
    """Make the scope, the user, the client and the endpoints at /oauth."""
    with signed_in(api, "admin", "password") as admin:
        scope = {"name": "read", "password_required": True, "password_max_age": 0, "scheme": {}}
        user = {"username": "ada", "password": "lovelace", "scope": ["read", "g_profile"], "enabled": True}
        client = {
            "client_id": "machine",
            "name": "machine",
            "confidential": True,
            "enabled": True,
            "password": SECRET,
            "client_secret": SECRET,
            "scope": ["read"],
            "redirect_uri": [CALLBACK],
            "authorization_type": GRANTS,
        }
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
        plugin = {"module": "oauth2-glewlwyd", "name": "oauth", "display_name": "oauth", "enabled": True}
        for path, data in (
            ("/scope/", scope),
            ("/user/?source=database", user),
            ("/client/?source=database", client),
            ("/mod/plugin/", {**plugin, "order_rank": 0, "parameters": parameters}),
        ):
            response = admin.post(path, json=data)
            assert response.status_code == 200, response.text


@pytest.fixture
async def tokens(api: str) -> AsyncIterator[TokenManager]:
    def consent(url: str) -> str:
        with signed_in(api, "ada", "lovelace") as ada:
            assert ada.put("/auth/grant/machine", json={"scope": "read"}).status_code == 200
            # `g_continue` is what its page of consent adds.
            return ada.get(f"{url}&g_continue").headers["location"]

    client = Client(ClientConfig())
    yield TokenManager(None, client.send, ManagerOptions(timeout=600, authorize=consent))
    await client.aclose()


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
    assert await tokens.revoke(settings) is True
    tokens.store.save(key, credentials)
    assert await tokens.introspect(settings) == {"active": False}


async def test_a_wrong_password(tokens, block):
    with pytest.raises(OAuth2Error, match=r"/token/ answered 40[013]"):
        await tokens.authorize(block("password", password="wrong"))
