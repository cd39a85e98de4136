"""A secret is a variable of the shell in the printed command, wherever it comes from and goes to."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from cli.invoke import Invoke

SECRET = "o'pen ses/ame 4711é"
SOURCES = {
    "a prompt": (("--prompt", f"passphrase={SECRET}"), "{{?passphrase}}", ""),
    "a prompt's default": ((), f"{{{{?passphrase:{SECRET}}}}}", ""),
    "a declared secret": (
        ("--env", "e", "--env-var", f"plain={SECRET}"),
        "{{plain}}",
        "vars:secret [\n  plain\n]\n",
    ),
    "an option": (("--env-var", f"passphrase={SECRET}"), "{{passphrase}}", ""),
    "an option for global variables": (("--global-env-var", f"passphrase={SECRET}"), "{{passphrase}}", ""),
}
PLACES = {
    "path": ("http://x.test/a/VALUE/b", ""),
    "path beside dots": ("http://x.test/..VALUE?x=1#y", ""),
    "path parameter": ("http://x.test/a/:p", "params:path {\n  p: VALUE\n}\n"),
    "query": ("http://x.test/?a=VALUE&b=1", ""),
    "header": ("http://x.test/", "headers {\n  x-a: VALUE\n}\n"),
    "form": ("http://x.test/", "body:form-urlencoded {\n  a: VALUE\n}\n"),
    "JSON": ("http://x.test/", 'body:json {\n  {"a": "VALUE"}\n}\n'),
}
BODIES = {"form": "form-urlencoded", "JSON": "json"}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
    (tmp_path / "environments").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("source", SOURCES)
def test_a_secret_is_a_variable(bruscript: Invoke, root: Path, source: str, place: str) -> None:
    options, value, environment = SOURCES[source]
    (root / "environments" / "e.bru").write_text(environment)
    url, block = PLACES[place]
    body = BODIES.get(place, "none")
    text = f"post {{\n  url: {url}\n  body: {body}\n}}\n\n{block}"
    (root / "r.bru").write_text(text.replace("VALUE", value))
    printed = bruscript("curl", "r.bru", *options)
    assert printed.status == 0, printed.err
    shown = printed.out + printed.err
    assert not any(part in shown for part in ("4711", "ses", "ame"))
    name = "PLAIN" if environment else "PASSPHRASE"
    assert f'"${{{name}' in printed.out
    assert "********" not in shown
    revealed = bruscript("curl", "r.bru", *options, "--reveal")
    assert "4711" in revealed.out
    # With its variables set to what the note says, the command is the one that shows everything.
    assert len(shlex.split(printed.out)) == len(shlex.split(revealed.out))


def test_an_encoded_variable_is_explained(bruscript: Invoke, root: Path) -> None:
    (root / "r.bru").write_text("get {\n  url: http://x.test/{{token}}\n}\n")
    printed = bruscript("curl", "r.bru", "--env-var", "token=two words")
    assert '"${TOKEN_ENCODED}"' in printed.out
    assert "# A variable called …_ENCODED has its value as it goes into a URL or a form." in printed.err
    assert "ENCODED" not in bruscript("curl", "r.bru", "--env-var", "token=word-4711").err


def test_an_option_named_like_a_secret_is_masked_in_a_run(bruscript: Invoke, root: Path) -> None:
    (root / "r.bru").write_text("get {\n  url: http://127.0.0.1:9/{{API_TOKEN}}\n}\n")
    outcome = bruscript("run", "r.bru", "--env-var", "API_TOKEN=tk-4711-sesame", "-v")
    assert "4711" not in outcome.out + outcome.err
    shown = bruscript("run", "r.bru", "--env-var", "API_TOKEN=tk-4711-sesame", "-v", "--no-mask", "API_TOKEN")
    assert "4711" in shown.out + shown.err


def test_an_error_has_no_secret(bruscript: Invoke, root: Path) -> None:
    (root / "environments" / "e.bru").write_text("vars:secret [\n  plain\n]\n")
    (root / "r.bru").write_text(
        "post {\n  url: http://x.test/\n  body: file\n}\n\nbody:file {\n  file: @file(a/{{plain}}/b)\n}\n"
    )
    failed = bruscript("curl", "r.bru", "--env", "e", "--env-var", "plain=open-4711-sesame")
    assert failed.status != 0
    assert "File not found for the body" in failed.err
    assert "4711" not in failed.out + failed.err
