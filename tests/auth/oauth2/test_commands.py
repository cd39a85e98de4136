"""`auth token`, `auth logout` and `auth introspect`."""

from __future__ import annotations

import json
import re

import pytest
from apps.authorization_server import metadata_of
from apps.bru_text import get_request, oauth2_block

from bruscript.auth.oauth2 import open_store
from bruscript.cli import main


@pytest.fixture
def command(server, collection, tmp_path, capsys):
    store = tmp_path / "t.json"
    server.token["refresh_token"] = "refresh-secret"

    def run(name: str, **keys: str) -> tuple[int, str, str]:
        block = oauth2_block(
            grant_type="client_credentials",
            client_id="client",
            client_secret="s3cret-of-the-client",
            **{"access_token_url": f"{server.url}/token", **keys},
        )
        made = collection({"collection.bru": block, "r.bru": get_request(f"{server.url}/api")})
        place = ["credentials"] if name == "token" else [str(made.path)]
        status = main(["auth", name, *place, "--token-store", str(store)])
        captured = capsys.readouterr()
        assert "s3cret" not in captured.out + captured.err
        assert "refresh-secret" not in captured.out + captured.err
        return status, captured.out, captured.err

    return run


def test_token_prints_one_token_alone(command, tmp_path, capsys):
    assert command("login")[0] == 0
    assert command("token") == (0, "token-1\n", "")
    assert command("login", scope="read")[0] == 0
    status, out, err = command("token")
    assert (status, out) == (1, "")
    assert "holds 2 tokens with the id 'credentials': client client; client client, scope read" in err
    path = tmp_path / "t.json"
    text = json.loads(path.read_text())
    text["tokens"] = text["tokens"][:1]
    text["tokens"][0]["credentials"]["created_at"] = 0
    path.write_text(json.dumps(text))
    assert "has expired" in command("token")[2]


def test_token_is_chosen_by_what_differs(server, command, tmp_path, capsys):
    def token(*options: str) -> tuple[int, str, str]:
        status = main(["auth", "token", "credentials", "--token-store", str(tmp_path / "t.json"), *options])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    for scope in ("read", "write read", ""):
        assert command("login", scope=scope)[0] == 0
    status, out, err = token()
    assert (status, out) == (1, "")
    assert "client client, scope read; client client, scope read write; client client\n" in err
    assert err.endswith("Choose one with --scope.\n")
    assert token("--scope", "read") == (0, "token-1\n", "")
    assert token("--scope", "write read") == (0, "token-2\n", "")
    assert token("--scope", "") == (0, "token-3\n", "")
    assert "holds no such token, but 3 tokens with the id 'credentials'" in token("--scope", "x")[2]
    assert token("--client", "client")[0] == 1
    assert "holds no credentials with the id" in main_error(capsys, tmp_path)
    # The same but for the issuer's URL, which is not shown.
    server.metadata = metadata_of(server)
    assert command("login", scope="read", issuer=server.url)[0] == 0
    err = token("--scope", "read")[2]
    assert err.endswith("Choose one with --fingerprint.\n")
    fingerprints = re.findall(r"client client, scope read, fingerprint (\w{8})", err)
    assert [token("--fingerprint", each)[1] for each in fingerprints] == ["token-1\n", "token-4\n"]


def main_error(capsys, tmp_path) -> str:
    assert main(["auth", "token", "other", "--token-store", str(tmp_path / "t.json")]) == 1
    return capsys.readouterr().err


def test_logout_revokes_and_forgets(server, command, tmp_path):
    url = f"{server.url}/revoke"
    assert command("login")[0] == 0
    assert command("logout", revocation_url=url) == (0, "credentials: revoked and forgot the token\n", "")
    assert [(form["token"], form["token_type_hint"]) for form in server.revoked] == [
        ("refresh-secret", "refresh_token"),
        ("token-1", "access_token"),
    ]
    assert server.revoked[0]["client_id"] == "client"
    assert list(open_store(tmp_path / "t.json").items()) == []
    assert command("logout", revocation_url=url)[1] == "credentials: no token is stored\n"


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (
            "access_token",
            "revoked the refresh token and forgot both; the server does not revoke access tokens",
        ),
        (
            "refresh_token",
            "revoked the access token and forgot both; the server does not revoke refresh tokens",
        ),
    ],
)
def test_logout_where_a_server_revokes_only_one_kind(server, command, tmp_path, kept, words):
    server.not_revocable = (kept,)
    assert command("login")[0] == 0
    status, out, _ = command("logout", revocation_url=f"{server.url}/revoke")
    assert (status, words in out) == (0, True)
    assert [form["token_type_hint"] for form in server.revoked] == [
        kind for kind in ("refresh_token", "access_token") if kind != kept
    ]
    assert list(open_store(tmp_path / "t.json").items()) == []


def test_logout_where_a_server_revokes_neither_keeps_the_token(server, command, tmp_path):
    server.not_revocable = ("access_token", "refresh_token")
    assert command("login")[0] == 0
    status, _, err = command("logout", revocation_url=f"{server.url}/revoke")
    assert (status, "unsupported_token_type" in err) == (1, True)
    assert len(list(open_store(tmp_path / "t.json").items())) == 1


def test_logout_without_a_url_says_so(command):
    assert command("login")[0] == 0
    assert "it stays valid" in command("logout")[1]


def test_introspect_shows_what_the_server_says(server, command):
    server.metadata = metadata_of(server)
    assert command("login", issuer=server.url)[0] == 0
    status, out, _ = command("introspect", issuer=server.url)
    assert status == 0
    assert out.splitlines()[0] == "credentials: active"
    assert sorted(out.splitlines()[1:]) == ["  active: true", "  scope: read write", "  sub: ada"]
    assert server.forms[-1]["token"] == "token-1"
    assert command("introspect")[1] == "credentials: no token is stored\n"
    assert command("login")[0] == 0
    assert "introspection_url is empty" in command("introspect")[2]


def test_introspect_masks_secrets_wherever_the_answer_has_them(server, command):
    server.introspection = {
        "note": "asked by client:s3cret-of-the-client",
        "items": [{"value": "refresh-secret"}, ["s3cret-of-the-client"]],
        "s3cret-of-the-client": {"session": {"id_token": "never-seen-before"}},
        "access_token": "never-shown",
        "others": [{"access_token": "other-token", "kind": "a"}],
    }
    url = f"{server.url}/introspect"
    assert command("login")[0] == 0
    status, out, _ = command("introspect", introspection_url=url)
    assert status == 0
    assert not any(word in out for word in ("never", "other-token"))
    assert '  others: [{"access_token": "********", "kind": "a"}]' in out.splitlines()
    assert "  note: asked by client:********" in out.splitlines()
    assert "  access_token: ********" in out.splitlines()


@pytest.mark.parametrize("path", ["", "/tenant"])
def test_the_issuers_other_document_has_what_the_first_has_not(server, command, path):
    issuer = f"{server.url}{path}"
    server.more_metadata = metadata_of(server, issuer=issuer, token_endpoint="http://127.0.0.1:9/other")
    absent = ("device_authorization_endpoint", "revocation_endpoint", "introspection_endpoint")
    first = {name: value for name, value in server.more_metadata.items() if name not in absent}
    server.metadata = {**first, "token_endpoint": f"{server.url}/token"}
    assert command("login", issuer=issuer, access_token_url="")[0] == 0
    assert server.reads == [f"{path}/.well-known/openid-configuration"]
    out = command("introspect", issuer=issuer, access_token_url="")[1]
    assert out.startswith("credentials: active\n")
    assert server.reads[-1].endswith("/.well-known/oauth-authorization-server")
    out = command("logout", issuer=issuer, access_token_url="")[1]
    assert out == "credentials: revoked and forgot the token\n"
    assert len(server.revoked) == 2


def test_a_document_of_another_issuer_is_not_believed(server, command):
    server.more_metadata = metadata_of(server, issuer="https://other.example")
    server.metadata = metadata_of(server, revocation_endpoint="", introspection_endpoint="")
    assert command("login", issuer=server.url)[0] == 0
    err = command("introspect", issuer=server.url)[2]
    assert f"introspection_url is empty, and {server.url} has none." in err
    assert "it stays valid" in command("logout", issuer=server.url)[1]
    assert server.revoked == []
