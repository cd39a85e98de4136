"""`auth login`: prompts, scripts, and several configurations."""

from __future__ import annotations

import pytest
from apps.bru_text import get_request, oauth2_block

from bruscript.auth.oauth2 import open_store
from bruscript.cli import main


@pytest.fixture
def login(idp, collection, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: SIM115
    store = tmp_path / "t.json"

    def run(files: dict[str, str], *args: str) -> tuple[int, str, str]:
        made = collection(files)
        variables = ("--env-var", f"idp={idp.url}", "--env-var", "machineSecret=m/s+cr et:ü")
        status = main(["auth", "login", str(made.path), "--token-store", str(store), *variables, *args])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    run.store = store  # type: ignore[attr-defined]
    return run


PASSWORD = {
    "grant_type": "password",
    "access_token_url": "{{idp}}/token",
    "client_id": "public",
    "username": "ada",
    "password": "{{secret}}",
}


@pytest.mark.parametrize("place", ["block", "variable", "parameter"])
def test_login_takes_the_answers_of_prompts(idp, login, place):
    keys = {**PASSWORD, "password": "{{?Pass word}}" if place == "block" else "{{p}}"}
    text = oauth2_block(**keys) + "\nvars:pre-request {\n  p: {{?Pass word}}\n}\n"
    if place == "parameter":
        text = oauth2_block(**{**keys, "password": "x"})
        text += "\nauth:oauth2:additional_params:access_token_req:body {\n  password: {{?Pass word}}\n}\n"
    files = {"collection.bru": text, "r.bru": get_request("{{idp}}/{{?not asked}}")}
    status, out, err = login(files)
    assert (status, out) == (1, "")
    assert "Prompt without an answer. Answer it with --prompt 'Pass word=VALUE'" in err
    assert "not asked" not in err
    assert idp.token_requests == []
    status, out, err = login(files, "--prompt", "Pass word=love&lace 1")
    assert (status, err) == (0, "")
    assert out.startswith("credentials: got a token from")
    assert "love&lace" not in out


def test_login_runs_the_scripts_that_a_configuration_needs(idp, login):
    set_var = "script:pre-request {\n  bru.setVar('secret', 'love&lace 1');\n}\n"
    own = "script:pre-request {\n  bru.setVar('secret', 'of the request');\n}\n"
    files = {
        "collection.bru": oauth2_block(**PASSWORD) + "\n" + set_var,
        "r.bru": get_request("{{idp}}/api", 1, own),
    }
    status, _, err = login(files)
    assert (status, err) == (0, "")
    assert idp.api_requests == []
    assert len(idp.token_requests) == 1


def test_login_runs_the_scripts_of_folders(idp, login):
    block = "meta {\n  name: f\n}\n\n" + oauth2_block(**PASSWORD)
    files = {
        "f/folder.bru": block + "\nscript:pre-request {\n  bru.setVar('secret', 'love&lace 1');\n}\n",
        "f/r.bru": get_request("{{idp}}/api"),
    }
    assert login(files)[0] == 0


def test_login_names_a_variable_without_a_value_and_signs_in_to_the_others(idp, login):
    machine = {"grant_type": "client_credentials", "client_id": "machine", "credentials_id": "m"}
    machine |= {"access_token_url": "{{idp}}/token", "client_secret": "{{machineSecret}}"}
    files = {
        "a/folder.bru": "meta {\n  name: a\n}\n\n" + oauth2_block(**PASSWORD),
        "a/r.bru": get_request("{{idp}}/api"),
        "b/folder.bru": "meta {\n  name: b\n}\n\n" + oauth2_block(**machine),
        "b/r.bru": get_request("{{idp}}/api"),
    }
    status, out, err = login(files)
    assert status == 1
    assert "no value for {{secret}} in password; nothing was sent" in err
    assert "m: got a token from" in out
    assert idp.grants == ["client_credentials"]


def test_a_script_that_fails_is_reported(idp, login):
    text = oauth2_block(**PASSWORD) + "\nscript:pre-request {\n  throw new Error('no vault');\n}\n"
    status, _, err = login({"collection.bru": text, "r.bru": get_request("{{idp}}/api")})
    assert status == 1
    assert "no vault" in err
    assert idp.token_requests == []


def test_login_signs_in_to_every_configuration(idp, login):
    files = {}
    for name, scope in (("a", "read"), ("b", "write"), ("c", "read")):
        machine = {"grant_type": "client_credentials", "client_id": "machine", "scope": scope}
        machine |= {"access_token_url": "{{idp}}/token", "client_secret": "{{machineSecret}}"}
        files[f"{name}/folder.bru"] = f"meta {{\n  name: {name}\n}}\n\n" + oauth2_block(**machine)
        files[f"{name}/r.bru"] = get_request("{{idp}}/api")
    status, out, _ = login(files)
    assert status == 0
    assert [line.partition(":")[0] for line in out.splitlines()] == [
        "credentials (client machine, scope read)",
        "credentials (client machine, scope write)",
    ]
    assert len(list(open_store(login.store).items())) == 2
