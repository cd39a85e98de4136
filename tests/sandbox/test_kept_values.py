"""What lasts of the values that scripts hand over, one by one; what has no JSON form costs nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox.scripts import FILE, Answers, Mode, Outcome, run, script

from bruscript import Sandbox
from bruscript.sandbox import Step

MODES = pytest.mark.parametrize("mode", ["safe", "developer"])
SCOPES = {"": "runtime", "Env": "environment", "GlobalEnv": "global", "Collection": "collection"}
BEFORE: dict[str, dict[str, Any]] = {scope: {"x": "old", "kept": {"a": [1]}} for scope in SCOPES.values()}

LOST = {
    "({ toJSON() { throw new Error('no json'); } })": "turning it into JSON failed: no json",
    "({ toJSON() { throw null; } })": "turning it into JSON failed: null",
    "({ a: [{ get b() { throw new TypeError('no get'); } }] })": "turning it into JSON failed: no get",
    "(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()": "revoked",
    "({ a: new Proxy({}, { ownKeys() { throw new Error('no keys'); } }) })": "no keys",
    "(() => { let a = 1; for (let i = 0; i < 3000; i += 1) a = [a]; return a; })()": "300 levels deep",
    "(() => { let a = 1; for (let i = 0; i < 301; i += 1) a = { a }; return a; })()": "300 levels deep",
    "({ get a() { return { __proto__: this, ...this }; } })": "failed",
    "(() => { const make = () => ({ get a() { return make(); } }); return make(); })()": "300 levels deep",
    "Symbol('s')": "a symbol has no JSON form",
    "bru": "it is `bru` itself",
    "res": "store what you need of it, such as res.body",
    "process": "it is `process` itself",
}


def attempt(source: str, mode: Mode, *more: str | Step) -> Outcome:
    return run(script(source, phase="tests"), *more, mode=mode, variables=BEFORE, body=b'{"n": 1}')


@MODES
@pytest.mark.parametrize("value", LOST)
def test_a_value_without_json_is_an_error_that_names_the_variable(value: str, mode: Mode) -> None:
    for infix, scope in SCOPES.items():
        before = f"bru.set{infix}Var('first', 1);\n"
        outcome = attempt(f"{before}bru.set{infix}Var('x', {value});", mode)
        error = outcome.last.error
        assert error is not None, scope
        assert '"x" cannot be kept: ' in error.message
        assert LOST[value] in error.message
        assert (error.path, error.line) == (FILE, 2)
        assert outcome.changes["variables"] == {scope: {**BEFORE[scope], "first": 1}}
        assert not outcome.changes.keys() & {"deleted", "unset"}


EMPTY_IN_JSON = {
    "NaN": "NaN has no JSON form",
    "-Infinity": "-Infinity has no JSON form",
    "() => 5": "a function has no JSON form",
    "new Map([[1, 2]])": "a Map has no JSON form: store Object.fromEntries(…) of it",
    "new Set([1])": "a Set has no JSON form: store [...set]",
    "Promise.resolve(1)": "a Promise has no JSON form: await it first",
    "/x/": "a regular expression has no JSON form: store its source",
    "{ toJSON() {} }": "its toJSON returns nothing",
}


@MODES
@pytest.mark.parametrize("value", EMPTY_IN_JSON)
def test_a_value_that_json_would_empty_is_not_written_to_files(value: str, mode: Mode) -> None:
    for infix in ("Env", "GlobalEnv", "Collection"):
        scope = SCOPES[infix]
        outcome = attempt(f"bru.set{infix}Var('first', 1);\nbru.set{infix}Var('x', {value});", mode)
        error = outcome.last.error
        assert error is not None
        assert error.message.endswith(f'variable "x" cannot be kept: {EMPTY_IN_JSON[value]}')
        assert (error.path, error.line) == (FILE, 2)
        assert outcome.changes["variables"] == {scope: {**BEFORE[scope], "first": 1}}
    outcome = attempt(f"bru.setVar('x', {value})", mode)
    assert outcome.last.error is None


@MODES
def test_values_with_a_json_form_of_their_own_are_kept(mode: Mode) -> None:
    source = (
        "const map = new Map([[1, 2]]); map.toJSON = () => [...map]; bru.setEnvVar('x', map);"
        "bru.setEnvVar('date', new Date(0)); bru.setEnvVar('inner', { n: NaN, m: new Map() });"
    )
    outcome = attempt(source, mode)
    assert outcome.last.error is None
    kept = {"x": [[1, 2]], "date": "1970-01-01T00:00:00.000Z", "inner": {"n": None, "m": {}}}
    assert outcome.changes["variables"]["environment"] == {**BEFORE["environment"], **kept}


@MODES
def test_the_deepest_value_that_lasts(mode: Mode) -> None:
    source = "let a = 1; for (let i = 0; i < 300; i += 1) a = [a]; bru.setVar('deep', a);"
    outcome = run(source, mode=mode)
    value, depth = outcome.variables["deep"], 0
    while isinstance(value, list):
        (value,), depth = value, depth + 1
    assert (value, depth) == (1, 300)


def test_what_developer_mode_finds_out_when_the_step_ends_is_told_beside_its_own_error() -> None:
    outcome = attempt("bru.setVar('x', bru);\nthrow new Error('mine')", "developer")
    assert outcome.last.error is not None
    assert outcome.last.error.message == "mine"
    (line,) = outcome.last.console
    assert line["level"] == "error"
    assert line["line"] == 1
    assert '"x" cannot be kept' in line["args"][0]


def test_several_values_are_one_error_with_the_place_of_the_first() -> None:
    bad = "({ get a() { throw new Error('no'); } })"
    outcome = attempt(
        f"bru.setEnvVar('x', {bad});\nbru.setVar('y', {bad});\nbru.setVar('z', 1);", "developer"
    )
    error = outcome.last.error
    assert error is not None
    assert error.line == 1
    assert error.message.count("cannot be kept") == 2
    assert outcome.changes["variables"]["environment"] == BEFORE["environment"]
    assert outcome.changes["variables"]["runtime"] == {**BEFORE["runtime"], "z": 1}


def test_a_value_that_a_script_spoils_after_it_was_set() -> None:
    source = (
        "const o = { n: 1 }; bru.setEnvVar('x', o); o.bad = bru.setVar; o.toJSON = () => { throw 'late'; };"
    )
    outcome = attempt(source, "developer")
    assert outcome.last.error is not None
    assert "late" in outcome.last.error.message
    assert outcome.changes["variables"]["environment"] == BEFORE["environment"]


def test_the_object_of_a_scope_may_be_spoilt_in_any_way() -> None:
    spoilt = {
        "Object.defineProperty(bru.envVariables, 'x', { get() { throw 'no'; }, enumerable: true })": "x",
        "bru.envVariables.kept.a.push({ toJSON() { throw 'no'; } })": "kept",
        "Object.setPrototypeOf(bru.envVariables, { toJSON() { return []; } })": None,
        "bru.envVariables.toJSON = () => []": "toJSON",
        "bru.envVariables.new = 1; Object.freeze(bru.envVariables)": None,
    }
    for source, name in spoilt.items():
        outcome = attempt(source, "developer", script("bru.setEnvVar('more', 1)", phase="tests"))
        first, second = outcome.job.steps
        assert (first.error is None) == (name is None), source
        assert second.error is None
        environment = outcome.changes["variables"]["environment"]
        assert environment.items() >= {**BEFORE["environment"], "more": 1}.items(), source
        assert "deleted" not in outcome.changes


@MODES
def test_deleted_variables_are_listed(mode: Mode) -> None:
    outcome = attempt("bru.deleteEnvVar('x'); bru.deleteEnvVar('none'); bru.deleteAllVars()", mode)
    assert outcome.changes["deleted"] == {"environment": ["x"], "runtime": ["x", "kept"]}
    assert outcome.changes["variables"] == {"environment": {"kept": {"a": [1]}}, "runtime": {}}
    outcome = attempt("bru.deleteEnvVar('x'); bru.setEnvVar('x', 'again')", mode)
    assert "deleted" not in outcome.changes


def test_a_variable_taken_out_of_the_object_itself_is_deleted() -> None:
    outcome = attempt("delete bru.envVariables.x", "developer")
    assert outcome.changes["deleted"] == {"environment": ["x"]}


@MODES
def test_a_variable_that_is_set_to_undefined_is_unset_and_not_deleted(mode: Mode) -> None:
    outcome = attempt("bru.setEnvVar('x', undefined)", mode, script("bru.setVar('y', 1)", phase="tests"))
    assert outcome.changes["unset"] == {"environment": ["x"]}
    assert "deleted" not in outcome.changes
    assert "x" not in outcome.changes["variables"]["environment"]


def test_functions_last_for_their_step_as_runtime_variables_of_developer_mode_only() -> None:
    outcome = attempt(
        "bru.setVar('f', () => 5); test('f', () => expect(bru.getVar('f')()).to.equal(5))", "developer"
    )
    assert outcome.last.error is None
    assert outcome.last.results[0]["status"] == "pass"
    assert "f" not in outcome.variables
    outcome = attempt("bru.setEnvVar('f', () => 5)", "developer")
    assert outcome.last.error is not None
    assert "a function has no JSON form" in outcome.last.error.message
    assert attempt("bru.setVar('f', () => 5)", "safe").variables["f"] == "() => 5"


@MODES
def test_bigints_and_rings_are_kept_in_words(mode: Mode) -> None:
    outcome = attempt("bru.setVar('n', { n: 12n }); const a = {}; a.a = a; bru.setVar('a', a)", mode)
    assert outcome.last.error is None
    assert (outcome.variables["n"], outcome.variables["a"]) == ({"n": "12"}, {"a": "[Circular Reference]"})


@MODES
def test_other_things_that_have_no_json_cost_only_themselves(mode: Mode) -> None:
    bad = "{ toJSON() { throw new Error('no json'); } }"
    for source in (
        f"req.setBody({bad})",
        f"res.setBody({bad})",
        f"bru.runner.iterationData.set('row', {bad})",
        f"bru.setNextRequest({bad})",
    ):
        outcome = attempt(f"bru.setEnvVar('saved', 1); bru.runner.iterationData.set('n', 1); {source}", mode)
        assert outcome.last.error is not None, source
        assert outcome.changes["variables"]["environment"]["saved"] == 1
        assert outcome.changes["iterationData"] == {"n": 1}


@MODES
def test_results_of_tests_that_have_no_json_are_said_in_words(mode: Mode) -> None:
    source = (
        "bru.setEnvVar('saved', 1);"
        "let deep = 1; for (let i = 0; i < 3000; i += 1) deep = [deep];"
        "const bad = { get a() { throw new Error('no get'); } };"
        "test('deep', () => { const e = new chai.AssertionError('deep'); e.actual = deep; throw e; });"
        "test('bad', () => { throw { message: bad }; });"
    )
    outcome = attempt(source.replace("new chai.AssertionError", "new (require('chai').AssertionError)"), mode)
    assert outcome.last.error is None
    assert [result["status"] for result in outcome.last.results] == ["fail", "fail"]
    assert outcome.changes["variables"]["environment"]["saved"] == 1


@MODES
def test_a_post_response_variable_without_json_keeps_the_others(mode: Mode) -> None:
    entries = [
        {"name": "a", "value": "res.body.n", "enabled": True},
        {"name": "x", "value": "({ toJSON() { throw new Error('no json'); } })", "enabled": True},
        {"name": "b", "value": "res.status", "enabled": True},
    ]
    step = Step(kind="vars", phase="vars", entries=entries)
    outcome = run(step, mode=mode, variables=BEFORE, body=b'{"n": 1}')
    assert outcome.last.error is not None
    assert "no json" in outcome.last.error.message
    assert outcome.variables == {**BEFORE["runtime"], "a": 1, "b": 200}


@MODES
def test_a_nested_run_gets_what_can_be_kept_and_the_script_the_error(mode: Mode) -> None:
    seen = []

    def answer(path: str, variables: Any, resets: Any, gone: Any = None) -> Any:
        seen.append((variables, gone))
        return {"response": {}, "variables": {"environment": {**variables["environment"], "nested": 1}}}

    source = (
        "bru.setEnvVar('a', 1); bru.deleteEnvVar('x');"
        "try { bru.setEnvVar('kept', bru) } catch {}"
        "await bru.runRequest('other'); bru.setEnvVar('b', 2);"
    )
    outcome = run(source, mode=mode, variables=BEFORE, host=Answers(run__request=answer))
    kept = {"kept": {"a": [1]}, "a": 1}
    assert seen == [({"environment": kept}, {"deleted": {"environment": ["x"]}})]
    assert outcome.changes["variables"]["environment"] == {**kept, "nested": 1, "b": 2}
    assert (outcome.last.error is None) == (mode == "safe")


@pytest.mark.parametrize(
    "source",
    [
        "Object.prototype.toJSON = function () { return Array.isArray(this) ? this : String(this); }",
        "Object.prototype.toJSON = function () { return this.kept ? 'lost' : this; }",
        "Object.prototype.toJSON = function () { return this.kept ? [] : this; }",
    ],
)
def test_a_scope_that_is_not_an_object_is_refused(source: str) -> None:
    outcome = attempt(f"bru.setEnvVar('y', 1); {source};", "developer")
    assert outcome.last.error is not None
    assert "environment" not in outcome.changes.get("variables", {})


def test_numbers_beyond_the_largest_do_not_end_the_sandbox() -> None:
    huge = float("1e400")
    with Sandbox() as sandbox:
        result = sandbox.run_script(
            "console.log(bru.getVar('n'), bru.getVar('l')[0], bru.getVar('x'))",
            variables={"n": huge, "l": [-huge], "x": float("nan")},
        )
    assert result.error is None
    assert result.console == [("log", "Infinity null null")]
