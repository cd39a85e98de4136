"""The parse tables: kept, found again, and made anew where they are missing or damaged."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bruscript.lang.bru import tables

ONE_FILE = 'from bruscript.lang import parse; parse("get {\\n  url: a\\n}\\n").to_json()'


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # A wheel has its tables beside the grammars; a checkout, which this makes one of, has none.
    grammars = tmp_path / "grammar"
    shutil.copytree(tables.grammar_directory(), grammars, ignore=shutil.ignore_patterns("tables.json"))
    monkeypatch.setattr(tables, "grammar_directory", lambda: grammars)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    return tmp_path / "bruscript"


def test_tables_are_kept_and_found_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tables.load_tables()
    (kept,) = cache.iterdir()
    assert set(made) == set(tables.GRAMMARS)

    def refuse(grammar: Path) -> tables.Table:
        raise AssertionError(f"{grammar} was computed again")

    monkeypatch.setattr(tables, "make_table", refuse)
    assert json.loads(json.dumps(made)) == tables.load_tables()
    assert list(cache.iterdir()) == [kept]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"key": "other", "tables": {}}', "\x00"])
def test_damaged_tables_are_made_anew(cache: Path, damage: str) -> None:
    tables.load_tables()
    (kept,) = cache.iterdir()
    whole = kept.read_text()
    kept.write_text(damage)
    assert set(tables.load_tables()) == set(tables.GRAMMARS)
    # Lark numbers the states of an automaton as it likes.
    assert json.loads(kept.read_text())["key"] == json.loads(whole)["key"]
    assert json.loads(kept.read_text())["tables"].keys() == json.loads(whole)["tables"].keys()


def test_a_home_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "file"
    place.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(place))
    monkeypatch.setenv("LOCALAPPDATA", str(place))
    assert set(tables.load_tables()) == set(tables.GRAMMARS)


def test_tables_for_a_wheel(tmp_path: Path) -> None:
    place = tables.build_tables(tmp_path / "grammar")
    assert place.name == "tables.json"
    assert set(json.loads(place.read_text())["tables"]) == set(tables.GRAMMARS)


def test_parsing_with_kept_tables_does_not_import_lark(cache: Path) -> None:
    tables.load_tables()
    script = f"{ONE_FILE}; import sys; sys.exit('lark' in sys.modules)"
    # Isolated, so that it is the installed package that is imported, as it is here.
    assert subprocess.run([sys.executable, "-I", "-c", script]).returncode == 0
