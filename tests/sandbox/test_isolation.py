"""Nothing of one job reaches the next, though both may run in one isolate."""

# A script stands on one line, however long.
# ruff: noqa: E501

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from bruscript.sandbox import Job, Sandbox, SandboxPool, Segment, Step

SPY = Path(__file__).with_name("spy.js").read_text(encoding="utf-8")

# What a script leaves, and an expression that must be the same before and after.
REPAIRED = {
    "leaked = 1": "typeof leaked",
    "globalThis.leaked = 1": "typeof leaked",
    "(0, eval)('var leaked = 1')": "typeof leaked",
    "Object.defineProperty(globalThis, 'leaked', { get: () => 1, configurable: true })": "typeof leaked",
    "globalThis.JSON = { parse: () => 'mine' }": "JSON.parse('1')",
    "delete globalThis.Map": "typeof Map",
    "URL = 5": "typeof URL",
    "setTimeout = () => {}": "typeof setTimeout(() => {}, 0)",
    "'secret'.match(/s(.*)t/)": "RegExp.$1 + RegExp.lastMatch",
    "const _ = require('lodash'); _.mixin({ leaked: () => 1 })": "typeof require('lodash').leaked",
    "require('moment').locale('de')": "require('moment')(0).format('MMMM')",
}
REPLACED = {
    "Array.prototype.leaked = 1": "typeof [].leaked",
    "Object.prototype.toString = () => 'mine'": "String({})",
    "Array.prototype.map = () => 'mine'": "[1].map(x => x)",
    "Object.defineProperty(Array.prototype, 'length', { value: 5 })": "[].length",
    "Promise.prototype.then = null": "typeof Promise.prototype.then",
    "Object.getPrototypeOf([][Symbol.iterator]()).next = () => ({ done: true })": "[...[1, 2]].length",
    "Object.getPrototypeOf(function* () {}).leaked = 1": "typeof Object.getPrototypeOf(function* () {}).leaked",
    "Object.getPrototypeOf(Uint8Array).from = null": "typeof Uint8Array.from",
    "Object.getPrototypeOf([].values().map(x => x)).leaked = 1": "typeof [].values().map(x => x).leaked",
    "Object.getPrototypeOf(Iterator.from({ next() {} })).leaked = 1": "typeof Iterator.from({ next() {} }).leaked",
    "Object.getPrototypeOf(new Intl.Segmenter().segment('')).leaked = 1": "typeof new Intl.Segmenter().segment('').leaked",
    "Object.getPrototypeOf(new Intl.Segmenter().segment('')[Symbol.iterator]()).leaked = 1": "typeof new Intl.Segmenter().segment('')[Symbol.iterator]().leaked",
    "Math.random = () => 4": "Math.random() < 1",
    "JSON.stringify = () => 'mine'": "JSON.stringify({})",
    "Reflect.ownKeys = () => []; globalThis.leaked = 1; Array.prototype.leaked = 1": "typeof leaked + typeof [].leaked",
    "Object.getOwnPropertyDescriptor = () => undefined; Math.abs = null": "typeof Math.abs",
    "Array.prototype[Symbol.iterator] = function* () {}; leaked = 1": "typeof leaked",
    "Object.freeze(Array.prototype)": "Object.isFrozen(Array.prototype)",
    "Object.preventExtensions(globalThis)": "Object.isExtensible(globalThis)",
    "Object.setPrototypeOf(Array.prototype, { leaked: 1 })": "typeof [].leaked",
    "Object.defineProperty(globalThis, 'leaked', { value: 1 })": "typeof leaked",
    "Error.stackTraceLimit = 0; Error.prepareStackTrace = () => 'mine'": "new Error('x').stack.split('\\n')[0]",
    "require('chai').config.truncateThreshold = 1": "require('chai').config.truncateThreshold",
    "require('chai').use(c => c.Assertion.addMethod('leaked', () => {}))": "'leaked' in Object.getPrototypeOf(expect(1))",
    "expect.leaked = 1": "typeof expect.leaked",
    "expect.fail = () => 'mine'": "String(expect.fail).slice(0, 8)",
    "expect(1).__proto__.equal = () => {}": "(() => { try { expect(1).to.equal(2) } catch (e) { return e.message } })()",
    "new FinalizationRegistry(() => {}).register({}, 1)": "typeof FinalizationRegistry",
    "class R extends FinalizationRegistry {} new R(() => {}).register({}, 1)": "typeof FinalizationRegistry",
    "const at = setTimeout(() => { leaked = 1 }, 1e6); new Map().constructor.leaked = at": "typeof Map.leaked",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox("developer", workers=1) as made:
        yield made


@pytest.fixture(scope="module")
def fresh() -> Iterator[Sandbox]:
    """A sandbox whose every script has an isolate in which nothing has run."""
    with SandboxPool("developer", workers=1) as made:
        yield made


def value_of(sandbox: Sandbox, expression: str) -> object:
    result = sandbox.run_script(f"bru.setVar('value', {expression})")
    assert result.error is None
    return result.variables.get("value")


@pytest.mark.parametrize("source", [*REPAIRED, *REPLACED])
def test_nothing_is_left(sandbox: Sandbox, fresh: Sandbox, source: str) -> None:
    expression = {**REPAIRED, **REPLACED}[source]
    expected = value_of(fresh, expression)
    sandbox.run_script(source)
    assert value_of(sandbox, expression) == expected


def test_functions_of_the_language_take_nothing(sandbox: Sandbox) -> None:
    sandbox.run_script("try { Array.prototype.map.leaked = 1; } catch {}")
    assert value_of(sandbox, "typeof [].map.leaked") == "undefined"


def test_scripts_may_hang_helpers_on_what_asserts(sandbox: Sandbox) -> None:
    assert value_of(sandbox, "(expect.ok = () => 1, assert.ok2 = () => 2, [expect.ok(), assert.ok2()])") == [
        1,
        2,
    ]


def test_timers_of_a_job_end_with_it(sandbox: Sandbox) -> None:
    result = sandbox.run_script("let n = 0; setInterval(() => { n += 1; console.log(n); }, 1);")
    assert result.error is None
    later = sandbox.run_script("await new Promise(done => setTimeout(done, 30))")
    assert later.console == []


def test_an_isolate_is_kept_where_nothing_was_left(sandbox: Sandbox) -> None:
    # `Symbol.for` keeps its symbols for as long as the isolate lives, so a kept one is told by the same object
    # being there: the counter of the nanoid library's pool would do, too, but is private.
    probe = "globalThis.WeakRef; console.log(process.uptime() * 1000)"
    sandbox.run_script("Array.prototype.leaked = 1")
    sandbox.run_script("await new Promise(done => setTimeout(done, 50))")
    ages = [float(sandbox.run_script(probe).console[0][1]) for _ in range(3)]
    assert ages == sorted(ages)


ESCAPES = [
    "this.constructor.constructor('return process')().mainModule",
    "Object.getOwnPropertyNames(globalThis).filter(n => /python|racer|notify|host|__/i.test(n)).length",
    "(function f() { for (let c = f.caller; c; c = c.caller) if (!String(c).includes('f.caller')) return `${c}` })()",
    "(() => { Error.prepareStackTrace = (e, s) => s.filter(x => x.getFunction() && !/bruscript:script/.test(x.getScriptNameOrSourceURL())).length; return new Error().stack })()",
    "typeof globalThis.SharedArrayBuffer.prototype.memory",
    "typeof require('node/libraries')",
    "typeof require('../js/kernel/bootstrap')",
    "(await import('fs')).default",
    "process.binding('fs')",
]


@pytest.mark.parametrize("expression", ESCAPES)
def test_there_is_no_way_to_the_host(sandbox: Sandbox, expression: str) -> None:
    result = sandbox.run_script(f"bru.setVar('value', {expression} || 'nothing')")
    assert result.error is not None or result.variables["value"] in ("nothing", "undefined", "object")


def test_errors_of_the_host_bring_no_traceback(sandbox: Sandbox) -> None:
    class Broken:
        async def call(self, name: str, args: list[object]) -> object:
            raise RuntimeError("the cause")

    source = "try { await bru.sendRequest({ url: 'http://x.test' }) } catch (e) { console.log(e.message, e.stack) }"
    shown = sandbox.run_script(source, host=Broken()).console
    assert "the cause" in shown[0][1]
    assert "Traceback" not in shown[0][1]
    assert ".py" not in shown[0][1]


def test_a_pool_gives_every_script_an_isolate_of_its_own() -> None:
    with SandboxPool(workers=1) as pool:
        pool.run_script("Symbol.leak = 1; globalThis.leaked = require('chai'); leaked.mine = 1")
        assert (
            value_of(pool, "typeof Symbol.leak + typeof leaked + typeof require('chai').mine")
            == "undefined" * 3
        )


def test_maps_that_outlive_a_job_are_not_handed_to_methods_of_a_script(sandbox: Sandbox) -> None:
    script = """
      const seen = [];
      const before = { get: Map.prototype.get, set: Map.prototype.set };
      for (const name of ["get", "set"]) {
        Map.prototype[name] = function (...args) { seen.push(this); return before[name].apply(this, args); };
      }
      test("fails", () => { throw new Error("placed by its stack"); });
      bru.setVar("a", "{{b}}"); bru.getVar("a"); require("lodash"); console.log({ a: 1 });
      Object.assign(Map.prototype, before);
      const texts = seen.flatMap((map) => [...map.keys()].map(String));
      bru.setVar("seen", texts.filter((text) => text.includes("placed by its stack") || /^\\d+$/.test(text)));
    """
    assert sandbox.run_script(script).variables["seen"] == []


MESSAGE = "(value) => { try { expect(value).to.equal(1); } catch (error) { return error.message; } }"

# Attacks on what scripts share, our own JavaScript and chai: a method of the language, or a global, is replaced for a
# while, and what it is handed is changed. The next script must find everything as it was.
SHARED = {
    "Object.getPrototypeOf(req.headerList).leaked = 1": "typeof req.headerList.leaked",
    "Object.getPrototypeOf(setTimeout(() => {}, 0)).leaked = 1": "typeof setTimeout(() => {}, 0).leaked",
    """const was = RegExp.prototype[Symbol.replace];
    RegExp.prototype[Symbol.replace] = function (...args) { this.exec = () => null; return was.apply(this, args); };
    bru.setVar('a', '{{b}}'); bru.getVar('a');
    RegExp.prototype[Symbol.replace] = was;""": "(bru.setVar('b', 'found'), bru.interpolate('{{b}}'))",
    """const was = Object.entries;
    Object.entries = (object) => { try { object.leaked = 'leaked'; } catch {} return was(object); };
    await bru.getTestResults(); require('fs'); new TextDecoder('latin1');
    Object.entries = was;""": "require('fs').leaked + typeof leaked + typeof bru.leaked",
    """const was = RegExp.prototype[Symbol.replace];
    RegExp.prototype[Symbol.replace] = function (...args) {
      try { if (!this.source.startsWith("#")) this.compile("$^", "g"); } catch {}
      return was.apply(this, args);
    };
    try { expect("a\\u0000").to.equal(1); } catch {}
    RegExp.prototype[Symbol.replace] = was;""": f"({MESSAGE})('a\\u0000')",
    """const was = RegExp.prototype.exec;
    const found = [];
    RegExp.prototype.exec = function (text) { found.push(this); return was.call(this, text); };
    try { expect("a\\u0000").to.equal(1); } catch {}
    RegExp.prototype.exec = was;
    for (const pattern of found) try { pattern.lastIndex = 1; } catch {}""": """(() => {
      const was = RegExp.prototype.exec;
      const places = [];
      RegExp.prototype.exec = function (text) { places.push(this.lastIndex); return was.call(this, text); };
      try { expect("a\\u0000").to.equal(1); } catch {}
      RegExp.prototype.exec = was;
      return places;
    })()""",
    """const { has, set } = WeakMap.prototype;
    WeakMap.prototype.has = function (key) { set.call(this, Intl.NumberFormat, () => "leaked"); return has.call(this, key); };
    try { expect(new Intl.NumberFormat()).to.equal(1); } catch {}
    WeakMap.prototype.has = has;""": f"({MESSAGE})(new Intl.NumberFormat())",
    """function f() { for (let caller = f.caller; caller; caller = caller.caller) caller.leaked = 1; }
    try { expect(f).to.throw(); } catch {}""": """(() => {
      const found = [];
      function f() { for (let caller = f.caller; caller; caller = caller.caller) found.push(typeof caller.leaked); }
      try { expect(f).to.throw(); } catch {}
      return found.filter((type) => type !== "undefined");
    })()""",
    "require('chai').Assertion.prototype.equal.__flags.object = 'leaked'": "(() => { try { return require('chai').Assertion.prototype.equal.__flags.object } catch { return 'none' } })()",
    "for (let i = 0; i < 99; i += 1) clearTimeout(setTimeout(() => {}, 0))": "Number(setTimeout(() => {}, 0))",
    "Map = class extends Map { set(...args) { globalThis.leaked = 1; return super.set(...args); } }": "(setTimeout(() => {}, 0), typeof leaked)",
}


@pytest.mark.parametrize("source", SHARED)
def test_nothing_is_left_in_what_scripts_share(sandbox: Sandbox, fresh: Sandbox, source: str) -> None:
    expected = value_of(fresh, SHARED[source])
    sandbox.run_script(source)
    assert value_of(sandbox, SHARED[source]) == expected


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_a_script_that_spies_on_the_language_finds_nothing_that_lasts(
    mode: Literal["safe", "developer"],
) -> None:
    response = {
        "status": 200,
        "headers": {"content-type": "application/json"},
        "body": b'{"a": [12345678901234567890]}',
    }
    request = {"method": "GET", "url": "http://localhost/", "headers": {}}
    ages = []
    with Sandbox(mode, workers=1, script_timeout=900) as sandbox:
        for _ in range(2):
            result = sandbox.run_script(SPY, request=request, response=response)
            assert result.error is None
            assert result.variables["count"] > 10_000
            assert result.variables["found"] == []
            ages.append(result.variables["age"])
    # What a script marked could be there for the next one only because the isolate was kept.
    assert ages == sorted(ages)


@pytest.mark.parametrize("mode", ["safe", "developer"])
@pytest.mark.parametrize("name", ["Function", "Object.freeze", "String"])
def test_what_is_compiled_once_is_not_made_by_what_a_script_left(
    mode: Literal["safe", "developer"], name: str
) -> None:
    assertions = Step(
        "assertions", "assertions", entries=[{"name": COUNTING, "value": "eq 1", "enabled": True}]
    )
    spoiling = f"Math.was = {name}; {name} = (value) => (typeof value === 'object' ? value : () => 'mine')"
    mending = f"{name} = Math.was; delete Math.was"
    steps = [
        Step("script", "tests", segments=(Segment(source, Path("a.bru")),)) for source in (spoiling, mending)
    ]
    with Sandbox(mode, workers=1) as sandbox:
        asyncio.run(sandbox.run(Job([steps[0], assertions, steps[1]], {"context": {"mode": mode}})))
        for _ in range(2):
            done = asyncio.run(sandbox.run(Job([assertions], {"context": {"mode": mode}})))
            assert [result["status"] for result in done.steps[0].results] == ["pass"]


HELPERS = """
Object.defineProperty(Array.prototype, "last", { get() { return this[this.length - 1]; } });
Object.defineProperties(String.prototype, { shout: { value() { return this + "!"; } } });
Reflect.defineProperty(globalThis, "helpers", { value: [1, 2].last + "a".shout() });
JSON = { stringify: () => "mine" };
"""


def test_what_a_step_defines_for_good_lasts_for_the_step(sandbox: Sandbox) -> None:
    seen = "bru.setVar('seen', [typeof [].last, typeof ''.shout, typeof helpers, JSON.stringify(1)]);"
    sources = [f"{HELPERS} bru.setVar('a', helpers)", seen, f"{HELPERS} bru.setVar('b', helpers)"]
    steps = [Step("script", "tests", segments=(Segment(source, Path("a.bru")),)) for source in sources]
    job = Job(steps, {"context": {"mode": sandbox.mode}})
    done = asyncio.run(sandbox.run(job))
    assert [step.error for step in done.steps] == [None] * 3
    wanted = {"a": "2a!", "b": "2a!", "seen": ["undefined", "undefined", "undefined", "1"]}
    assert done.changes["variables"]["runtime"] == wanted


def test_an_isolate_is_kept_where_definitions_could_be_taken_back(sandbox: Sandbox) -> None:
    source = """
      Object.defineProperty(Array.prototype, "last", { value: 1 });
      Object.defineProperty(Map, Symbol.species, { value: Map, configurable: false });
      bru.setVar("age", process.uptime());
    """
    ages = [sandbox.run_script(source).variables["age"] for _ in range(3)]
    assert ages == sorted(ages)


def test_a_script_leaves_nothing_on_its_own_function(sandbox: Sandbox) -> None:
    source = """
      Error.prepareStackTrace = (error, sites) => sites.map((site) => site.getFunction()).find(Boolean);
      const own = new Error().stack;
      delete Error.prepareStackTrace;
      bru.setVar("before", String(own?.leaked));
      if (own) own.leaked = 1;
    """
    for _ in range(2):
        assert sandbox.run_script(source).variables["before"] == "undefined"


def test_an_expression_leaves_nothing_on_its_own_function(sandbox: Sandbox) -> None:
    job = Job([Step("vars", "vars", entries=[{"name": "n", "value": COUNTING, "enabled": True}])], {})
    asyncio.run(sandbox.run(job))
    assert asyncio.run(sandbox.run(job)).changes["variables"]["runtime"] == {"n": 1}


COUNTING = "(arguments.callee.n = (arguments.callee.n || 0) + 1, arguments.callee.n || 1)"


def test_no_way_leads_around_the_registry_that_is_watched(sandbox: Sandbox) -> None:
    source = """
      const native = Object.getPrototypeOf(FinalizationRegistry);
      const made = new FinalizationRegistry(() => {});
      [native === Function.prototype, made.constructor === FinalizationRegistry,
        Object.getPrototypeOf(made) === FinalizationRegistry.prototype]
    """
    assert value_of(sandbox, f"eval({json.dumps(source)})") == [True, True, True]


USED_LATER = {
    "new FinalizationRegistry(() => {})": False,
    "class R extends FinalizationRegistry {} new R(() => {})": False,
    "bru.setVar('seen', typeof Temporal)": True,
}


@pytest.mark.parametrize("source", USED_LATER)
def test_every_step_of_a_job_is_watched(sandbox: Sandbox, source: str) -> None:
    """An isolate is kept only where no step has used what would last."""
    sources = ["", "bru.setVar('seen', 'undefined')", source]
    steps = [Step("script", "tests", segments=(Segment(source, Path("a.bru")),)) for source in sources]
    origin = value_of(sandbox, "performance.timeOrigin")
    assert value_of(sandbox, "performance.timeOrigin") == origin
    done = asyncio.run(sandbox.run(Job(steps, {"context": {"mode": sandbox.mode}})))
    assert [step.error for step in done.steps] == [None] * 3
    assert done.changes["variables"]["runtime"] == {"seen": "undefined"}
    kept = value_of(sandbox, "performance.timeOrigin") == origin
    assert kept is USED_LATER[source]
