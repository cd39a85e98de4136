"""Variables written back into YAML files: every byte that no script is about stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bruscript.collection import load
from bruscript.collection.environment import read_environment
from bruscript.collection.writeback import persist_collection, persist_environment

ENVIRONMENT = """\
# An environment that somebody keeps by hand.
name:   Local
x-owner: {team: api,  mail: 'a@b'}   # not ours
variables:
    # the host comes first
    - name:  host
      value: "http://localhost"   # with port?
      note: kept
    - {name: flow,  value: 1.50, description: 'it''s'}

    - name: port
      value:
          type: number   # of the server
          data: '80'
    - name: text
      value: |-
          two
          lines
    - name: off
      value: yes
      disabled: true
    - secret: true
      name: token   # never written
# The end.

color: "#fff"
"""
BEFORE = {"host": "http://localhost", "flow": "1.50", "port": 80, "text": "two\nlines", "token": ""}


@pytest.mark.parametrize(
    ("after", "old", "new"),
    [
        ({"host": "https://b"}, '"http://localhost"   # with', '"https://b"   # with'),
        ({"flow": "2"}, "value: 1.50,", 'value: "2",'),
        ({"port": 81}, "data: '80'", "data: '81'"),
        ({"text": "one"}, "value: |-\n          two\n          lines\n", "value: one\n"),
        (
            {"text": "a\nb"},
            "value: |-\n          two\n          lines\n",
            "value: |-\n        a\n        b\n",
        ),
        ({"token": "secret"}, "", ""),
        (
            {"fresh": "x"},
            "      name: token   # never written\n",
            "      name: token   # never written\n    - name: fresh\n      value: x\n",
        ),
        (
            {"off": "now on"},
            "      name: token   # never written\n",
            "      name: token   # never written\n    - name: off\n      value: now on\n",
        ),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_one_variable_changes(
    tmp_path: Path, after: dict[str, Any], old: str, new: str, newline: str
) -> None:
    path = tmp_path / "Local.yml"
    path.write_bytes(ENVIRONMENT.replace("\n", newline).encode())
    wrote = persist_environment(path, BEFORE, {**BEFORE, **after})
    assert ENVIRONMENT.count(old) == 1 or not old
    assert path.read_bytes().decode() == ENVIRONMENT.replace(old, new).replace("\n", newline)
    assert wrote == bool(old)
    if wrote:
        assert read_environment(path).variables == {**BEFORE, **after}


def test_several_at_once(tmp_path: Path) -> None:
    path = tmp_path / "Local.yml"
    path.write_text(ENVIRONMENT)
    after = {"host": "b", "port": {"a": [1]}, "text": True, "new": 5, "nothing": None}
    assert persist_environment(path, BEFORE, after)
    assert read_environment(path).variables == {**after, "nothing": "", "token": ""}
    kept = [line for line in ENVIRONMENT.split("\n") if not any(word in line for word in GONE)]
    lines = iter(path.read_text().split("\n"))
    assert all(line in lines for line in kept)


GONE = (
    "http://localhost",
    "flow",
    "type: number",
    "data: '80'",
    "|-",
    "two",
    "lines",
)


def test_deleted_variables_leave(tmp_path: Path) -> None:
    path = tmp_path / "Local.yml"
    path.write_text(ENVIRONMENT)
    after = {name: value for name, value in BEFORE.items() if name not in ("flow", "token")}
    assert persist_environment(path, BEFORE, after)
    expected = ENVIRONMENT.replace("    - {name: flow,  value: 1.50, description: 'it''s'}\n", "")
    # The secret's name stays: a value that is set later is one, too.
    assert path.read_text() == expected


COLLECTION = """\
opencollection: "1.0.0"
info: {name: Shop, summary: 'Kept.'}   # one line
request:
  headers:
  - name: a
    value: b
  variables:
  - name: region   # of the servers
    value: eu
docs: >
  Folded
  text.
"""


def test_the_collections_own_variables(tmp_path: Path) -> None:
    path = tmp_path / "opencollection.yml"
    path.write_text(COLLECTION)
    assert persist_collection(path, {"region": "eu"}, {"region": "us", "n": 1})
    expected = COLLECTION.replace("value: eu", "value: us").replace(
        "us\ndocs", 'us\n  - name: n\n    value:\n      type: number\n      data: "1"\ndocs'
    )
    assert path.read_text() == expected
    assert not persist_collection(path, {"region": "us"}, {"region": "us"})


def test_a_collection_without_variables(tmp_path: Path) -> None:
    path = tmp_path / "opencollection.yml"
    path.write_text("info:\n  name: Shop\n# end\n")
    assert persist_collection(path, {}, {"a": "b"})
    assert path.read_text() == (
        "info:\n  name: Shop\nrequest:\n  variables:\n    - name: a\n      value: b\n# end\n"
    )
    assert load(tmp_path).data["vars"]["req"][0]["value"] == "b"
