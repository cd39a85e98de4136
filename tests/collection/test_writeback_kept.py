"""What write-back keeps out of files, and what it keeps apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bruscript.collection.writeback import PersistError, persist_collection, persist_environment


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("e.bru", "vars {\n  a: \u00e4-#\n}\n"),
        ("e.yml", "variables:\n  - {a: \u00e4-#}\n"),
        ("e.json", '{"variables":\n[\u00e4-#]}\n'),
    ],
)
def test_a_file_that_is_not_utf_8_is_left_alone_and_named_with_the_place(
    tmp_path: Path, name: str, text: str
) -> None:
    path = tmp_path / name
    written = text.encode().replace(b"#", b"\xe9")
    path.write_bytes(written)
    with pytest.raises(PersistError) as failed:
        persist_environment(path, {}, {"a": "b"})
    column = text.split("\n")[1].index("#") + 1
    expected = f"{name}:2:{column}: the byte 0xe9 is not UTF-8\nSave the file as UTF-8."
    assert str(failed.value).endswith(expected)
    assert path.read_bytes() == written


def test_a_name_with_an_at_sign_is_its_own_in_an_environment(tmp_path: Path) -> None:
    path = tmp_path / "Local.bru"
    path.write_text("vars {\n  @a: 1\n  a: 2\n  k: v\n}\n")
    persist_environment(path, {"@a": "1", "a": "2", "k": "v"}, {"@a": "1", "k": "new", "t": "T"})
    assert path.read_text() == "vars {\n  @a: 1\n  k: new\n  t: T\n}\n"
    persist_environment(path, {"@a": "1", "k": "new"}, {"a": "x", "k": "new"})
    assert path.read_text() == "vars {\n  k: new\n  t: T\n  a: x\n}\n"


def test_no_secret_gets_into_a_file_however_it_is_declared(tmp_path: Path) -> None:
    path = tmp_path / "opencollection.yml"
    path.write_text("info:\n  name: C\nrequest:\n  variables:\n    - name: token\n      secret: true\n")
    persist_collection(path, {}, {"token": "zxcvbn-98765", "a": "1"})
    assert "zxcvbn" not in path.read_text()
    assert "name: a" in path.read_text()
    persist_collection(path, {"token": "x", "a": "1"}, {"a": "1"})
    persist_collection(path, {"a": "1"}, {"a": "1", "token": "set-after-deletion"})
    assert "set-after" not in path.read_text()
    assert "name: token\n      secret: true" in path.read_text()
    path = tmp_path / "Local.yml"
    path.write_text("name: L\nvariables:\n  - name: t\n    secret: true\n    disabled: true\n")
    persist_environment(path, {}, {"t": "qwertyuiop1"})
    assert "qwertyuiop1" not in path.read_text()
    for entries in (
        [{"name": "t", "secret": True, "enabled": False, "value": ""}],
        [{"name": "t", "value": "x"}, {"name": "t", "value": "", "secret": True}],
    ):
        path = tmp_path / "Local.json"
        path.write_text(json.dumps({"variables": entries}))
        persist_environment(path, {}, {"t": "qwertyuiop1"})
        assert json.loads(path.read_text()) == {"variables": entries}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Local.bru", "vars:secret [\n  tok\n]\n"),
        ("Local.yml", "name: L\nvariables:\n  - name: tok\n    secret: true\n"),
        ("Local.json", '{"variables": [{"name": "tok", "value": "", "secret": true}]}'),
        ("Local.json", '{"variables": [{"name": "tok", "value": "kept before", "secret": true}]}'),
    ],
)
def test_a_secret_that_was_deleted_is_none_the_less_one(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    persist_environment(path, {"tok": "old"}, {})
    assert "kept before" not in path.read_text()
    persist_environment(path, {}, {"tok": "LEAKED12345"})
    assert "LEAKED12345" not in path.read_text()
    assert "tok" in path.read_text()
