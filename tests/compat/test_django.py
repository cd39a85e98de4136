"""OAuth 2.0 against django-oauth-toolkit in a Django server, by the library and by the command."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from bruscript.auth.oauth2 import ManagerOptions, OAuth2Error, TokenManager
from bruscript.cli import main
from bruscript.http import Client, ClientConfig, OutgoingRequest

pytestmark = pytest.mark.servers
HERE = Path(__file__).parent
SERVICE = {"clientId": "service", "clientSecret": "service-secret-1", "scope": "read introspection"}
LEGACY = {"clientId": "legacy", "clientSecret": "legacy-secret-1", "username": "ada", "password": "lovelace"}
CALLBACK = "http://127.0.0.1:7/callback"


@pytest.fixture(scope="module")
def idp() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, str(HERE / "django_server.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    url = process.stdout.readline().strip()
    assert url.startswith("http://127.0.0.1:")
    yield url
    process.stdin.close()
    process.wait(30)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    client = Client(ClientConfig())
    yield client
    await client.aclose()


@pytest.fixture
def tokens(client: Client) -> TokenManager:
    return TokenManager(None, client.send, ManagerOptions(timeout=600, authorize=consent))


@pytest.fixture
def block(idp: str) -> Callable[..., dict[str, Any]]:
    def make(grant: str, **more: Any) -> dict[str, Any]:
        return {
            "grantType": grant,
            "accessTokenUrl": f"{idp}/o/token/",
            "authorizationUrl": f"{idp}/o/authorize/",
            "revocationUrl": f"{idp}/o/revoke_token/",
            "introspectionUrl": f"{idp}/o/introspect/",
            "tokenHeaderPrefix": "Bearer",
            "callbackUrl": CALLBACK,
            **more,
        }

    return make


@contextmanager
def browser(url: str) -> Iterator[httpx.Client]:
    """A browser in which ada has signed in."""
    with httpx.Client() as opened:
        assert opened.get(urljoin(url, "/login?name=ada&password=lovelace")).text == "signed in"
        yield opened


def submit(page: httpx.Response, opened: httpx.Client, **more: str) -> httpx.Response:
    """Send the form of a page, with the fields that are hidden in it."""
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)"[^>]* value="([^"]*)"', page.text))
    return opened.post(str(page.url), data=fields | more, headers={"Referer": str(page.url)})


def consent(url: str, allow: str = "Authorize") -> str:
    """Ada's consent; where the server sends her then."""
    with browser(url) as opened:
        page = opened.get(url)
        if not page.is_redirect:
            page = submit(page, opened, **({"allow": allow} if allow else {}))
        return page.headers["location"]


async def ask(client: Client, tokens: TokenManager, settings: dict[str, Any], idp: str) -> Any:
    authorization = await tokens.authorize(settings)
    assert authorization
    return (await client.send(OutgoingRequest("GET", f"{idp}/api"), authorization.auth)).data


@pytest.mark.parametrize("placement", ["basic_auth_header", "body"])
async def test_client_credentials(idp, client, tokens, block, placement):
    settings = block("client_credentials", credentialsPlacement=placement, **SERVICE)
    said = await ask(client, tokens, settings, idp)
    assert said == {"user": None, "client": "service", "scope": "read introspection"}


async def test_password_and_rotation(idp, client, tokens, block):
    settings = block("password", **LEGACY, scope="read", autoRefreshToken=True)
    assert (await ask(client, tokens, settings, idp))["user"] == "ada"
    kept = []
    for _ in range(2):
        [(key, credentials)] = tokens.store.items()
        kept.append(credentials["refresh_token"])
        tokens.store.save(key, {**credentials, "created_at": credentials["created_at"] - 36_000_000})
        authorization = await tokens.authorize(settings)
        assert authorization
        assert authorization.outcome == "refreshed"
        assert (await ask(client, tokens, settings, idp))["user"] == "ada"
    assert len({*kept, tokens.variables()["$oauth2.credentials.refresh_token"]}) == 3
    with pytest.raises(OAuth2Error, match="400 Bad Request: invalid_grant"):
        await tokens.authorize({**settings, "password": "wrong", "credentialsId": "wrong"})


@pytest.mark.parametrize(
    "who",
    [{"clientId": "native"}, {"clientId": "web", "clientSecret": "web+secret/1%"}],
    ids=["native", "web"],
)
@pytest.mark.parametrize("placement", ["basic_auth_header", "body"])
async def test_authorization_code(idp, client, tokens, block, who, placement):
    settings = block("authorization_code", pkce=True, scope="read", credentialsPlacement=placement, **who)
    said = await ask(client, tokens, settings, idp)
    assert said == {"user": "ada", "client": who["clientId"], "scope": "read"}


async def test_the_server_wants_a_proof_of_the_code(tokens, block):
    settings = block("authorization_code", clientId="native", scope="read")
    with pytest.raises(OAuth2Error, match="invalid_request: Code challenge required"):
        await tokens.authorize(settings)


async def test_a_refusal_of_the_user(client, block):
    options = ManagerOptions(timeout=600, authorize=lambda url: consent(url, allow=""))
    settings = block("authorization_code", clientId="native", pkce=True, scope="read")
    with pytest.raises(OAuth2Error, match="access_denied"):
        await TokenManager(None, client.send, options).authorize(settings)


async def test_implicit(idp, client, tokens, block):
    said = await ask(client, tokens, block("implicit", clientId="page", scope="read"), idp)
    assert said == {"user": "ada", "client": "page", "scope": "read"}


async def test_introspection_and_revocation(client, tokens, block, idp):
    settings = block("client_credentials", **SERVICE)
    await tokens.authorize(settings)
    said = await tokens.introspect(settings)
    assert said
    assert (said["active"], said["client_id"], said["scope"]) == (True, "service", "read introspection")
    [(key, credentials)] = tokens.store.items()
    assert await tokens.revoke(settings) is True
    tokens.store.save(key, credentials)
    assert await ask(client, tokens, settings, idp) == {"error": "invalid_token"}


async def test_the_server_s_words(tokens, block):
    with pytest.raises(OAuth2Error, match="401 Unauthorized: invalid_client"):
        await tokens.authorize(block("client_credentials", **{**SERVICE, "clientSecret": "wrong"}))
    with pytest.raises(OAuth2Error, match="400 Bad Request: invalid_scope"):
        await tokens.authorize(block("client_credentials", **{**SERVICE, "scope": "everything"}))
    with pytest.raises(OAuth2Error, match="400 Bad Request: unauthorized_client"):
        await tokens.authorize(block("client_credentials", **{**LEGACY, "scope": "read"}))


def test_the_command(idp, tmp_path, capsys):
    (tmp_path / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
    (tmp_path / "collection.bru").write_text(f"""auth {{
  mode: oauth2
}}

auth:oauth2 {{
  grant_type: password
  access_token_url: {idp}/o/token/
  revocation_url: {idp}/o/revoke_token/
  username: ada
  password: lovelace
  client_id: legacy
  client_secret: legacy-secret-1
  scope: read
  credentials_placement: basic_auth_header
  credentials_id: ada
  token_header_prefix: Bearer
}}
""")
    for name in ("one", "two"):
        (tmp_path / f"{name}.bru").write_text(f"""meta {{
  name: {name}
  type: http
}}

get {{
  url: {idp}/api
  auth: inherit
}}

assert {{
  res.status: eq 200
  res.body.user: eq ada
}}
""")
    store = ["--token-store", str(tmp_path / "tokens.json")]
    assert main(["run", str(tmp_path), *store]) == 0
    assert main(["auth", "token", "ada", *store]) == 0
    token = capsys.readouterr().out.splitlines()[-1]
    bearer = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{idp}/api", headers=bearer).json()["client"] == "legacy"
    assert main(["auth", "logout", str(tmp_path), *store]) == 0
    assert capsys.readouterr().out == "ada: revoked and forgot the token\n"
    assert httpx.get(f"{idp}/api", headers=bearer).status_code == 401
