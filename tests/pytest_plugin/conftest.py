from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import bruscript
import bruscript.pytest_plugin

APP = """
import json

seen = []

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    seen.append(scope["path"])
    with open("seen.txt", "a") as file:
        file.write(scope["path"] + "\\n")
    if scope["path"] == "/boom":
        raise ZeroDivisionError("boom")
    missing = scope["path"] == "/missing" or (scope["path"] == "/late" and seen.count("/late") == 1)
    status = 404 if missing else 200
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    about = {"path": scope["path"], "headers": {k.decode(): v.decode() for k, v in scope["headers"]}}
    await send({"type": "http.response.body", "body": json.dumps(about).encode()})
"""

REQUEST = """meta {
  name: %s
  type: http
  seq: %d
  tags: [%s]
}

get {
  url: {{host}}/%s
  body: none
  auth: none
}

assert {
  res.status: eq 200
}

%s
"""

Make = Callable[..., Path]


@pytest.fixture(scope="session", autouse=True)
def loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Load what runs need: pytester unloads after each run in this process what was not loaded before it."""
    for module in pkgutil.iter_modules(bruscript.pytest_plugin.__path__, "bruscript.pytest_plugin."):
        importlib.import_module(module.name)
    root = tmp_path_factory.mktemp("warm")
    (root / "bruno.json").write_text("{}")
    (root / "a.bru").write_text(REQUEST % ("a", 1, "", "a", "tests {\n  test('t', () => {});\n}"))
    namespace: dict[str, object] = {}
    exec(APP.replace("seen.txt", str(root / "seen.txt")), namespace)
    assert bruscript.run(root, app=namespace["app"], env_vars={"host": "http://app"}).ok


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No plugin but those that are named: some take seconds to load."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "bruscript.pytest_plugin")
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def make(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, alone: None) -> Make:
    """Makes collections of requests that go to an application which notes their paths in seen.txt.

    A request is called as its path; its value is what else stands in its file.
    """
    monkeypatch.syspath_prepend(pytester.path)
    # Tests of the command in this process have imported a `server` of theirs.
    monkeypatch.delitem(sys.modules, "server", raising=False)
    (pytester.path / "server.py").write_text(APP)
    pytester.makeini("[pytest]\nbruscript = true\nbruscript_env = local\nbruscript_app = server.py:app\n")

    def make(name: str = "api", tags: str = "", **requests: str) -> Path:
        root = pytester.path / name
        (root / "environments").mkdir(parents=True)
        for environment in ("local", "other"):
            (root / "environments" / f"{environment}.bru").write_text("vars {\n  host: http://app\n}\n")
        (root / "bruno.json").write_text('{"version": "1", "name": "api", "type": "collection"}')
        for seq, (request, rest) in enumerate(requests.items(), 1):
            (root / f"{request}.bru").write_text(REQUEST % (request, seq, tags, request, rest))
        return root

    return make


@pytest.fixture
def seen(pytester: pytest.Pytester) -> Callable[[], list[str]]:
    """The paths that the application was asked for since the last time."""

    def seen() -> list[str]:
        file = pytester.path / "seen.txt"
        if not file.exists():
            return []
        lines = file.read_text().split()
        file.unlink()
        return [line.lstrip("/") for line in lines]

    return seen
