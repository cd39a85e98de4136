"""Commands that run nothing hide what a run would hide."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bruscript.cli import main

SECRET = "Qw3r-Ty78-90Ab-cDeF"
GET = "meta {\n  name: a\n  type: http\n  seq: 1\n}\n\nget {\n  url: %s\n  body: none\n  auth: %s\n}\n"


@pytest.fixture
def collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A collection whose `.env` has the secret."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bruno.json").write_text(json.dumps({"version": "1", "name": "x", "type": "collection"}))
    (tmp_path / ".env").write_text(f"SHOP_TOKEN={SECRET}\nSTAGE=blue\n")
    (tmp_path / "environments").mkdir()
    return tmp_path


OPTIONS = ("--env-var", "--global-env-var", "--prompt")


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("text", [f"token:{SECRET}", f"token {SECRET}", SECRET, f"={SECRET}", f"{SECRET}:x"])
def test_an_option_without_a_name_shows_no_value(
    collection: Path, option: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (collection / "a.bru").write_text(GET % ("http://h.test/", "none"))
    assert main(["run", "a.bru", option, text]) == 8
    shown = "".join(capsys.readouterr())
    assert "Ty78" not in shown
    assert "NAME=VALUE" in shown
    assert ("for example token=value" in shown) == text.startswith("token")


@pytest.fixture
def environment(collection: Path) -> Path:
    """An environment whose plain variables hold secrets."""
    (collection / "environments" / "local.bru").write_text(
        "vars {\n  dbUrl: postgres://bob:hunter2hunter2@db/x\n  host: http://h.test\n"
        f"  copy: the {SECRET}\n  cs: client-Secret-0123456\n  both: {{{{host}}}}/pass-Word-987654\n}}\n"
        "vars:secret [\n  pw\n]\n"
    )
    (collection / "collection.bru").write_text(
        "auth {\n  mode: oauth2\n}\n\nauth:oauth2 {\n  grant_type: client_credentials\n  client_id: shop\n"
        "  access_token_url: http://h.test/token\n  client_secret: {{cs}}\n}\n"
    )
    (collection / "a.bru").write_text(GET % ("http://h.test/", "inherit"))
    return collection


def test_env_masks_what_a_run_masks(environment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env", "local", "--env-var", "pw=pass-Word-987654"]) == 0
    shown = capsys.readouterr().out
    assert "dbUrl = postgres://bob:********@db/x  (environments/local.bru)" in shown
    assert "copy = the ********  (" in shown
    assert "cs = ********  (" in shown
    assert "both = {{host}}/********  (" in shown
    assert "host = http://h.test  (" in shown
    assert "process.env.STAGE = blue  (.env)" in shown
    for secret in (SECRET, "hunter2", "client-Secret", "pass-Word"):
        assert secret not in shown


def test_env_reveals_it_if_asked(environment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env", "local", "--env-var", "pw=pass-Word-987654", "--reveal"]) == 0
    shown = capsys.readouterr().out
    assert f"copy = the {SECRET}  (" in shown
    assert "dbUrl = postgres://bob:hunter2hunter2@db/x" in shown
    assert "pw = pass-Word-987654" in shown


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_list(collection: Path, option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://bob:hunter2hunter2@h.test/{SECRET}?stage=blue"
    (collection / "a.bru").write_text((GET % (url, "none")).replace("name: a", f"name: of {SECRET}"))
    (collection / "b.bru").write_text(f"get {{\n  url {SECRET}\n}}\n")
    assert main(["list", *option]) == 0
    shown = "".join(capsys.readouterr())
    assert "http://bob:********@h.test/********?stage=blue" in shown
    assert "b.bru:2:7" in shown
    assert SECRET not in shown
    assert "hunter2" not in shown


@pytest.mark.parametrize("command", [["check"], ["fmt", "--check"], ["parse", "."], ["parse", "b.bru"]])
def test_messages_know_the_secrets_of_the_env_file(
    collection: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (collection / "b.bru").write_text(f"get {{\n  url {SECRET}\n}}\n")
    assert main(command) == 1
    shown = "".join(capsys.readouterr())
    assert "found `********`, expected `:` after the key `url`" in shown
    assert SECRET not in shown


def test_so_do_those_of_convert(collection: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (collection / "b.bru").write_text(f"get {{\n  url {SECRET}\n}}\n")
    assert main(["convert", "--to", "yml", "-o", "../converted"]) == 1
    shown = "".join(capsys.readouterr())
    assert "found `********`" in shown
    assert SECRET not in shown


def test_and_findings_of_check(collection: Path, capsys: pytest.CaptureFixture[str]) -> None:
    block = f"auth:apikey {{\n  key: k\n  value: x\n  placement: {SECRET}\n}}\n"
    (collection / "a.bru").write_text(f"{GET % ('http://h.test/', 'apikey')}\n{block}")
    assert main(["check"]) == 1
    shown = capsys.readouterr().out
    assert "`placement` is `********`, expected" in shown


def test_auth_login_shows_no_secret_of_a_setting_that_is_wrong(
    environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    block = (environment / "collection.bru").read_text()
    (environment / "collection.bru").write_text(
        block.replace("client_secret", "token_source: {{cs}}\n  client_secret")
    )
    store = str(environment / "tokens.json")
    assert main(["auth", "login", ".", "--env", "local", "--token-store", store]) == 1
    shown = "".join(capsys.readouterr())
    assert "token_source" in shown
    assert "client-Secret" not in shown


def test_import_shows_no_secret_of_a_document_that_is_broken(
    collection: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (collection / "api.yml").write_text(f"openapi: 3.0.0\nserver:\n  password: {SECRET}: x\n")
    assert main(["import", "openapi", "-s", "api.yml", "-o", "out"]) != 0
    shown = "".join(capsys.readouterr())
    assert "  3 |   password: ********" in shown
    assert SECRET not in shown
