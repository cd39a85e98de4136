"""Files in UTF-16, of which nothing can be read: every command says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from apps.answering import ANSWERING
from cli.invoke import Invoke

BRU = "meta {\n  name: a\n}\n\nget {\n  url: http://app.test/é\n}\n"
YML = "info:\n  name: a\n  type: http\nhttp:\n  method: get\n  url: http://app.test/é\n"
FILES = {
    "bru": ("bruno.json", '{"version": "1", "name": "c", "type": "collection"}', "vars {\n  a: 1\n}\n"),
    "yml": ("opencollection.yml", "opencollection: 1.0.0\ninfo:\n  name: c\n", "name: e\nvariables: []\n"),
}
ENCODINGS = ["utf-16", "utf-16-le", "utf-16-be", "utf-32"]


@pytest.fixture(params=["bru", "yml"])
def suffix(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    suffix = str(request.param)
    name, text, environment = FILES[suffix]
    tmp_path = tmp_path / "c"
    tmp_path.mkdir()
    (tmp_path / name).write_text(text)
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / f"e.{suffix}").write_text(environment)
    (tmp_path / f"good.{suffix}").write_text(BRU if suffix == "bru" else YML, encoding="utf-8")
    (tmp_path / "app.py").write_text(ANSWERING)
    monkeypatch.chdir(tmp_path)
    return suffix


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_request(bruscript: Invoke, suffix: str, encoding: str) -> None:
    file = Path(f"wide.{suffix}")
    file.write_text(BRU if suffix == "bru" else YML, encoding=encoding)
    says = f"wide.{suffix}:1:1: the file is in {encoding[:6].upper()}, not in UTF-8\nSave it as UTF-8."
    outcome = bruscript("run", "--app", "app.py:app")
    assert outcome.status == 1
    assert says in outcome.out
    assert re.search(r"^good(\.yml)? \(200", outcome.out, re.MULTILINE)
    for args in (("check",), ("fmt", "--check"), ("parse", str(file)), ("send", str(file))):
        outcome = bruscript(*args)
        assert outcome.status not in (0, 4)
        assert (outcome.out + outcome.err).count(says) == 1
    outcome = bruscript("convert", ".", "--to", "yml" if suffix == "bru" else "bru", "-o", "../out")
    assert outcome.status == 1
    assert says in outcome.err


def test_another_yaml_file_in_utf_16_is_none_of_ours(bruscript: Invoke, suffix: str) -> None:
    for name, text in (("other.yml", "services: {}\n"), ("broken.yml", "a: [\n")):
        Path(name).write_text(text, encoding="utf-16")
    assert bruscript("run", "--app", "app.py:app").status == 0
    assert bruscript("check").status == 0


@pytest.mark.parametrize("name", ["collection", "folder", "environment", "dotenv", "bruno.json"])
def test_other_files(bruscript: Invoke, suffix: str, name: str) -> None:
    own = {"bru": "collection.bru", "yml": "opencollection.yml"}[suffix]
    (Path("d")).mkdir()
    (Path("d") / f"x.{suffix}").write_text(BRU if suffix == "bru" else YML, encoding="utf-8")
    files = {
        "collection": own,
        "folder": f"d/folder.{suffix}",
        "environment": f"environments/e.{suffix}",
        "dotenv": ".env",
        "bruno.json": FILES[suffix][0],
    }
    file = Path(files[name])
    text = (
        file.read_text() if file.exists() else "SECRET_KEY=hush\n" if name == "dotenv" else "docs {\n  x\n}\n"
    )
    file.write_text(text, encoding="utf-16")
    outcome = bruscript("run", "--app", "app.py:app", "--env", "e")
    assert outcome.status > 1
    assert f"{file}" in outcome.err
    assert "UTF-8" in outcome.err
    assert "hush" not in outcome.out + outcome.err


def test_bytes_of_a_data_file_that_are_not_utf_8_are_a_warning(bruscript: Invoke, suffix: str) -> None:
    Path("rows.csv").write_bytes(b"a\nb\xe9\n")
    outcome = bruscript("run", "--app", "app.py:app", "--csv-file-path", "rows.csv")
    assert outcome.status == 0
    assert "rows.csv:2: the byte 0xe9 is not UTF-8, and read as U+FFFD: save the file as UTF-8" in outcome.out
