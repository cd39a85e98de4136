"""Variables written back into JSON environments: only the values that a script changed are other bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from bruscript.collection.writeback import persist_environment
from bruscript.collection.writeback.json_file import JsonEnvironment

LAID_OUT = """{ "name" : "Local",   "size": 1.10,
  "variables": [
     { "name": "a",  "value": "x" ,"uid":"\\u00e9"},
     {
       "name": "n", "big": 1e400,
       "value": 1.50, "dataType": "number"
     },   { "value": "first", "name": "b", "value": "last" }

  ], "more": [1,2,  3.0] }

"""


@pytest.mark.parametrize(
    ("after", "old", "new"),
    [
        ({"a": "y"}, '"value": "x"', '"value": "y"'),
        ({"a": 5}, '"value": "x" ,"uid":"\\u00e9"', '"value": 5 ,"uid":"\\u00e9" ,"dataType": "number"'),
        ({"n": 2.5}, "1.50", "2.5"),
        ({"n": "t"}, '"value": 1.50, "dataType": "number"', '"value": "t"'),
        (
            {"n": {"k": [1]}},
            '1.50, "dataType": "number"',
            '{"k": [1]}, "dataType": "object"',
        ),
        ({"b": "é"}, '"last"', '"\\u00e9"'),
        (
            {"new": "z"},
            '"value": "last" }',
            '"value": "last" },   '
            '{ "name": "new", "value": "z", "type": "text", "enabled": true, "secret": false }',
        ),
        ({"a": None}, '"value": "x"', '"value": null'),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_one_variable_changes(
    tmp_path: Path, after: dict[str, Any], old: str, new: str, newline: str
) -> None:
    path = tmp_path / "Local.json"
    path.write_bytes(LAID_OUT.replace("\n", newline).encode())
    before = {"a": "x", "n": 1.5, "b": "last"}
    assert persist_environment(path, before, before | after)
    assert LAID_OUT.count(old) == 1
    assert path.read_bytes().decode() == LAID_OUT.replace(old, new).replace("\n", newline)


@pytest.mark.parametrize(
    ("removed", "left"),
    [
        ("a", LAID_OUT[LAID_OUT.index("     {\n") + 5 :]),
        (
            "b",
            "},\n     {" + LAID_OUT[LAID_OUT.index("     {\n") + 6 : LAID_OUT.index(",   {")] + "\n\n  ], ",
        ),
        ("abn", '"variables": [], "more"'),
    ],
)
def test_deleted_variables_leave(tmp_path: Path, removed: str, left: str) -> None:
    path = tmp_path / "Local.json"
    path.write_text(LAID_OUT)
    before = {"a": "x", "n": 1.5, "b": "last"}
    assert persist_environment(path, before, {k: v for k, v in before.items() if k not in removed})
    text = path.read_text()
    assert left in text
    assert text.startswith(LAID_OUT[: LAID_OUT.index("[")])
    assert text.endswith(LAID_OUT[LAID_OUT.rindex("]") - 10 :])


def test_the_first_variable_of_an_empty_list(tmp_path: Path) -> None:
    path = tmp_path / "Local.json"
    fresh = {"name": "a", "value": "x", "type": "text", "enabled": True, "secret": False}
    for indent in (None, 1, 2, "\t"):
        path.write_text(json.dumps({"variables": [], "name": "L"}, indent=indent))
        assert persist_environment(path, {}, {"a": "x"})
        assert path.read_text() == json.dumps({"variables": [fresh], "name": "L"}, indent=indent)
    path.write_text('{"variables":[ ]}')
    assert persist_environment(path, {}, {"a": {"k": "x"}})
    assert '{"variables":[{"name":"a","value":{"k":"x"},"type":"text",' in path.read_text()


def modelled(variables: list[Any], values: dict[str, Any], removed: set[str]) -> list[Any]:
    """Return the entries as they should be, for texts and no secrets."""
    result = [entry for entry in variables if not entry or entry["name"] not in removed]
    for name, value in values.items():
        found = [entry for entry in result if entry and entry["name"] == name]
        for entry in found:
            entry["value"] = value
            entry.pop("dataType", None)
        if not found:
            entry = {"name": name, "value": value, "type": "text", "enabled": True, "secret": False}
            result.append(entry)
    return result


ENTRIES = st.lists(
    st.none()
    | st.fixed_dictionaries(
        {"name": st.sampled_from("abcd")},
        optional={"value": st.text(max_size=3), "dataType": st.just("number"), "x": st.just([{}, "]"])},
    ),
    max_size=4,
)
BLANKS = st.sampled_from(["", " ", "\n", "\n  ", "\t"])


@given(
    ENTRIES,
    st.sampled_from([None, 1, 2, 4]),
    st.lists(BLANKS, min_size=1, max_size=5),
    st.dictionaries(st.sampled_from("abcdef"), st.text(max_size=4)),
    st.sets(st.sampled_from("abcdef")),
)
@examples(150)
def test_any_layout(
    variables: list[Any], indent: int | None, blanks: list[str], values: dict[str, Any], removed: set[str]
) -> None:
    text = json.dumps({"n": 1.5, "variables": variables, "z": []}, indent=indent)
    pieces = text.split(":")
    # More blanks before some of the colons: where they are in no text.
    text = "".join(
        piece + (blanks[at % len(blanks)] if piece.endswith('"') else "") + ":"
        for at, piece in enumerate(pieces[:-1])
    )
    text += pieces[-1]
    file = JsonEnvironment(text, Path("e.json"))
    removed -= values.keys()
    file.remove(sorted(removed))
    file.set(values)
    assert json.loads(file.text()) == {"n": 1.5, "variables": modelled(variables, values, removed), "z": []}
    if indent and not removed and all(variables):
        for line in text.splitlines():
            if '"x"' in line or '"n"' in line:
                assert line.rstrip(",") in file.text()
