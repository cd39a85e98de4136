"""What the isolate freezes of our own modules: everything that they declare, by their syntax trees."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bruscript.sandbox import Sandbox
from bruscript.sandbox.engine import sources
from bruscript.sandbox.engine.isolate import Isolate
from bruscript.sandbox.engine.v8 import V8
from bruscript.sandbox.parent.start import mini_racer_directory

SCRIPTS = Path(sources.__file__).parents[1] / "js"
BUNDLES = Path(sources._BUNDLES)
CODE = """
const one = 1, two = [2];
const { taken, apart: other, "quoted": third, [one]: computed, ...rest } = {}, three = {};
const { deep: { deeper: [first, , { second = {} } = {}], ...others }, fallback = class Hidden {} } = one;
const [head, [inside], ...tail] = [1, []];
let ofJob = {}, { ofJobToo } = {};
function plain() { const inner = 1; }
async function later() {}
function* many() {}
class Kind { method() { const hidden = 1; } }
if (one) { const block = 1; }
exports.late = class Named {};
  const indented = 1; const behind = 2;
"""
NAMES = [
    *("one", "two", "taken", "other", "third", "computed", "rest", "three"),
    *("first", "second", "others", "fallback", "head", "inside", "tail"),
    *("plain", "later", "many", "Kind", "indented", "behind"),
]


def declared_by_the_isolate(source: str) -> list[str]:
    """The names that js/kernel/declarations.js finds, run by V8 with acorn's bundle."""
    acorn = (BUNDLES / "polyfill__acorn.js").read_text(encoding="utf-8")
    tool = (SCRIPTS / "kernel" / "declarations.js").read_text(encoding="utf-8")
    script = (
        f"const acorn = {{}}, tools = {{}}; new Function('exports', {json.dumps(acorn)})(acorn);"
        f"new Function('exports', {json.dumps(tool)})(tools);"
        f"bru.setVar('names', tools.declarations(acorn.parse, {json.dumps(source)}))"
    )
    with Sandbox(workers=1) as sandbox:
        result = sandbox.run_script(script)
    assert result.error is None, result.error.message
    names = result.variables["names"]
    assert isinstance(names, list)
    return names


def test_every_sort_of_declaration_is_found() -> None:
    assert declared_by_the_isolate(CODE) == NAMES


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("var either = {};", "var: use const, or let for what a job changes"),
        ("export const x = {};", "'import' and 'export' may appear only with 'sourceType: module'"),
        ("import x from 'x';", "'import' and 'export' may appear only with 'sourceType: module'"),
    ],
)
def test_declarations_that_our_modules_do_not_have(source: str, error: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(error)):
        declared_by_the_isolate(source)


def test_what_was_written_down_is_what_the_files_declare() -> None:
    _, text = sources.read_sources()
    read = json.loads(text)
    assert read["acorn"] is None, "the bundles are older than js/: install anew"
    files = {path.relative_to(SCRIPTS).as_posix().removesuffix(".js") for path in SCRIPTS.rglob("*.js")}
    assert files == set(read["declared"]) | {"kernel/bootstrap"}
    for name in ("kernel/table", "kernel/isolation", "api/step", "api/inspect", "node/buffer"):
        assert read["declared"][name] == declared_by_the_isolate(read["texts"][name])


def test_every_declaration_at_the_left_margin_is_frozen() -> None:
    """By another way than acorn: each word behind `const`, `function` and `class` that begins a line."""
    _, text = sources.read_sources()
    read = json.loads(text)
    for name, source in read["texts"].items():
        plain = re.findall(r"^(?:const|(?:async )?function\*?|class) ?([\w$]+)", source, re.MULTILINE)
        patterns = re.findall(r"^const ([{\[][^=;]*) = ", source, re.MULTILINE)
        taken = [word for pattern in patterns for word in re.findall(r"([\w$]+)\s*(?=[,}\]])", pattern)]
        assert {*plain, *taken} <= set(read["declared"][name]), name


def test_a_file_that_has_changed_is_looked_at_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    written = json.loads((BUNDLES / "declarations.json").read_bytes())
    written["api/values"] = {"crc32": 0, "names": []}
    del written["api/step"]
    (tmp_path / "declarations.json").write_text(json.dumps(written))
    acorn = BUNDLES / "polyfill__acorn.js"
    (tmp_path / acorn.name).write_bytes(acorn.read_bytes())
    monkeypatch.setattr(sources, "_BUNDLES", str(tmp_path))
    program, text = sources.read_sources()
    read = json.loads(text)
    assert read["acorn"]
    assert not {"api/values", "api/step"} & set(read["declared"])
    # It boots: what these two declare was found by the isolate itself.
    Isolate(V8(mini_racer_directory()), program, text).close()
