from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from apps.authorization_server import Server
from apps.provider import Provider, running_provider
from apps.serving import serve_wsgi

import bruscript
from bruscript.auth.oauth2 import Authorization, ManagerOptions, TokenManager, TokenStore
from bruscript.http import Client, ClientConfig, OutgoingRequest, Response
from bruscript.masking import Mask


@dataclass
class Setup:
    """A manager with a real client, and what it told of secrets and of messages."""

    client: Client
    manager: TokenManager
    secrets: set[str] = field(default_factory=set)
    messages: list[str] = field(default_factory=list)

    async def call(
        self, block: dict[str, Any], url: str, method: str = "GET", body: bytes | None = None
    ) -> tuple[Authorization | None, Response]:
        """Authorise and send one request."""
        authorization = await self.manager.authorize(block)
        request = OutgoingRequest(method, url, body=body)
        return authorization, await self.client.send(request, authorization.auth if authorization else None)


class Recorder(Mask):
    """A mask that says what it has learnt."""

    def __init__(self, learnt: set[str]) -> None:
        super().__init__()
        self.learnt = learnt

    def learn(self, value: object, source: str, *, transient: bool = False) -> None:
        """Note it too."""
        super().learn(value, source, transient=transient)
        if isinstance(value, str):
            self.learnt.add(value)


@pytest.fixture
def server() -> Iterator[Server]:
    authorization_server = Server()
    with serve_wsgi(authorization_server.app) as url:
        authorization_server.url = url
        yield authorization_server


@pytest.fixture
def settings(server: Server) -> Callable[..., dict[str, Any]]:
    """The JSON of a block for the server."""

    def make(grant: str = "client_credentials", **changes: Any) -> dict[str, Any]:
        return {
            "grantType": grant,
            "accessTokenUrl": f"{server.url}/token",
            "clientId": "client",
            "clientSecret": "a-client-secret-of-32-characters",
            "credentialsId": "id",
            "tokenHeaderPrefix": "Bearer",
            "autoRefreshToken": True,
            **changes,
        }

    return make


@pytest.fixture
def idp() -> Iterator[Provider]:
    with running_provider() as (provider, url):
        provider.url = url
        yield provider


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets BROWSER to a command; only that is tried."""

    def use(command: str) -> None:
        monkeypatch.setenv("BROWSER", command)
        monkeypatch.setattr("webbrowser._tryorder", None)
        monkeypatch.setattr("webbrowser._browsers", {})
        monkeypatch.setattr("shutil.which", lambda *_, **__: None)

    return use


@pytest.fixture
async def setup() -> AsyncIterator[Callable[..., Setup]]:
    clients: list[Client] = []

    def make(store: TokenStore | None = None, **options: Any) -> Setup:
        client = Client(ClientConfig())
        clients.append(client)
        made = Setup(client, TokenManager())
        made.manager = TokenManager(
            store,
            client.send,
            ManagerOptions(mask=Recorder(made.secrets), notify=made.messages.append, **options),
        )
        return made

    yield make
    for client in clients:
        await client.aclose()


@pytest.fixture
def block(idp: Provider) -> Callable[..., dict[str, Any]]:
    """The JSON of an auth:oauth2 block for the provider, as the parser gives it."""

    def make(grant: str = "client_credentials", **changes: Any) -> dict[str, Any]:
        url: str = idp.url
        shared = {
            "grantType": grant,
            "scope": "read",
            "credentialsId": "id",
            "credentialsPlacement": "body",
            "tokenSource": "access_token",
            "tokenPlacement": "header",
            "tokenHeaderPrefix": "Bearer",
            "tokenQueryKey": "access_token",
            "autoFetchToken": True,
            "autoRefreshToken": False,
            "accessTokenUrl": f"{url}/token",
            "refreshTokenUrl": "",
        }
        machine = {"clientId": "machine", "clientSecret": "m/s+cr et:ü"}
        own: dict[str, dict[str, Any]] = {
            "client_credentials": machine,
            "password": {**machine, "username": "ada", "password": "love&lace 1"},
            "authorization_code": {
                "clientId": "public",
                "clientSecret": "",
                "pkce": True,
                "authorizationUrl": f"{url}/authorize",
                "callbackUrl": "http://127.0.0.1:0/callback",
                "state": "",
            },
            "implicit": {
                "clientId": "public",
                "authorizationUrl": f"{url}/authorize",
                "callbackUrl": "http://127.0.0.1:0/callback",
                "state": "",
            },
        }
        return {**shared, **own[grant], **changes}

    return make


@pytest.fixture
def collection(tmp_path: Path) -> Callable[[dict[str, str]], bruscript.Collection]:
    """Writes files into a collection, and loads it."""

    def make(files: dict[str, str]) -> bruscript.Collection:
        root = tmp_path / "collection"
        root.mkdir(exist_ok=True)
        (root / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return bruscript.load(root)

    return make
