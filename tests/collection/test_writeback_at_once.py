"""Many variables written at once: the same bytes, reasons and warnings as one by one, in linear time."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from examples import examples
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st

from bruscript.collection.writeback import (
    PersistError,
    persist_collection,
    persist_environment,
    stored_variables,
)
from bruscript.collection.writeback.bru import BruCollection, BruEnvironment
from bruscript.collection.writeback.changes import Changes
from bruscript.collection.writeback.format import VariablesFile
from bruscript.collection.writeback.json_file import JsonEnvironment
from bruscript.collection.writeback.persist import _apply
from bruscript.collection.writeback.yml import YmlCollection, YmlEnvironment
from bruscript.errors import BruscriptError
from bruscript.lang import parse

PLAIN = ["a", "b", "host", "dup", "token", "x-y", "new1", "new2", "new3"]
NAMES = st.sampled_from(PLAIN) | st.sampled_from(
    [
        "@a",
        "@host",
        "@@a",
        "~a",
        "~off",
        "a b",
        "a:b",
        '"q"',
        "'s'",
        "}",
        "two\nlines",
        "1",
        "1.10",
        "true",
        "",
        "#c",
    ]
)
VALUES: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(
        ["x", "hello world", "http://h/?a=b", "", "~", "null", "a: b", "# c", "[x", "{y", "*z", "x'''"]
    ),
    st.sampled_from([1, -5, 1.5, 1e21, True, False, None, {}, [], {"a": [1, "x"]}, {"k": " ''' "}]),
    st.sampled_from(
        [" x", "x ", "\tx\n", "one\ntwo\n", " ", "\n", "l1\nl2", "l1\n\n", "a\n'''\nb", "\ud800", "b\rc"]
    ),
    st.text("ab :'\"\n#{}[]", max_size=5),
)
LINE_END = st.sampled_from(["\n", "\n", "\r\n"])


@st.composite
def bru_texts(draw: st.DrawFn, block: str) -> str:
    """Return a file in which pairs repeat, are disabled, annotated, local or followed by blanks."""
    text = draw(st.sampled_from(["", "docs {\n  hi\n}\n\n"])) if block != "vars" else ""
    for _ in range(draw(st.integers(0, 2))):
        lines = "".join(
            draw(
                st.sampled_from(
                    ["", "", "  @number\n", "  @description('d')\n", "  @description('d')\n  @object\n"]
                )
            )
            + f"  {draw(st.sampled_from(['a', 'b', '@a', '~a', 'dup', 'dup', '@host', '1']))}"
            + draw(st.sampled_from([": ", ":", "  :  "]))
            + draw(st.sampled_from(["1", "x y", "", "true", "'''\n    l1\n    l2\n  '''"]))
            + draw(st.sampled_from(["\n", "\n", " \n", "\n\n"]))
            for _ in range(draw(st.integers(0, 4)))
        )
        text += f"{block} {{\n{lines}}}\n"
    if block == "vars":
        secrets = draw(st.lists(st.sampled_from(["token", "host", "~off", "token"]), max_size=3))
        text += "vars:secret [\n" + ",\n".join(f"  {name}" for name in secrets) + "\n]\n" if secrets else ""
        text += draw(st.sampled_from(["", "", "color: #fff\n"]))
    return text.replace("\n", draw(LINE_END))


ROWS = st.sampled_from(
    [
        *("name: a\nvalue: 1", "name: a\nvalue: x   # c", "name: dup\nvalue: 'q'", 'name: dup\nvalue: "d"'),
        *("name: b\nvalue: |-\n  l1\n  l2", "name: dup\nvalue: |+\n  l1\n", "{name: x-y,  value: 1.50}  # f"),
        *(
            "name: host\nvalue:\n  type: number\n  data: '80'",
            "name: a\nvalue: off\ndisabled: true",
            "name: '1'",
        ),
        *("secret: true\nname: token", "name: token\nsecret: true\ndisabled: true"),
    ]
)


@st.composite
def yml_texts(draw: st.DrawFn, *, collection: bool) -> str:
    """Return a file whose variables are in block or flow style, with comments and empty lines between."""
    rows = draw(st.lists(ROWS, max_size=5))
    margin = draw(st.sampled_from(["", "  "]))
    if not rows:
        lines = draw(st.sampled_from(["variables: []\n", "variables:\n", ""]))
    elif draw(st.integers(0, 3)) == 0:
        flow = [f"{{name: n{at}, value: x}}" for at in range(len(rows))]
        lines = f"variables: [{', '.join([*flow, '{name: a}'])}]\n"
    else:
        lines = "variables:\n"
        for row in rows:
            lines += draw(st.sampled_from(["", "", f"{margin}# above\n"]))
            lines += (
                f"{margin}- "
                + row.replace("\n", f"\n{margin}  ")
                + draw(st.sampled_from(["\n", "\n", "\n\n"]))
            )
    if collection:
        inner = "".join(f"  {line}".rstrip(" ") for line in lines.splitlines(keepends=True))
        lines = f"info:\n  name: C\nrequest:\n{inner}" if lines else "info:\n  name: C\n"
    else:
        lines = f"name: L\n{lines}" + draw(st.sampled_from(["", "# end\n", "color: '#fff'\n"]))
    return lines


@st.composite
def json_texts(draw: st.DrawFn) -> str:
    """Return an environment in JSON."""
    entry = '{{"name": "{}", "value": "{}", "secret": {}, "enabled": {}}}'
    flag = st.sampled_from(["true", "false"])
    rows = draw(
        st.lists(st.tuples(st.sampled_from(PLAIN), st.sampled_from(["", "x"]), flag, flag), max_size=5)
    )
    return '{"variables": [' + ", ".join(entry.format(*row) for row in rows) + "]}"


CASES = st.one_of(
    st.tuples(st.just(BruEnvironment), bru_texts("vars")),
    st.tuples(st.just(BruCollection), bru_texts("vars:pre-request")),
    st.tuples(st.just(YmlEnvironment), yml_texts(collection=False)),
    st.tuples(st.just(YmlCollection), yml_texts(collection=True)),
    st.tuples(st.just(JsonEnvironment), json_texts()),
)


def outcome(format_: type[VariablesFile], text: str, steps: Iterable[Changes]) -> Any:
    """Return the text after the changes, the refusals with their reasons, and what was trimmed."""
    file = format_(text, Path("file"))
    refused: dict[str, str] = {}
    trimmed: list[str] = []
    for changes in steps:
        reasons, names = _apply(file, changes)
        refused |= reasons
        trimmed += names
    return file.text(), refused, trimmed


@given(CASES, st.dictionaries(NAMES, VALUES, max_size=7), st.frozensets(NAMES, max_size=7))
@examples(160)
def test_at_once_is_the_same_as_one_by_one(
    case: tuple[type[VariablesFile], str], values: dict[str, Any], removed: frozenset[str]
) -> None:
    format_, text = case
    removed -= values.keys()
    if format_.unix:
        text = text.replace("\r\n", "\n")
    try:
        format_(text, Path("file"))
    except BruscriptError:
        return
    single = [Changes({}, frozenset([name])) for name in sorted(removed)]
    single += [Changes({name: value}, frozenset()) for name, value in values.items()]
    assert outcome(format_, text, [Changes(values, removed)]) == outcome(format_, text, single)


EMPTY = {
    "Local.bru": "vars {\n  a: 1\n}\n",
    "collection.bru": "vars:pre-request {\n  a: 1\n}\n",
    "Local.yml": "name: L\nvariables:\n  - name: a\n    value: 1\n",
    "opencollection.yml": "info:\n  name: C\nrequest:\n  variables:\n    - name: a\n      value: x\n",
    "Local.json": '{"variables": [{"name": "a", "value": "1"}]}',
}


@pytest.mark.parametrize("name", EMPTY)
def test_the_time_is_in_proportion_to_the_number_of_variables(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    persist = persist_collection if "ollection" in name else persist_environment

    def write(size: int) -> None:
        path.write_text(EMPTY[name])
        scopes: list[dict[str, Any]] = [
            {f"v{number}": f"{word}{number}" for number in range(size)} for word in ("x", "y ")
        ]
        scopes[1] |= {"v1": 1, "v2": {"k": "v"}, "v3": "l1\nl2", "v4": None}
        assert persist(path, {}, scopes[0])
        assert persist(path, scopes[0], scopes[1])
        assert persist(path, scopes[1], {})
        path.write_text(EMPTY[name])
        # A few that some formats refuse.
        odd = {"\ud800": "x", "~off": "x", "two\nlines": "x'''"}
        with suppress(PersistError):
            persist(path, {}, {**scopes[0], **odd})
        assert set(scopes[0]) < set(stored_variables(path, collection="ollection" in name))

    assert_linear(write, 60)


@pytest.mark.parametrize("name", EMPTY)
@pytest.mark.parametrize(
    "value",
    [{"k": "'''"}, "l1\n'''x", "l1\n\n", "tab\n\t", ["\n\n"], "x "],
    ids=["object", "three quotes", "empty lines", "tab", "list", "blank"],
)
def test_many_values_that_need_another_form(tmp_path: Path, name: str, value: Any) -> None:
    path = tmp_path / name
    persist = persist_collection if "ollection" in name else persist_environment

    def write(size: int) -> None:
        path.write_text(EMPTY[name])
        old = {f"v{number}": "x" for number in range(0, size, 2)}
        assert persist(path, {}, old)
        with suppress(PersistError):
            persist(path, old, {f"v{number}": value for number in range(size)} | {"plain": "x"})
        assert stored_variables(path, collection="ollection" in name)["plain"] == "x"

    assert_linear(write, 25)


def test_the_reason_is_that_of_each_value(tmp_path: Path) -> None:
    path = tmp_path / "Local.bru"
    path.write_text("vars {\n  a: 1\n}\nvars:secret [\n  t\n]\n")
    after = {"a": "l1\n'''x", "b": "\ud800", "c": "fine", "t": "\ud800"}
    with pytest.raises(PersistError) as caught:
        persist_environment(path, {"a": "1"}, after)
    assert '"a": the value of `a` cannot be written in `vars`: the three quotes' in str(caught.value)
    assert '"b": it has half of a character' in str(caught.value)
    assert '"t"' not in str(caught.value)
    assert path.read_text() == "vars {\n  a: 1\n  c: fine\n}\nvars:secret [\n  t\n]\n"


def test_pairs_next_to_each_other_are_removed_without_the_next(tmp_path: Path) -> None:
    path = tmp_path / "Local.bru"
    path.write_text("vars {\n  a: 1\n  a: 2\n  b: 3\n  c: 4444\n}\nvars:secret [\n  t,\n  t,\n  u,\n  w\n]\n")
    assert persist_environment(path, {"a": "2", "t": ""}, {})
    assert path.read_text() == "vars {\n  b: 3\n  c: 4444\n}\nvars:secret [\n  t,\n  t,\n  u,\n  w\n]\n"
    document = parse(path.read_text(), "environment").remove_secret("t")
    assert document.text == "vars {\n  b: 3\n  c: 4444\n}\nvars:secret [\n  u,\n  w\n]\n"


def test_a_type_changes_whose_annotation_is_indented_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "Local.bru"
    path.write_text("vars {\n      @number\n  port: 80\n}\n")
    assert persist_environment(path, {"port": 80}, {"port": True})
    assert path.read_text() == "vars {\n  @boolean\n  port: true\n}\n"
