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


READS_A_KEY = """
script:pre-request {
  const fs = require('fs');
  console.log('reading the key');
  const key = fs.readFileSync('key.txt', 'utf8');
  bru.setVar('secret', key);
  console.warn('it is', key);
}
"""


def test_scripts_have_the_rights_of_the_options(idp, login, tmp_path):
    files = {"collection.bru": oauth2_block(**PASSWORD) + READS_A_KEY, "key.txt": "love&lace 1"}
    files["r.bru"] = get_request("{{idp}}/api")
    assert "credentials: collection.bru:15:14: Error: Module" in login(files)[2]
    status, out, err = login(files, "--sandbox", "developer")
    assert (status, out.startswith("credentials: got a token from")) == (0, True)
    assert err == "reading the key\nit is ********\n"
    denied = ("--deny-read", str(tmp_path / "collection" / "key.txt"))
    status, _, err = login(files, "--sandbox", "developer", *denied)
    assert status == 1
    assert "reading the key\ncredentials: collection.bru:17:18: Error:" in err
    assert len(idp.token_requests) == 1


def test_the_error_of_a_script_has_its_place(idp, login):
    files = {
        "collection.bru": oauth2_block(**PASSWORD),
        "f/folder.bru": "meta {\n  name: f\n}\n\nscript:pre-request {\n  require('./lib.js').get();\n}\n",
        "f/r.bru": get_request("{{idp}}/api"),
        "lib.js": "exports.get = function () {\n  throw new TypeError('\\u001b[2Jboom');\n};\n",
    }
    status, _, err = login(files)
    assert status == 1
    assert err.startswith("credentials: lib.js:2:9: TypeError: \N{REPLACEMENT CHARACTER}")
    assert "boom" in err
    files["f/folder.bru"] = files["f/folder.bru"].replace("require('./lib.js').get()", "nothing()")
    assert login(files)[2].startswith("credentials: f/folder.bru:6:3: ReferenceError: nothing is not defined")


def test_login_names_keys_without_effect(idp, login):
    text = oauth2_block(**PASSWORD, audiences="x").replace("{{secret}}", "love&lace 1")
    status, _, err = login({"collection.bru": text, "r.bru": get_request("{{idp}}/api")})
    assert status == 0
    assert err.startswith("credentials: warning: `audiences` is not a key of `auth:oauth2`, and was ignored")


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
