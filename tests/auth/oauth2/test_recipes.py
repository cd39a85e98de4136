"""The recipes of docs/oauth2.md get a token as they stand there, from a server in the provider's place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from apps.authorization_server import Server
from apps.bru_text import get_request
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import bruscript

GUIDE = (Path(__file__).parents[3] / "docs" / "oauth2.md").read_text("utf-8")
SECTION = GUIDE.split("\n## Recipes\n")[1].split("\n## ")[0]
RECIPES = [
    (provider, block)
    for provider, text in re.findall(r"^### (.+)\n((?:(?!^### ).*\n)+)", SECTION, re.MULTILINE)
    for block in re.findall(r"```bru\n(.*?)```", text, re.DOTALL)
]
KEY = rsa.generate_private_key(65537, 2048)
HOSTS = re.compile(
    r"https://(login\.microsoftonline\.com|oauth2\.googleapis\.com|accounts\.google\.com|github\.com|"
    r"cognito-idp\.\{\{region\}\}\.amazonaws\.com|\{\{auth0\}\}|\{\{okta\}\})"
)
VARIABLES = {
    "realm": "shop",
    "client": "the-client",
    "tenant": "tenant-1",
    "api": "orders-api",
    "audience": "https://api.test",
    "keyId": "key-1",
    "serviceAccount": "ci@project.test",
    "pool": "eu_pool",
}


def issuer_of(block: str) -> str:
    found = re.search(r"issuer: (\S+)", block)
    return re.sub(r"\{\{(\w+)\}\}", lambda name: VARIABLES[name[1]], found[1]) if found else ""


def test_every_provider_is_there() -> None:
    assert [provider for provider, _ in dict(RECIPES).items()] == [
        "Keycloak",
        "Microsoft Entra ID",
        "Auth0",
        "Okta",
        "Google",
        "GitHub",
        "Amazon Cognito",
    ]


@pytest.mark.parametrize(("provider", "block"), RECIPES, ids=[name for name, _ in RECIPES])
def test_a_recipe(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: str, block: str
) -> None:
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    secrets = {
        "CLIENT_SECRET": "a-secret-of-the-client",
        "CI_ID_TOKEN": "id-token-of-ci",
        "GOOGLE_KEY": pem,
        "CLIENT_KEY": pem,
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    # The provider's place, and a port that is free.
    block = HOSTS.sub(server.url, block.replace("{{keycloak}}", server.url)).replace(":8765/", ":0/")
    for path, place in (("/login/oauth/access_token", "/token"), ("/login/device/code", "/device")):
        block = block.replace(path, place)
    server.metadata = {
        "issuer": issuer_of(block),
        "token_endpoint": f"{server.url}/token",
        "authorization_endpoint": f"{server.url}/authorize",
    }
    server.device = {
        "device_code": "device-secret",
        "user_code": "ABCD-EFGH",
        "verification_uri": f"{server.url}/enter",
        "expires_in": 600,
        "interval": 0.05,
    }
    if provider == "GitHub":
        # It says so with status 200.
        server.error_status = 200
        server.errors = [{"error": "authorization_pending", "error_description": "not yet"}]
    (tmp_path / "bruno.json").write_text('{"version": "1", "name": "recipe", "type": "collection"}')
    (tmp_path / "collection.bru").write_text("auth {\n  mode: oauth2\n}\n\n" + block)
    (tmp_path / "call.bru").write_text(get_request(f"{server.url}/api", auth="inherit"))

    def visit(url: str) -> Any:
        answer = httpx.get(url)
        return answer.headers.get("location")

    result = bruscript.load(tmp_path).run(env_vars=VARIABLES, authorize=visit)
    assert result.ok, [item.error for item in result.results]
    assert result.results[0].response["data"] == {"scheme": "Bearer", "token": "token-1"}
    sent = server.forms[-1]
    if "client_secret:" in block:
        basic = server.basic[-1]
        secret = basic.password if "basic_auth_header" in block else sent["client_secret"]
        assert secret == secrets["CLIENT_SECRET"]
    if "audience: {{audience}}" in block:
        assert VARIABLES["audience"] in (
            sent.get("audience"),
            *(query.get("audience") for query in server.queries),
        )
    assert ("code_verifier" in sent) == ("pkce: true" in block)
    if "client_assertion: " in block:
        assert sent["client_assertion"] == "id-token-of-ci"
    if "assertion_claims" in block:
        claims = jwt.decode(sent["assertion"], KEY.public_key(), ["RS256"], audience=f"{server.url}/token")
        assert (claims["iss"], claims["scope"].rsplit("/", 1)[1]) == (
            "ci@project.test",
            "devstorage.read_only",
        )
        assert jwt.get_unverified_header(sent["assertion"])["kid"] == "key-1"
        assert "client_id" not in sent
    if "private_key_jwt" in block:
        claims = jwt.decode(
            sent["client_assertion"], KEY.public_key(), ["RS256"], audience=f"{server.url}/token"
        )
        assert claims["sub"] == VARIABLES["client"]
