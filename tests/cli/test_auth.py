"""`bruscript auth`, as a user calls it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bruscript.auth.oauth2 import TokenKey, open_store
from bruscript.cli import main

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "fixtures" / "demo"
APP = f"{DEMO / 'server.py'}:app"


@pytest.fixture
def store(tmp_path) -> str:
    path = tmp_path / "tokens.json"
    kept = open_store(path)
    created = 1_000
    token = {"access_token": "very-secret", "refresh_token": "more-secret", "tenant": {"key": "hidden"}}
    kept.save(TokenKey("one", "https://idp.example/token"), {**token, "token_type": "Bearer"})
    kept.save(
        TokenKey("two", "https://idp.example/token"),
        {"access_token": "x-secret", "expires_in": 60, "created_at": created},
    )
    return str(path)


def test_list(store, capsys):
    assert main(["auth", "list", "--token-store", store]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out == [
        "one  https://idp.example/token  does not expire  refreshable",
        "two  https://idp.example/token  expired",
    ]


def test_show_masks_unless_asked(store, capsys):
    assert main(["auth", "show", "one", "--token-store", store]) == 0
    out = capsys.readouterr().out
    assert "access_token: ********" in out
    assert "token_type: Bearer" in out
    assert "secret" not in out
    assert "hidden" not in out
    assert main(["auth", "show", "one", "--reveal", "--token-store", store]) == 0
    out = capsys.readouterr().out
    assert "access_token: very-secret" in out
    assert 'tenant: {"key": "hidden"}' in out


def test_reset(store, capsys):
    assert main(["auth", "reset", "one", "--token-store", store]) == 0
    assert [key.credentials_id for key, _ in open_store(store).items()] == ["two"]
    assert main(["auth", "reset", "one", "--token-store", store]) == 1
    assert "It holds: two." in capsys.readouterr().err
    assert main(["auth", "reset", "--token-store", store]) == 1
    assert main(["auth", "reset", "--all", "--token-store", store]) == 0
    assert list(open_store(store).items()) == []


@pytest.mark.parametrize("command", [["list"], ["show", "one"], ["reset", "one"]])
def test_a_store_that_is_missing_or_foreign_is_reported(tmp_path, capsys, command):
    missing = tmp_path / "missing"
    assert main(["auth", *command, "--token-store", str(missing)]) != 0
    assert f"Token store not found: {missing}" in capsys.readouterr().err
    assert not missing.exists()
    foreign = tmp_path / "package.json"
    foreign.write_text('{"name": "x"}')
    assert main(["auth", *command, "--token-store", str(foreign)]) != 0
    assert "is not a token store of bruscript" in capsys.readouterr().err
    assert foreign.read_text() == '{"name": "x"}'


def test_login_gets_a_token_for_each_configuration(tmp_path, capsys):
    store = str(tmp_path / "tokens.json")
    assert main(["auth", "login", str(DEMO), "--token-store", store, "--app", APP]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "shop: got a token from http://bookshop.test/oauth/token, good for 5 min",
        "admin: got a token from http://bookshop.test/oauth/token, good for 5 min",
    ]
    first = {key: value["access_token"] for key, value in open_store(store).items()}
    folder = str(DEMO / "books")
    assert main(["auth", "login", folder, "--token-store", store, "--app", APP]) == 0
    second = {key: value["access_token"] for key, value in open_store(store).items()}
    changed = [key.credentials_id for key in first if first[key] != second[key]]
    assert changed == ["shop"]


def test_a_login_that_fails_keeps_what_there_is_and_shows_no_secret(tmp_path, capsys):
    store = str(tmp_path / "tokens.json")
    command = ["auth", "login", str(DEMO), "--token-store", store, "--app", APP]
    assert main([*command, "--id", "admin"]) == 0
    capsys.readouterr()
    assert main([*command, "--env-var", "adminSecret=not-the-secret"]) == 1
    captured = capsys.readouterr()
    assert (
        "admin: OAuth 2.0: POST http://bookshop.test/oauth/token answered 400 Bad Request: invalid_grant"
        in captured.err
    )
    assert "shop: got a token" in captured.out
    assert "not-the-secret" not in captured.err
    assert {key.credentials_id for key, _ in open_store(store).items()} == {"admin", "shop"}


def test_login_at_a_path_that_does_not_exist(tmp_path, capsys):
    store = str(tmp_path / "tokens.json")
    assert main(["auth", "login", str(DEMO / "boks"), "--token-store", store]) == 5
    error = capsys.readouterr().err
    assert "Path not found: " in error
    assert "Did you mean " in error


def test_login_with_an_unknown_id(tmp_path, capsys):
    store = str(tmp_path / "tokens.json")
    assert main(["auth", "login", str(DEMO), "--id", "nope", "--token-store", store]) == 1
    assert "uses OAuth 2.0 with the credentials id 'nope'" in capsys.readouterr().err
