"""No command shows a secret of a file that cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from masking.leaky import leaks, outputs

from bruscript.cli import main

SECRET = "P1SecretVal99"
META = "meta {\n  name: x\n  type: http\n  seq: 1\n}\n\n"
GET = META + "get {\n  url: http://app.test/\n  body: none\n  auth: none\n}\n\n"
INFO = "info:\n  name: x\n  type: http\nhttp:\n"
BRU = {
    "password.bru": GET + f"auth:basic {{\n  username: bob\n  password {SECRET}\n}}\n",
    "value.bru": GET + f"auth:bearer {{\n  {SECRET}\n}}\n",
    "header.bru": GET + f"headers {{\n  Authorization Bearer {SECRET}\n}}\n",
    "key.bru": GET + f"headers {{\n  X-Api-Key = {SECRET}\n}}\n",
    "block.bru": GET + f"auth-bearer {{\n  token: {SECRET}\n}}\n",
    "query.bru": GET + f"params:query {{\n  page\n  token: {SECRET}\n  API_KEY {SECRET}\n}}\n",
    "folder/folder.bru": f"auth {{\n  mode: basic\n}}\n\nauth:basic {{\n  password {SECRET}\n}}\n",
    "folder/ok.bru": GET,
    "ok.bru": GET,
}
YML = {
    "password.yml": INFO + f"  auth:\n    type: basic\n    password: {SECRET}: x\n",
    "headers.yml": INFO + f"  headers:\n    Authorization: Bearer {SECRET}\n",
    "entry.yml": INFO + f"  headers:\n    - name: Cookie\n      value: {SECRET}: x\n",
    "ok.yml": INFO + "  method: GET\n  url: http://app.test/\n",
}
APP = """
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})
"""


@pytest.fixture(params=["bru", "yml"])
def collection(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A collection with files of one format, most of which cannot be read."""
    monkeypatch.setenv("NO_COLOR", "1")
    root = tmp_path / "broken"
    files = BRU if request.param == "bru" else YML
    setting = ("bruno.json", json.dumps({"version": "1", "name": "broken", "type": "collection"}))
    if request.param == "yml":
        setting = ("opencollection.yml", "opencollection: 1.0.0\ninfo:\n  name: broken\n")
    for name, text in (setting, ("app.py", APP), *files.items()):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    monkeypatch.chdir(root)
    return root


def test_reports(collection: Path) -> None:
    # With it, nothing is run.
    (collection / "folder" / "folder.bru").unlink(missing_ok=True)
    texts = outputs(collection, "-r", "--reporter-allure", str(collection / "allure"))
    texts["allure"] = "".join(path.read_text() for path in (collection / "allure").iterdir())
    for name, text in texts.items():
        assert not leaks(SECRET, text), name
    for name in ("terminal", "json", "junit", "html", "allure"):
        assert "********" in texts[name], name


@pytest.mark.parametrize(
    "command",
    [
        ["check"],
        ["fmt", "--check"],
        ["list", "-r"],
        ["list", "-r", "--json"],
        ["parse", "."],
        ["convert", "--to", "FORMAT", "-o", "../converted"],
        ["run", "password.FORMAT"],
        ["run", "-r"],
        ["send", "password.FORMAT"],
        ["curl", "password.FORMAT"],
        ["parse", "password.FORMAT"],
        ["env", "--env-file", "password.FORMAT"],
    ],
    ids=" ".join,
)
def test_commands(collection: Path, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    own, other = ("bru", "yml") if (collection / "bruno.json").exists() else ("yml", "bru")
    format = other if command[0] == "convert" else own
    assert main([word.replace("FORMAT", format) for word in command]) != 0 or command[0] == "list"
    shown = "".join(capsys.readouterr())
    assert "password" in shown
    assert not leaks(SECRET, shown)


@pytest.mark.parametrize("name", [".env", "local.env", ".env.local", "vars.txt"])
@pytest.mark.parametrize("command", ["run", "check", "env"])
def test_an_env_file_of_another_format(
    collection: Path, name: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (collection / name).write_text(f"SHOP_TOKEN={SECRET}\nOTHER=Qw3rTy7890AbCdEfGh\n")
    assert main([command, "--env-file", name]) != 0
    shown = "".join(capsys.readouterr())
    assert not leaks(SECRET, shown)
    assert not leaks("Qw3rTy7890AbCdEfGh", shown)
    assert f"{name}: only .bru, .json and .yml files are read" in shown or command == "check"


def test_a_file_of_another_suffix_that_is_an_environment(
    collection: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (collection / "vars.txt").write_text("vars {\n  host: here\n}\n")
    assert main(["env", "--env-file", "vars.txt"]) == 0
    assert "host = here" in capsys.readouterr().out


def test_a_body_that_is_not_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bruno.json").write_text('{"version": "1", "name": "x", "type": "collection"}')
    post = GET.replace("get {", "post {").replace("body: none", "body: json")
    body = f'body:json {{\n  {{\n    "password": {SECRET}\n  }}\n}}\n'
    script = f"tests {{\n  const auth = {{ Authorization: Bearer {SECRET} }};\n}}\n"
    (tmp_path / "a.bru").write_text(f"{post}{body}\n{script}")
    (tmp_path / "b.bru").write_text(GET + f"example {{\n  name: x\n  token {SECRET}\n}}\n")
    assert main(["check", str(tmp_path)]) == 1
    shown = capsys.readouterr().out
    assert "not valid JSON" in shown
    assert "does not compile" in shown
    assert "the example is broken" in shown
    assert not leaks(SECRET, shown)
