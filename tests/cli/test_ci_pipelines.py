"""The pipelines on docs/ci.md: what each has, and their shell lines, run in order as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from cli.test_ci_page import PAGE

import bruscript

SECRET = "sk_live_41c0ffee99"
STORED = "tok_41c0ffee9977aab"
MATRIX = ["staging", "production"]
SYSTEMS = ["GitHub Actions", "GitLab CI", "Jenkins", "Azure Pipelines"]
REQUEST = """meta {
  name: %s
  type: http
}

get {
  url: {{host}}/%s
  body: none
  auth: %s
}

%s

assert {
  res.body: eq Bearer %s
}
"""
TOKEN = "auth:bearer {\n  token: {{process.env.API_TOKEN}}\n}\n"
OAUTH2 = """auth:oauth2 {
  grant_type: client_credentials
  access_token_url: {{host}}/token
  client_id: c
  client_secret: 7f0c9a41d3e8
  token_placement: header
  token_header_prefix: Bearer
}
"""
APP = """
import os

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    sent, kind = dict(scope["headers"]).get(b"authorization", b""), b"text/plain"
    if scope["path"] == "/token":
        assert "NO_TOKENS" not in os.environ, "the token should come from the store"
        sent = b'{"access_token": "tok_41c0ffee9977aab", "token_type": "Bearer", "expires_in": 3600}'
        kind = b"application/json"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
    await send({"type": "http.response.body", "body": sent})
"""
PROGRAMS = {
    "bruscript": '[ "$1" != run ] || set -- "$@" --app={app}\nexec {python} -m bruscript "$@"',
    "pip": '[ "$1" = install ]\n[ "$2" != -r ] || exec grep -q ^bruscript "$3"\n[ "$2" = bruscript ]',
    # The environment that it makes has what this one has.
    "python": '[ "$1 $2" = "-m venv" ]\nmkdir -p "$3"\nln -sfn {bin} "$3/bin"',
}


class Line(NamedTuple):
    """Lines of a shell, the directory they run in, and the variables that the step has of its own."""

    text: str
    directory: str
    variables: dict[str, str]


def block(system: str) -> str:
    """Return the first block of code below a heading."""
    found = re.search(rf"^## {system}\n.*?^```\w+\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert found, system
    return found[1]


def github(environment: str) -> list[Line]:
    job = yaml.safe_load(block("GitHub Actions"))["jobs"]["api"]
    assert job["strategy"]["matrix"] == {"env": MATRIX}
    lines = []
    for step in job["steps"]:
        if "run" in step:
            text = step["run"].replace("${{ matrix.env }}", environment)
            wanted = {
                name: re.fullmatch(r"\$\{\{ secrets\.(\w+) \}\}", value)
                for name, value in step.get("env", {}).items()
            }
            own = {name: secrets()[found[1]] for name, found in wanted.items() if found}
            lines.append(Line(text, step.get("working-directory", "."), own))
    return lines


def gitlab(environment: str) -> list[Line]:
    job = yaml.safe_load(block("GitLab CI"))["api"]
    assert job["parallel"]["matrix"] == [{"ENV": MATRIX}]
    # One shell runs them all.
    files = {**secrets(), "TOKEN_STORE": "store.json", "ENV": environment}
    return [Line("\n".join(job["script"]), ".", files)]


def jenkins(environment: str) -> list[Line]:
    text = block("Jenkins")
    assert text.count("{") == text.count("}")
    assert re.findall(r"values (.*)", text) == [", ".join(map(repr, MATRIX))]
    bound = dict(re.findall(r"(\w+) = credentials\('([\w-]+)'\)", text))
    assert bound == {"API_TOKEN": "api-token", "TOKEN_STORE": "token-store"}
    files = {**secrets(), "TOKEN_STORE": "store.json", "ENV": environment}
    return [
        Line(line, "api" if directory else ".", files)
        for directory, line in re.findall(r"(dir\('api'\) \{\s+)?\bsh '(.*)'$", text, re.MULTILINE)
    ]


def azure(environment: str) -> list[Line]:
    pipeline = yaml.safe_load(block("Azure Pipelines"))
    assert pipeline["strategy"]["matrix"] == {name: {"env": name} for name in MATRIX}
    lines = []
    for step in pipeline["steps"]:
        if "script" in step:
            text = (
                step["script"].replace("$(env)", environment).replace("$(store.secureFilePath)", "store.json")
            )
            assert "$(" not in text
            own = {name: secrets()[value[2:-1]] for name, value in step.get("env", {}).items()}
            lines.append(Line(text, step.get("workingDirectory", "."), own))
    return lines


def secrets() -> dict[str, str]:
    return {"API_TOKEN": SECRET, "TOKEN_STORE": Path("store.json").read_text("utf-8")}


READERS = dict(zip(SYSTEMS, (github, gitlab, jenkins, azure), strict=True))


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout: a collection in api/, and a token store that a sign-in has made."""
    monkeypatch.chdir(tmp_path)
    api = tmp_path / "api"
    (api / "environments").mkdir(parents=True)
    for name in MATRIX:
        (api / "environments" / f"{name}.bru").write_text("vars {\n  host: http://app\n}\n")
    (api / "bruno.json").write_text('{"version": "1", "name": "api", "type": "collection"}')
    (api / "requirements.txt").write_text("bruscript==0.1.0\n")
    (api / "secret.bru").write_text(REQUEST % ("secret", "x", "bearer", TOKEN, SECRET))
    (api / "signed in.bru").write_text(REQUEST % ("signed in", "y", "oauth2", OAUTH2, STORED))
    (tmp_path / "server.py").write_text(APP)
    namespace: dict[str, Any] = {}
    exec(APP, namespace)
    first = bruscript.run(
        api / "signed in.bru", app=namespace["app"], env="staging", token_store="store.json"
    )
    first.raise_for_failures()
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, text in PROGRAMS.items():
        text = text.format(app=f"{tmp_path}/server.py:app", python=sys.executable, bin=programs)
        (programs / name).write_text(f"#!/bin/sh\nset -e\n{text}\n")
        (programs / name).chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("environment", MATRIX)
@pytest.mark.parametrize("system", SYSTEMS)
def test_the_shell_lines_of_a_pipeline_run(workspace: Path, system: str, environment: str) -> None:
    variables = {
        "PATH": f"{workspace}/programs:{os.environ['PATH']}",
        "HOME": str(workspace),
        "GITHUB_STEP_SUMMARY": str(workspace / "summary.md"),
        "NO_TOKENS": "1",
    }
    lines = READERS[system](environment)
    assert len(lines) == {"GitLab CI": 1}.get(system, 3)
    for line in lines:
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", line.text],
            capture_output=True,
            text=True,
            cwd=workspace / line.directory,
            env={**variables, **line.variables},
        )
        assert done.returncode == 0, f"{line.text}\n{done.stdout}{done.stderr}"
        assert SECRET not in done.stdout + done.stderr
        assert STORED not in done.stdout + done.stderr
    assert (workspace / "tokens.json").stat().st_mode & 0o077 == 0
    (report,) = (workspace / "api").glob("report*.xml")
    assert 'tests="1"' in report.read_text()
    assert 'failures="0"' in report.read_text()
    assert report.name in block(system).replace("${env.ENV}", environment)


@pytest.mark.parametrize(
    ("system", "parts"),
    [
        ("GitHub Actions", ["cache: pip", "matrix:", "upload-artifact", "if: always()", "secrets.API_TOKEN"]),
        ("GitLab CI", ["cache:", "matrix:", "junit: api/report.xml", "when: always", "$TOKEN_STORE"]),
        ("Jenkins", ["pip-cache:", "matrix {", "junit ", "always {", "credentials('api-token')"]),
        (
            "Azure Pipelines",
            ["Cache@2", "matrix:", "PublishTestResults@2", "always()", "API_TOKEN: $(API_TOKEN)"],
        ),
    ],
)
def test_a_pipeline_has_all_that_one_needs(system: str, parts: list[str]) -> None:
    text = block(system)
    for part in [*parts, "--token-store ../tokens.json", "tokens.json"]:
        assert part in text, part
