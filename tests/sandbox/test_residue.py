"""What a script could leave for the next by replacing the language's methods, or in objects that few look at."""

# A script stands on one line, however long.
# ruff: noqa: E501

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from bruscript.sandbox import Job, Sandbox, Segment, SharedSandbox, Step


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox with an isolate of its own."""
    with SharedSandbox("developer", workers=1) as made:
        yield made


# Each finds an object, marks it, and says in the variable "found" what it has found: the same each time it runs.
MARKS = {
    "the prototype of call sites": """
        Error.prepareStackTrace = (error, sites) => sites;
        const [site] = new Error().stack;
        delete Error.prepareStackTrace;
        const made = Object.getPrototypeOf(site);
        bru.setVar("found", `${made.leaked} ${made.getThis.leaked} ${made.constructor.leaked}`);
        for (const object of [made, made.getThis, made.constructor]) object.leaked = 1;
    """,
    "the accessors of an error's stack": """
        const { get, set } = Object.getOwnPropertyDescriptor(new Error(), "stack");
        bru.setVar("found", `${get.leaked} ${set.leaked}`);
        get.leaked = set.leaked = 1;
    """,
    "a pattern of ours": r"""
        const { test } = RegExp.prototype;
        const found = [];
        RegExp.prototype.test = function (text) { found.push(this); return test.call(this, text); };
        try { bru.setVar("x", 1); } catch {}
        RegExp.prototype.test = test;
        bru.setVar("found", `${found[0]}`);
        try { found[0].compile("none"); } catch {}
    """,
    "what writes messages": """
        const was = RegExp.prototype[Symbol.replace];
        const found = [];
        RegExp.prototype[Symbol.replace] = function (text, to) { found.push(this, to); return was.call(this, text, to); };
        try { await bru.runRequest("naïve"); } catch {}
        RegExp.prototype[Symbol.replace] = was;
        bru.setVar("found", found.filter((value) => value.leaked).map(String));
        for (const value of found) value.leaked = 1;
    """,
    "the function around a library": """
        const { defineProperty } = Object;
        const found = [];
        Object.defineProperty = (...args) => {
          Error.prepareStackTrace = (error, sites) => sites.map((site) => site.getFunction());
          found.push(...new Error().stack);
          delete Error.prepareStackTrace;
          return defineProperty(...args);
        };
        for (const name of ["uuid", "cheerio"]) require(name);
        Object.defineProperty = defineProperty;
        const around = found.filter((value) => String(value).startsWith("function (module, exports, require"));
        bru.setVar("found", `${around.length > 0} ${around.filter((each) => each.prototype.leaked).length}`);
        for (const each of around) each.prototype.leaked = 1;
    """,
    "the prototype of the global object": """
        const made = Object.getPrototypeOf(globalThis), stolen = [];
        const { leaked } = globalThis;
        token = "mine";
        bru.setVar("found", `${leaked} ${token} ${Object.getOwnPropertyNames(made)}`);
        made.leaked = 1;
        Object.defineProperty(made, "token", { set(value) { stolen.push(value); }, get: () => "stolen", configurable: true });
    """,
    "a prototype between the global object and its own": """
        bru.setVar("found", typeof leaked);
        Object.setPrototypeOf(globalThis, Object.create(Object.getPrototypeOf(globalThis), { leaked: { value: 1 } }));
    """,
    "the order of globals": """
        bru.setVar("found", Reflect.ownKeys(globalThis).indexOf("Map"));
        delete globalThis.Map;
    """,
    "a function in the place of the script's": """
        }, (() => { let count = 0; return async () => { bru.setVar("found", count += 1); }; })()) || (async () => {
    """,
}


@pytest.mark.parametrize("what", MARKS)
def test_a_mark_is_gone(sandbox: Sandbox, what: str) -> None:
    first = sandbox.run_script(MARKS[what])
    second = sandbox.run_script(MARKS[what])
    assert (second.variables, second.error) == (first.variables, first.error)


@pytest.mark.parametrize("isolation", ["process", "thread"])
@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_a_setter_on_the_prototype_of_the_global_object_is_gone(
    mode: Literal["safe", "developer"], isolation: Literal["process", "thread"]
) -> None:
    what = MARKS["the prototype of the global object"]
    with Sandbox(mode, isolation, workers=1) as sandbox:
        found = [sandbox.run_script(what).variables for _ in range(2)]
    assert found == [{"found": "undefined mine constructor"}] * 2


def test_an_isolate_is_made_anew_only_where_something_was_left() -> None:
    with Sandbox(workers=1, isolation="thread") as sandbox:

        def isolate_after(source: str) -> object:
            sandbox.run_script(source)
            # The next one runs when the look back is over.
            assert sandbox.run_script("1").error is None
            [thread] = sandbox._pool._idle
            return thread._isolate  # type: ignore[attr-defined]

        first = isolate_after("1")
        assert isolate_after("token = 'mine'; bru.setVar('a', token)") is first
        assert isolate_after("Object.getPrototypeOf(globalThis).leaked = 1") is not first


def test_a_script_that_closes_our_function_is_no_script(sandbox: Sandbox) -> None:
    error = sandbox.run_script("}), console.log(1), (async () => {").error
    assert error is not None
    assert (error.kind, error.message) == ("syntax", "Unexpected token '}'")


def test_a_script_gets_no_hold_of_the_memory_of_messages(sandbox: Sandbox) -> None:
    script = """
      const found = [];
      const made = Object.getOwnPropertyDescriptor(Uint8Array.prototype, "constructor");
      const species = function (buffer, at, size) { found.push(buffer); return new Uint8Array(buffer, at, size); };
      Object.defineProperty(Uint8Array.prototype, "constructor", { value: { [Symbol.species]: species } });
      bru.interpolate("{{$guid}}");
      Object.defineProperty(Uint8Array.prototype, "constructor", made);
      bru.setVar("found", found.length);
    """
    assert sandbox.run_script(script).variables == {"found": 0}


def test_messages_of_any_length_and_of_any_characters_arrive(sandbox: Sandbox) -> None:
    class Echo:
        async def call(self, name: str, args: list[object]) -> object:
            return {"response": args[0], "variables": {}}

    script = """
      for (const unit of ["a", "é", "\\u4e2d", "\\ud83d\\ude00", "\\ud800"]) {
        for (const count of [0, 1, 255, 256, 257, (1 << 20) - 3, 1 << 20, 400000]) {
          const text = "x".repeat(count % 7) + unit.repeat(count);
          expect((await bru.runRequest(text)) === text).to.equal(true);
        }
      }
    """
    assert sandbox.run_script(script, host=Echo()).error is None


def test_what_is_kept_of_libraries_is_what_was_asked_for(sandbox: Sandbox) -> None:
    redirect = """
      Array.prototype.toJSON = function () { return this[0] === "bundle" ? ["bundle", ["moment"]] : this; };
      try { require("lodash"); } catch {}
      delete Array.prototype.toJSON;
    """
    sandbox.run_script(redirect)
    assert sandbox.run_script("bru.setVar('a', typeof require('lodash').map)").variables == {"a": "function"}


def test_a_package_of_the_collection_stays_found(tmp_path: Path) -> None:
    package = tmp_path / "node_modules" / "lodash"
    package.mkdir(parents=True)
    (package / "index.js").write_text("exports.own = true")
    hide = """
      const { get } = Map.prototype;
      Map.prototype.get = function (key) { return `${key}`.endsWith("\\0lodash") ? null : get.call(this, key); };
      try { require("lodash"); } catch {}
      Map.prototype.get = get;
    """
    with Sandbox("developer", collection=tmp_path, workers=1) as sandbox:
        sandbox.run_script(hide)
        assert sandbox.run_script("bru.setVar('own', require('lodash').own)").variables == {"own": True}


def test_scripts_whose_paths_hold_line_breaks_are_told_apart(sandbox: Sandbox) -> None:
    texts = ("bru.setVar('first', 1)\n7\nbru.setVar('a', 2)", "bru.setVar('a', 2)")
    segments = (
        Segment(texts[0], Path("a"), 1),
        Segment(texts[1], Path("a\n1\nbru.setVar('first', 1)"), 7),
    )
    one, other = (Job([Step("script", "tests", segments=[segment])]) for segment in segments)
    asyncio.run(sandbox.run(one))
    assert asyncio.run(sandbox.run(other)).changes["variables"]["runtime"] == {"a": 2}


LATE = """
  const mine = bru;
  Object.defineProperty(Object.prototype, "then", { configurable: true, get() {
    if (!Object.hasOwn(this, "results")) return undefined;
    delete Object.prototype.then;
    let turns = 0;
    const turn = () => {
      turns += 1;
      try { if (turns > 50) ACTION; } catch {}
      if (turns < 60) Promise.resolve().then(turn);
    };
    turn();
    return undefined;
  } });
"""


@pytest.mark.parametrize(
    "action", ["mine.interpolate('{{$guid}}')", "for (let i = 0; i < 50; i += 1) mine.runRequest('late')"]
)
def test_what_a_script_asks_for_after_its_end_is_not_asked_for_by_the_next(
    sandbox: Sandbox, action: str
) -> None:
    class Noting:
        def __init__(self) -> None:
            self.asked: list[object] = []

        async def call(self, name: str, args: list[object]) -> object:
            self.asked.append(args[0])
            return {"response": 5, "variables": {}}

    sandbox.run_script(LATE.replace("ACTION", action), host=Noting())
    host = Noting()
    result = sandbox.run_script("bru.setVar('a', await bru.runRequest('next'))", host=host)
    assert (result.error, result.variables, host.asked) == (None, {"a": 5}, ["next"])


def test_an_answer_that_was_cut_off_does_not_reach_the_next_script(sandbox: Sandbox) -> None:
    class Long:
        async def call(self, name: str, args: list[object]) -> object:
            return {"response": "x" * 5_000_000}

    script = LATE.replace(
        "turn();\n", "mine.runRequest('a'); const at = Date.now(); while (Date.now() < at + 300);\n", 1
    )
    sandbox.run_script(script, host=Long())
    result = sandbox.run_script("bru.setVar('a', 1)")
    assert (result.error, result.variables) == (None, {"a": 1})


@pytest.mark.parametrize(
    "thrown",
    [
        "Object.create(null)",
        "Symbol('s')",
        "{ get stack() { throw 1; } }",
        "((console.error = () => { throw 1; }), 1)",
    ],
)
def test_whatever_a_timer_throws_ends_nothing(sandbox: Sandbox, thrown: str) -> None:
    result = sandbox.run_script(f"setTimeout(() => {{ throw {thrown}; }}); test('a', () => {{}});")
    assert result.error is None
    assert [test["status"] for test in result.tests] == ["pass"]


@pytest.mark.parametrize("isolation", ["process", "thread"])
def test_what_v8_never_lets_go_of_is_not_taken_from_the_next_script(
    isolation: Literal["process", "thread"],
) -> None:
    script = "for (let i = 0; i < 50; i += 1) Symbol.for('x'.repeat(1e6) + Math.random())"
    with Sandbox(workers=1, script_memory=64, isolation=isolation) as sandbox:
        assert [sandbox.run_script(script).error for _ in range(4)] == [None] * 4


LATE_BEGINNING = """
import os, time
from bruscript.sandbox.engine import v8
from bruscript.sandbox.parent.start import mini_racer_directory

class Slow(v8.Context):
    def _called_back(self, ident, handle):
        if ident == v8._FIRST:
            time.sleep(0.3)
        super()._called_back(ident, handle)

context = Slow(v8.V8(mini_racer_directory(), ""), lambda: None)
_, functions = context.boot("() => [new SharedArrayBuffer(4), ...Array(5).fill(() => 7)]", "")
print(context.call(functions[0]), flush=True)
os._exit(0)
"""


def test_an_isolate_of_a_busy_machine_begins_late_but_right() -> None:
    done = subprocess.run([sys.executable, "-c", LATE_BEGINNING], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("7", "")
