from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pytest

from bruscript.collection.environment import read_environment
from bruscript.collection.layout import layout_of
from bruscript.collection.writeback import PersistError, persist_collection, persist_environment
from bruscript.collection.writeback.bru import BruCollection, BruEnvironment
from bruscript.collection.writeback.format import VariablesFile
from bruscript.collection.writeback.json_file import JsonEnvironment
from bruscript.collection.writeback.yml import YmlCollection, YmlEnvironment
from bruscript.files import locked
from bruscript.lang import parse

BRU = """vars {
  // not touched
  host:    http://localhost
  @description("the port")
  @number
  port: 80
  ~old: x
}

vars:secret [
  token
]
"""


def test_only_the_changed_lines_change(tmp_path: Path) -> None:
    path = tmp_path / "Local.bru"
    path.write_text(BRU.replace("  // not touched\n", ""))
    before = {"host": "http://localhost", "port": 80, "token": ""}
    old = path.read_text().splitlines()
    assert persist_environment(path, before, {**before, "port": 81})
    new = path.read_text().splitlines()
    assert [(a, b) for a, b in zip(old, new, strict=True) if a != b] == [("  port: 80", "  port: 81")]


def test_nothing_to_do_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "Local.bru"
    path.write_text("vars {\n  a: 1\n}\n")
    stamp = path.stat().st_mtime_ns, path.stat().st_ino
    # --env-var gave b and another a: neither was touched by a script.
    assert not persist_environment(path, {"a": "override", "b": "x"}, {"a": "override", "b": "x"})
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == stamp


def test_types_follow_values(tmp_path: Path) -> None:
    path = tmp_path / "Local.bru"
    path.write_text("vars {\n  a: 1\n}\n")
    values = {"a": 1, "b": True, "c": {"k": [1, "x"]}, "d": "1", "e": None, "f": "l1\nl2", "g": 1.5}
    assert persist_environment(path, {"a": "1"}, values)
    assert read_environment(path).variables == {**values, "e": ""}


def test_secrets_stay_out_of_the_file(tmp_path: Path) -> None:
    for name, text in (
        ("Local.bru", "vars {\n  a: 1\n}\nvars:secret [\n  token\n]\n"),
        ("Local.yml", "name: L\nvariables:\n  - secret: true\n    name: token\n"),
        ("Local.json", '{"variables": [{"name": "token", "value": "", "secret": true}]}'),
    ):
        path = tmp_path / name
        path.write_text(text)
        persist_environment(path, {"token": ""}, {"token": "s3cret", "b": "2"})
        written = path.read_text()
        assert "s3cret" not in written
        assert read_environment(path).secrets == {"token"}
        assert read_environment(path).variables["b"] == "2"


def test_deletes(tmp_path: Path) -> None:
    path = tmp_path / "Local.bru"
    path.write_text("vars {\n  a: 1\n  ~a: off\n  b: 2\n}\nvars:secret [\n  token\n]\n")
    assert persist_environment(path, {"a": "1", "b": "2", "token": ""}, {"b": "2"})
    environment = read_environment(path)
    # A value that is set later is a secret, too.
    assert [(entry.name, entry.enabled) for entry in environment.entries if not entry.secret] == [
        ("a", False),
        ("b", True),
    ]
    assert environment.secrets == {"token"}


def test_collection_variables_and_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "collection.bru"
    assert persist_collection(path, {}, {"a": 1})
    assert path.read_text() == "vars:pre-request {\n  @number\n  a: 1\n}\n"
    path.write_text("docs {\n  # hi\n}\n\nvars:pre-request {\n  a: 1\n  @local: x\n}\n")
    assert persist_collection(path, {"a": "1", "local": "x"}, {"a": "2", "local": "y"})
    assert path.read_text() == "docs {\n  # hi\n}\n\nvars:pre-request {\n  a: 2\n  @local: y\n}\n"


def test_keeps_line_ends_permissions_and_links(tmp_path: Path) -> None:
    real = tmp_path / "real.bru"
    real.write_bytes(b"vars {\r\n  a: 1\r\n}\r\n")
    real.chmod(0o640)
    link = tmp_path / "Local.bru"
    link.symlink_to(real)
    assert persist_environment(link, {"a": "1"}, {"a": "2"})
    assert real.read_bytes() == b"vars {\r\n  a: 2\r\n}\r\n"
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(tmp_path)) == ["Local.bru", "real.bru"]


def test_a_read_only_or_broken_file_is_an_error_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "Local.bru"
    path.write_text("vars {\n  a: 1\n}\n")
    path.chmod(0o444)
    with pytest.raises(PersistError, match="read-only"):
        persist_environment(path, {"a": "1"}, {"a": "2"})
    assert path.read_text() == "vars {\n  a: 1\n}\n"
    path.chmod(0o644)
    path.write_text("vars {\n  a\n}\n")
    with pytest.raises(PersistError, match=r"Local\.bru:2"):
        persist_environment(path, {"a": "1"}, {"a": "2"})


def test_json_keeps_what_it_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "e.json"
    text = json.dumps(
        {
            "x": 1,
            "variables": [
                {"uid": "u", "name": "a", "value": "é"},
                {"name": "s", "value": "v", "secret": True},
            ],
        },
        indent=4,
        ensure_ascii=False,
    )
    path.write_text(text, encoding="utf-8")
    assert persist_environment(path, {"a": "é", "s": "v"}, {"a": 5, "s": "w"})
    expected = text.replace('"value": "é"', '"value": 5,\n            "dataType": "number"').replace(
        '"v"', '"w"'
    )
    assert path.read_text(encoding="utf-8") == expected


def test_yaml_keeps_comments(tmp_path: Path) -> None:
    path = tmp_path / "e.yml"
    text = "# mine\nname: E\nvariables:\n- name: a # here\n  value: 'one'\n- name: b\n  value: two\n"
    path.write_text(text)
    assert persist_environment(path, {"a": "one", "b": "two"}, {"a": "one", "b": "5"})
    assert path.read_text() == text.replace("value: two", 'value: "5"')


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_is_neither_read_again_nor_replaced(tmp_path: Path) -> None:
    path = tmp_path / "Local.bru"
    os.mkfifo(path)
    assert not persist_environment(path, {"host": "a"}, {"host": "b"})
    assert path.is_fifo()


FORMATS = {
    "Local.bru": "vars {\n  a: 1\n  b: 2\n}\nvars:secret [\n  token\n]\n",
    "Local.json": '{"variables": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}, '
    '{"name": "token", "value": "", "secret": true}]}',
    "Local.yml": "name: L\nvariables:\n  - name: a\n    value: '1'\n  - name: b\n    value: '2'\n"
    "  - secret: true\n    name: token\n",
    "collection.bru": "vars:pre-request {\n  a: 1\n  b: 2\n  token:\n}\n",
    "opencollection.yml": "info: {name: x} # kept\nrequest:\n  variables:\n    - {name: a, value: '1'}\n"
    "    - name: b\n      value: '2'\n    - name: token\n",
}
COLLECTIONS = ("collection.bru", "opencollection.yml")
SCOPE = {"a": "1", "b": "2", "token": ""}


def persist(path: Path, *scopes: Mapping[str, object], **options: object) -> bool:
    function = persist_collection if path.name in COLLECTIONS else persist_environment
    return function(path, *scopes, **options)  # type: ignore[arg-type]


def values(path: Path) -> dict[str, object]:
    if path.name not in COLLECTIONS:
        return read_environment(path).variables
    format_ = layout_of(path).format
    # As the loader reads it: read_text() would turn every "\r\n" into "\n".
    content = parse(path.read_bytes().decode(), "collection", format=format_).content()
    return {entry["name"]: entry["value"] for entry in content["vars"]["req"]}


@pytest.mark.parametrize("name", FORMATS)
def test_what_no_script_deleted_stays(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(FORMATS[name])
    assert persist(path, SCOPE, {"0": "[", "1": "o"}, deleted=frozenset({"b"}))
    assert values(path) == {"a": "1", "token": "", "0": "[", "1": "o"}


@pytest.mark.parametrize("name", FORMATS)
def test_an_edit_that_would_lose_variables_is_refused(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    path.write_text(FORMATS[name])
    for format_ in (BruCollection, BruEnvironment, JsonEnvironment, YmlCollection, YmlEnvironment):
        set_ = format_.set

        def set_and_lose(
            self: VariablesFile, values: Mapping[str, object], set_: Any = set_
        ) -> Collection[str]:
            set_(self, values)
            if "c" in values:
                self.remove(["b" if values["c"] == "lose" else "a"])
                if values["c"] != "lose":
                    set_(self, {"a": "other"})
            return values.keys()

        monkeypatch.setattr(format_, "set", set_and_lose)
    with pytest.raises(PersistError, match=r"would lose variables that no script deleted: b"):
        persist(path, SCOPE, {**SCOPE, "c": "lose"})
    with pytest.raises(PersistError, match=r"would change variables that no script set: a"):
        persist(path, SCOPE, {**SCOPE, "c": "change"})
    assert path.read_text() == FORMATS[name]


@pytest.mark.parametrize("name", ["Local.bru", "collection.bru"])
def test_a_value_that_cannot_be_written_keeps_no_other_from_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(FORMATS[name])
    # A script may give global variables any name.
    after = {**SCOPE, "a": "\ud800", "two\nlines": "x", "b": "new", "c": 3, "}": "x"}
    with pytest.raises(PersistError) as caught:
        persist(path, SCOPE, after)
    message = str(caught.value)
    assert str(path) in message
    assert '"a": it has half of a character' in message
    assert '"two\\nlines": ' in message.replace("\n", "\\n")
    written = values(path)
    assert {name: written[name] for name in ("a", "b", "c")} == {"a": "1", "b": "new", "c": 3}
    assert "two" not in path.read_text()


@pytest.mark.parametrize("name", ["Local.bru", "collection.bru"])
def test_a_value_is_written_without_the_blanks_that_would_be_lost(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    for value in ("  x  ", "x ", "\tx", "x\u00a0", "one\ntwo\n", " "):
        path.write_text(FORMATS[name])
        texts = []
        # Every run reads the file again, and sets the same value.
        for number in range(3):
            warnings: list[str] = []
            wanted = {**values(path), "a": value, "new": value}
            assert persist(path, values(path), wanted, warn=warnings.append) is (number == 0)
            assert {key: values(path)[key] for key in ("a", "new")} == dict.fromkeys(
                ("a", "new"), value.strip()
            )
            assert [warning.split('"')[1] for warning in warnings] == ["a", "new"]
            texts.append(path.read_text())
        assert len(set(texts)) == 1


@pytest.mark.parametrize("name", FORMATS)
def test_a_value_that_is_written_is_the_same_in_the_next_run(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(FORMATS[name])
    after = {"a": "b\rc", "b": "one\n  two", "token": "", "new": {"key": " ''' "}, "x": "x'''"}
    persist(path, SCOPE, after)
    assert values(path) == after
    text = path.read_bytes()
    assert not persist(path, values(path), after)
    del after["token"]
    assert not persist(path, {}, after)
    assert path.read_bytes() == text


@pytest.mark.parametrize("name", ["collection.bru", "opencollection.yml", "Local.json", "Local.yml"])
def test_line_ends_in_a_value_are_not_those_of_the_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    for line_end in ("\n", "\r\n"):
        path.write_bytes(FORMATS[name].replace("\n", line_end).encode())
        after = {**SCOPE, "a": "one\r\ntwo", "b": "one\ntwo"}
        assert persist(path, SCOPE, after)
        assert values(path) == after
        assert not persist(path, values(path), after)
        assert persist(path, after, {**after, "new": 1})
        assert values(path) == {**after, "new": 1}
        assert path.read_bytes().count(b"\r\n") > 1 or line_end == "\n" or name == "Local.json"


@pytest.mark.parametrize("name", ["Local.bru", "Local.yml", "collection.bru", "opencollection.yml"])
def test_a_name_that_would_disable_the_variable_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(FORMATS[name])
    with pytest.raises(PersistError, match=r'"~a": no variable in a file can have this name'):
        persist(path, SCOPE, {**SCOPE, "~a": "x"})
    assert path.read_text() == FORMATS[name]


@pytest.mark.parametrize("name", ["Local.json", "Local.yml"])
def test_json_and_yaml_hold_every_value(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(FORMATS[path.name])
    assert persist(path, SCOPE, {**SCOPE, "a": "\ud800", "two\nlines": "x"})
    assert values(path) == {**SCOPE, "a": "\ud800", "two\nlines": "x"}
    assert path.read_bytes().decode()


WRITER = """
import sys
from pathlib import Path
from bruscript.collection.layout import layout_of
from bruscript.collection.writeback import persist_collection, persist_environment
persist = persist_collection if sys.argv[1].endswith("collection.bru") else persist_environment
for number in range(10):
    persist(Path(sys.argv[1]), {"a": "1"}, {"a": "1", f"{sys.argv[2]}-{number}": number})
"""


@pytest.mark.parametrize("name", ["Local.bru", "collection.bru", "Local.yml"])
def test_processes_that_write_at_once_lose_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name != "collection.bru":
        path.write_text(FORMATS[name])
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), f"p{n}"]) for n in range(4)]
    assert [writer.wait() for writer in writers] == [0, 0, 0, 0]
    expected = {f"p{n}-{number}": number for n in range(4) for number in range(10)}
    assert values(path) == {**(SCOPE if name != "collection.bru" else {}), **expected}
    assert os.listdir(tmp_path) == [name]


def test_what_another_process_wrote_stays(tmp_path: Path) -> None:
    path = tmp_path / "Local.bru"
    path.write_text("vars {\n  a: theirs\n  new: theirs\n}\n")
    assert persist_environment(path, {"a": "1", "b": "2"}, {"a": "1", "b": "mine"})
    assert path.read_text() == "vars {\n  a: theirs\n  new: theirs\n  b: mine\n}\n"


def test_a_file_that_another_process_holds_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "Local.bru"
    path.write_text(FORMATS[path.name])
    monkeypatch.setattr("bruscript.collection.writeback.persist.locked", lambda path: locked(path, wait=0.05))
    with locked(path), pytest.raises(PersistError, match="another process holds its lock"):
        persist_environment(path, SCOPE, {**SCOPE, "a": "2"})
    assert path.read_text() == FORMATS[path.name]


@pytest.mark.parametrize("name", ["Local.bru", "Local.yml", "Local.json"])
def test_a_file_that_is_gone_is_an_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / "environments" / name
    path.parent.mkdir()
    with pytest.raises(PersistError, match="it is not there any more"):
        persist_environment(path, {}, {"a": "1"})
    assert not path.exists()
    path.mkdir()
    with pytest.raises(PersistError, match="directory"):
        persist_environment(path, {}, {"a": "1"})


def test_a_pair_without_a_name_keeps_no_other_from_being_written(tmp_path: Path) -> None:
    path = tmp_path / "Local.bru"
    path.write_text("vars {\n  __proto__: x\n  a: 1\n}\n")
    persist_environment(path, {"a": "1"}, {"a": "2", "b": "3"})
    assert path.read_text() == "vars {\n  __proto__: x\n  a: 2\n  b: 3\n}\n"
