"""What servers and tests say in a log of GitHub's is never a command there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

APP = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 500, "headers": headers})
        body = b"one\\\\n     ::warning::x\\\\n::stop-commands::q\\\\n##[group]z"
        await send({"type": "http.response.body", "body": body})
"""
REQUEST = """meta {
  name: a
}

get {
  url: http://app.test/a
}

tests {
  console.log("::debug::c\\n\\t::add-path::c");
  test("t\\n   ::error::y", () => { throw new Error("e\\n  ::add-mask::e") });
}
"""
PRINTED = """
import app, bruscript

result = bruscript.run(".", app=app.app)
print(result)
result.raise_for_failures()
"""


@pytest.mark.parametrize(
    "command",
    [
        ("-m", "bruscript", "run", "--app", "app.py:app", "-vv"),
        ("-m", "bruscript", "run", "--app", "app.py:app", "--quiet"),
        ("-m", "bruscript", "send", "a.bru", "--app", "app.py:app", "-o", os.devnull),
        ("-m", "bruscript", "send", "\n::error::no.bru"),
        ("-m", "pytest", "-s", "-p", "no:cacheprovider", "--bruscript", ".", "--bruscript-app", "app.py:app"),
        ("-c", PRINTED),
    ],
)
def test_nothing_is_a_command(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "bruno.json").write_text('{"version": "1", "name": "n", "type": "collection"}')
    (tmp_path / "a.bru").write_text(REQUEST)
    (tmp_path / "app.py").write_text(APP)
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    texts = {}
    for value in ("true", "false"):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env={**environment, "GITHUB_ACTIONS": value},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert done.returncode != 0
        texts[value] = done.stdout.decode()
    commands = re.compile(r"^\s*::|##\[", re.MULTILINE)
    assert commands.search(texts["false"])
    assert not commands.search(texts["true"])
