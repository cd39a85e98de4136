"""Devices, pushed requests, bound tokens and assertions against the OpenID plugin of glewlwyd."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from apps.bru_text import get_request, oauth2_block
from apps.glewlwyd import CALLBACK, administer, client, consent, plugin, running_glewlwyd
from auth.oauth2.keys import KEYS, pem
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey, OKPKey, RSAKey

import bruscript
from bruscript.auth.oauth2.device import DeviceUrl
from bruscript.cli import main

pytestmark = pytest.mark.servers
GRANTS = ["code", "client_credentials", "refresh_token", "delete_token", "device_authorization"]
SHARED = "a secret of the client that signs by HMAC"
SERVER_KEY = rsa.generate_private_key(65537, 2048)
PUBLIC_KEYS = [
    kind.import_key(KEYS[name].public_key()).as_dict(private=False, use="sig", alg=algorithm, kid=algorithm)
    for kind, name, algorithm in (
        (RSAKey, "RS", "RS256"),
        (RSAKey, "PS", "PS256"),
        (ECKey, "ES256", "ES256"),
        (OKPKey, "EdDSA", "EdDSA"),
    )
]
# The token goes to a resource of the server, which answers for its user, and to the one that explains tokens.
USER = get_request(
    "{{idp}}/userinfo", 1, "assert {\n  res.status: eq 200\n  res.body.sub: isString\n}\n", name="user"
)
TOKEN = """meta {
  name: token
  type: http
  seq: 1
}

post {
  url: {{idp}}/introspect
  body: formUrlEncoded
  auth: inherit
}

body:form-urlencoded {
  token: {{$oauth2.it.access_token}}
}

assert {
  res.status: eq 200
  res.body.active: eq true
  res.body.scope: contains read
}
"""


@dataclass
class Server:
    """The server's API, and its database."""

    api: str
    database: Path

    def last_check(self) -> int:
        """When the newest device asked for its token, or for its code, if that was later."""
        query = "select gpoda_last_check from gpo_device_authorization order by gpoda_id desc limit 1"
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            [(answer,)] = database.execute(query)
            return int(answer)


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    public = SERVER_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    folder = tmp_path_factory.mktemp("glewlwyd")
    with running_glewlwyd(folder) as api:

        def openid(name: str, **more: Any) -> tuple[str, dict[str, Any]]:
            parameters = {
                "iss": f"{api}/{name}",
                "oauth-as-iss-id": True,
                "jwt-type": "rsa",
                "jwt-key-size": "256",
                "key": pem(SERVER_KEY),
                "cert": public,
                "access-token-duration": 3600,
                "refresh-token-duration": 36000,
                "code-duration": 600,
                "allow-non-oidc": True,
                **{f"auth-type-{kind}-enabled": True for kind in ("code", "client", "device", "refresh")},
                "scope": [],
                "pkce-allowed": True,
                "introspection-revocation-allowed": True,
                "introspection-revocation-allow-target-client": True,
                "introspection-revocation-auth-scope": ["read"],
                "client-jwks-parameter": "jwks",
                "request-parameter-allow": True,
                "request-maximum-exp": 3600,
                "device-authorization-expiration": 600,
                "device-authorization-interval": 1,
                "oauth-dpop-allowed": True,
                "oauth-dpop-iat-duration": 600,
                "oauth-dpop-iat-gap-duration": 600,
                "oauth-dpop-nonce-counter": 10,
                "oauth-par-allowed": True,
                "oauth-par-duration": 600,
                "oauth-par-request_uri-prefix": "urn:ietf:params:oauth:request_uri:",
                **more,
            }
            return plugin("oidc", name, parameters)

        administer(
            api,
            client("tv", GRANTS, confidential=False, token_endpoint_auth_method=["none"]),
            client("sharer", GRANTS, client_secret=SHARED, token_endpoint_auth_method=["client_secret_jwt"]),
            client(
                "signer", GRANTS, jwks={"keys": PUBLIC_KEYS}, token_endpoint_auth_method=["private_key_jwt"]
            ),
            openid("nonces", **{"oauth-dpop-nonce-mandatory": True}),
            openid("pushed", **{"oauth-par-required": True}),
        )
        yield Server(api, folder / "db")


@pytest.fixture
def make(server, tmp_path) -> Callable[..., Path]:
    """Write a collection for a client at one of the server's plugins."""

    def write(at: str, name: str, request: str = USER, **keys: str) -> Path:
        block = {"issuer": "{{idp}}", "client_id": "{{client}}", "credentials_id": "it", **keys}
        (tmp_path / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
        (tmp_path / "collection.bru").write_text(oauth2_block(**block))
        (tmp_path / "request.bru").write_text(request)
        (tmp_path / "environments").mkdir(exist_ok=True)
        (tmp_path / "environments" / "here.bru").write_text(
            f"vars {{\n  idp: {server.api}/{at}\n  client: {name}\n}}\n"
        )
        return tmp_path

    return write


def user_keys(**more: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "callback_url": CALLBACK,
        "scope": "openid read",
        "pkce": "true",
        **more,
    }


def sharer_keys(algorithm: str = "") -> dict[str, str]:
    return {
        "client_secret": SHARED,
        "client_authentication": "client_secret_jwt",
        "signing_algorithm": algorithm,
    }


def signer_keys(algorithm: str = "RS256") -> dict[str, str]:
    key = KEYS["EdDSA" if algorithm == "EdDSA" else algorithm if algorithm == "ES256" else "RS"]
    return {
        "client_authentication": "private_key_jwt",
        "private_key": pem(key).replace("\n", "\\n"),
        "private_key_id": algorithm,
        "signing_algorithm": algorithm,
    }


def run(server: Server, folder: Path, name: str = "", **options: Any) -> dict[str, Any]:
    """Run the collection, which must pass; gives the response's data and the report's entry of its token."""

    def visit(url: str) -> str:
        return consent(server.api, url, name, "openid read").headers["location"]

    settings = {"authorize": visit, "token_store": folder / "tokens.json", **options}
    result = bruscript.load(folder).run(env="here", **settings)
    [only] = result.results
    assert result.ok, (only.error, only.assertions, only.response)
    return {**only.response["data"], "entry": only.oauth2[0]}


def stored_claims(folder: Path) -> dict[str, Any]:
    """What the access token in the collection's token store says, which the server has signed."""
    [entry] = json.loads((folder / "tokens.json").read_text())["tokens"]
    token = entry["credentials"]["access_token"]
    claims: dict[str, Any] = jwt.decode(token, SERVER_KEY.public_key(), ["RS256"], audience="read")
    return claims


def test_a_device(server, make):
    codes = []

    def visit(url: DeviceUrl) -> None:
        # The first time it asks, nobody has signed in yet.
        before = server.last_check()
        while server.last_check() == before:
            time.sleep(0.01)
        codes.append(url.user_code)
        location = consent(server.api, url, "tv", "openid read").headers["location"]
        assert "deviceComplete" in location

    folder = make("nonces", "tv", grant_type="device_code", scope="openid read")
    data = run(server, folder, authorize=visit)
    assert len(codes) == 1
    assert data["entry"]["outcome"] == "fetched"
    assert data["entry"]["tokenRequests"] >= 3


def test_a_pushed_authorization_request(server, make):
    keys = user_keys(**signer_keys())
    folder = make("pushed", "signer", **keys)
    assert run(server, folder, "signer")["entry"]["tokenRequests"] == 2
    # This plugin takes no other, which its metadata says.
    query = f"response_type=code&client_id=signer&scope=openid&redirect_uri={CALLBACK}"
    direct = consent(server.api, f"{server.api}/pushed/auth?{query}", "signer", "openid read")
    assert "code=" not in direct.headers.get("location", "")
    assert direct.status_code == 403


def test_a_bound_token(server, make):
    """The server wants a nonce in every proof, at the token endpoint and at the resource."""
    folder = make("nonces", "sharer", **user_keys(**sharer_keys(), dpop="true", auto_refresh_token="true"))
    store = folder / "tokens.json"
    first = run(server, folder, "sharer")
    assert first["entry"]["outcome"] == "fetched"
    # Once without a nonce, and once with the server's.
    assert first["entry"]["tokenRequests"] == 2
    text = json.loads(store.read_text())
    credentials = text["tokens"][0]["credentials"]
    assert credentials["token_type"] == "DPoP"
    stolen = {"Authorization": f"Bearer {credentials['access_token']}"}
    assert httpx.get(f"{server.api}/nonces/userinfo", headers=stolen).status_code == 401
    credentials["created_at"] -= 3_600_000
    store.write_text(json.dumps(text))
    second = run(server, folder, "sharer")
    assert second["entry"]["outcome"] == "refreshed"
    assert second["sub"] == first["sub"]


def test_everything_at_once(server, make):
    """A request that is pushed by an assertion, for a bound token."""
    folder = make("pushed", "signer", **user_keys(**signer_keys("ES256"), dpop="true"))
    assert run(server, folder, "signer")["entry"]["outcome"] == "fetched"


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_an_assertion_by_secret(server, make, algorithm):
    keys = {"grant_type": "client_credentials", "scope": "read", **sharer_keys(algorithm)}
    folder = make("nonces", "sharer", TOKEN, **keys)
    assert run(server, folder)["active"] is True
    assert stored_claims(folder)["client_id"] == "sharer"
    make("nonces", "sharer", TOKEN, **keys | {"client_secret": "another secret, which is long enough"})
    [refused] = bruscript.load(folder).run(env="here").results
    assert "/nonces/token answered 403 Forbidden" in str(refused.error)


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_an_assertion_by_key(server, make, algorithm):
    keys = {"grant_type": "client_credentials", "scope": "read", **signer_keys(algorithm)}
    folder = make("nonces", "signer", TOKEN, **keys)
    assert run(server, folder)["active"] is True
    assert stored_claims(folder)["client_id"] == "signer"
    other = pem(rsa.generate_private_key(65537, 2048)).replace("\n", "\\n")
    make("nonces", "signer", TOKEN, **keys | {"private_key": other, "signing_algorithm": "RS256"})
    [refused] = bruscript.load(folder).run(env="here").results
    assert "/nonces/token answered 403 Forbidden" in str(refused.error)


def test_the_commands_with_an_assertion(server, make, capsys):
    """Each endpoint of this server takes only an assertion that is meant for itself."""
    keys = {"grant_type": "client_credentials", "scope": "read", **signer_keys()}
    folder = make("nonces", "signer", TOKEN, **keys)

    def auth(command: str) -> list[str]:
        arguments = [
            "auth",
            command,
            str(folder),
            "--env",
            "here",
            "--token-store",
            str(folder / "tokens.json"),
        ]
        assert main(arguments) == 0
        return capsys.readouterr().out.splitlines()

    auth("login")
    said = auth("introspect")
    assert said[0] == "it: active"
    assert "  scope: read" in said
    assert stored_claims(folder)["client_id"] == "signer"
    assert auth("logout") == ["it: revoked and forgot the token"]
