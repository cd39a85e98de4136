"""Paths of several collections on one command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.invoke import Invoke

REQUEST = "meta {\n  name: x\n}\n\nget {\n  url: http://app.test/x\n}\n"


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("ca", "cb"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
        (tmp_path / name / "health.bru").write_text(REQUEST)
    (tmp_path / "app.py").write_text("async def app(scope, receive, send):\n    raise SystemExit('sent')\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", [("run", "--app", "app.py:app"), ("list",)])
@pytest.mark.parametrize("paths", [("ca", "cb"), ("ca/health.bru", "cb/health.bru"), ("ca", "cb/health.bru")])
def test_a_path_of_another_collection_is_an_error(
    bruscript: Invoke, two: Path, command: tuple[str, ...], paths: tuple[str, str]
) -> None:
    outcome = bruscript(*command, *paths)
    assert outcome.status == 1
    assert f"{paths[1]} is outside the collection ca\n" in outcome.err
    assert "run cb by itself" in outcome.err
    assert outcome.out == ""


def test_one_linked_file_is_run(bruscript: Invoke, two: Path) -> None:
    (two / "away.bru").write_text(REQUEST)
    (two / "ca" / "linked.bru").symlink_to(two / "away.bru")
    outcome = bruscript("list", "ca/linked.bru")
    assert outcome.status == 0
    assert "linked.bru" in outcome.out


def test_check_takes_several_collections(bruscript: Invoke, two: Path) -> None:
    assert bruscript("check", "ca", "cb").status == 0
