from __future__ import annotations

from pathlib import Path

import pytest
from cli.invoke import Invoke, invoker


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "BRUSCRIPT_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def bruscript(capsys: pytest.CaptureFixture[str]) -> Invoke:
    return invoker(capsys)


REQUEST = """meta {
  name: %s
  type: http
  seq: %d
  tags: [
    %s
  ]
}

get {
  url: {{host}}/%s
  body: none
  auth: inherit
}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small collection, and the current directory in it."""
    root = tmp_path / "shop"
    (root / "environments").mkdir(parents=True)
    (root / "orders").mkdir()
    (root / "bruno.json").write_text('{"version": "1", "name": "shop", "type": "collection"}')
    (root / "collection.bru").write_text(
        "auth {\n  mode: bearer\n}\n\nauth:bearer {\n  token: {{token}}\n}\n\n"
        "vars:pre-request {\n  host: http://collection\n  page: 1\n}\n"
    )
    (root / "orders" / "folder.bru").write_text(
        "meta {\n  name: Orders\n}\n\nauth {\n  mode: basic\n}\n\n"
        "auth:basic {\n  username: u\n  password: p\n}\n"
    )
    (root / "environments" / "local.bru").write_text(
        "vars {\n  host: http://local\n}\nvars:secret [\n  token\n]\n"
    )
    (root / ".env").write_text("KEY=from-dotenv\n")
    (root / "health.bru").write_text(REQUEST % ("Health", 1, "smoke", "health"))
    (root / "orders" / "all.bru").write_text(REQUEST % ("All", 1, "slow", "orders"))
    monkeypatch.chdir(root)
    return root
