"""The commands on docs/ci.md run as they stand there, but for `auth login`, which needs a provider."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from cli.invoke import Invoke

PAGE = (Path(__file__).parents[2] / "docs" / "ci.md").read_text("utf-8")
BLOCKS = re.findall(r"```\w+\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = re.findall(r"\bbruscript (run|check|fmt)\b([^'\n`]*)", "".join(BLOCKS))
REQUEST = """meta {
  name: %s
  type: http
  seq: 1
}

get {
  url: {{host}}/x
  body: none
  auth: bearer
}

auth:bearer {
  token: {{process.env.API_TOKEN}}
}

assert {
  res.body: eq Bearer sk_live_41c0ffee99
}
"""
APP = """
PLAIN = [(b"content-type", b"text/plain")]

async def app(scope, receive, send):
    if scope["type"] == "http":
        sent = dict(scope["headers"]).get(b"authorization", b"")
        await send({"type": "http.response.start", "status": 200, "headers": PLAIN})
        await send({"type": "http.response.body", "body": sent})
"""


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("API_TOKEN", "sk_live_41c0ffee99")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (tmp_path / "bruno.json").write_text('{"version": "1", "name": "api", "type": "collection"}')
    (tmp_path / "environments").mkdir()
    for name in ("ci", "staging"):
        (tmp_path / "environments" / f"{name}.bru").write_text("vars {\n  host: http://app\n}\n")
    (tmp_path / "a.bru").write_text(REQUEST % "a")
    (tmp_path / "server.py").write_text(APP)
    return tmp_path


def test_there_are_commands() -> None:
    assert [name for name, _ in COMMANDS] == ["run"] * 6 + ["check", "fmt"]


@pytest.mark.parametrize(("name", "given"), COMMANDS)
def test_a_command(bruscript: Invoke, api: Path, name: str, given: str) -> None:
    args = shlex.split(re.sub(r"\$\{\{ matrix\.env \}\}|\$ENV|\$\(env\)", "staging", given))
    app = [f"--app={api / 'server.py'}:app"] if name == "run" else []
    done = bruscript(name, *args, *app)
    assert done.status == 0, done.out + done.err
    assert "sk_live_41c0ffee99" not in done.out + done.err
    if "--reporter-junit" in args:
        (report,) = api.glob("report*.xml")
        assert 'failures="0"' in report.read_text()
    assert (api / "summary.md").exists() == ("--reporter-github" in args)


def test_the_action_runs(api: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last step's lines as they stand in action.yml, with what its inputs become."""
    import yaml

    action = yaml.safe_load((Path(__file__).parents[2] / "action.yml").read_text("utf-8"))
    *_, step = action["runs"]["steps"]
    given = {
        "path": "a.bru",
        "env": "ci",
        "junit": "out.xml",
        "args": f"--app {api}/server.py:app --retries 1",
    }
    for name, default in action["inputs"].items():
        given.setdefault(name, default["default"])
    for name, value in step["env"].items():
        monkeypatch.setenv(
            name, re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: given[found[1]], value)
        )
    bin_ = api / "bin"
    bin_.mkdir()
    (bin_ / "bruscript").write_text(f'#!/bin/sh\nexec {sys.executable} -m bruscript "$@"\n')
    (bin_ / "bruscript").chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_}:{os.environ['PATH']}")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'failures="0"' in (api / "out.xml").read_text()
    assert "Passed: api" in (api / "summary.md").read_text()
