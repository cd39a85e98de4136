"""`test`, `expect` and `assert`: results, their shapes, the errors' places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sandbox.scripts import FILE, Answers, Mode, run, script

from bruscript.sandbox import Segment, Step


def results(source: str, mode: Mode = "safe", **more: Any) -> list[dict[str, Any]]:
    outcome = run(source, mode=mode, **more)
    assert outcome.last.error is None
    return outcome.last.results


def test_results_have_the_shape_of_the_mode() -> None:
    source = "test('good', () => {}); test('bad', () => { expect({a: 1}).to.eql({a: 2}) });"
    bad, good = results(source)
    assert set(good) == {"description", "status", "uid"}
    assert set(bad) == {"description", "status", "error", "stack", "place", "uid"}
    assert len(good["uid"]) == 21
    assert good["uid"] != bad["uid"]
    bad, good = results(source, "developer")
    assert set(good) == {"description", "status", "uid"}
    assert bad["actual"] == {"a": 1}
    assert bad["expected"] == {"a": 2}
    assert bad["errorName"] == "AssertionError"


@pytest.mark.parametrize(
    ("thrown", "error"),
    [
        ("new RangeError('r')", "r"),
        ("'text'", "An unexpected error occurred."),
        ("undefined", "An unexpected error occurred."),
        ("null", "An unexpected error occurred."),
        ("{message: 'm'}", "m"),
        ("new Error()", "An unexpected error occurred."),
    ],
)
def test_whatever_is_thrown_fails_the_test(thrown: str, error: str) -> None:
    for source in (f"test('t', () => {{ throw {thrown} }})", f"test('t', async () => {{ throw {thrown} }})"):
        assert [(r["status"], r["error"]) for r in results(source)] == [("fail", error)]


@pytest.mark.parametrize(
    "thrown", ["new Proxy({}, {get() { throw 1 }})", "{get message() { throw 1 }, get stack() { throw 2 }}"]
)
def test_what_cannot_be_looked_at_fails_the_test_and_the_script(thrown: str) -> None:
    outcome = run(f"await test('t', () => {{ throw {thrown} }}); throw {thrown}")
    assert [r["error"] for r in outcome.last.results] == ["An unexpected error occurred."]
    assert outcome.last.error is not None


@pytest.mark.parametrize(
    "source",
    [
        "delete globalThis.bru; globalThis.req = 5; console = null; test = undefined;",
        "Object.defineProperty(globalThis, 'bru', {value: 1, configurable: false});",
        "Array.prototype.push = () => 0; JSON.stringify = () => '{}';",
        "Promise.prototype.then = function () { return this }; Map.prototype.get = () => 5;",
        "Error.prepareStackTrace = () => 5; Object.prototype.kind = 'x';",
        "globalThis.setTimeout = () => { throw 1 }; globalThis.host = 1;",
        "expect(1); require('chai').expect = 5; require('chai').Assertion.prototype.assert = () => {};",
        "bru.setVar = null; req.getUrl = null; Object.freeze(bru); Object.freeze(globalThis);",
    ],
)
def test_what_a_script_breaks_is_whole_for_the_next_request(source: str) -> None:
    run(source)
    results = run(
        "test('t', () => { expect(bru.isSafeMode()).to.be.true; expect(req.getUrl()).to.be.a('string') });"
        "test('fails', () => { expect(1).to.equal(2) }); await bru.sleep(1); bru.setVar('a', "
        "1); console.log('x')"
    )
    assert [r["status"] for r in results.last.results] == ["fail", "pass"]
    assert results.variables == {"a": 1}
    assert results.printed == ["x"]


def test_a_failed_test_knows_its_line() -> None:
    step = script("\n\ntest('t', () => {\n  expect(1).to.equal(2);\n});", line=10)
    stack = run(step).last.results[0]["stack"]
    assert f"{FILE}:13:16" in stack
    assert "bruscript" not in stack


def test_the_error_of_a_script_knows_its_place() -> None:
    segments = (
        Segment(source="const a = 1;", path=FILE.with_name("collection.bru"), line=4),
        Segment(source="  test('before', () => {});\n  nope();", path=FILE, line=20),
    )
    outcome = run(Step(kind="script", phase="pre-request", segments=segments))
    error = outcome.last.error
    assert error is not None
    assert (error.name, error.message) == ("ReferenceError", "nope is not defined")
    assert (str(error.path), error.line, error.column, error.kind) == (str(FILE), 21, 3, "error")
    assert [result["status"] for result in outcome.last.results] == ["pass"]


def test_the_error_of_syntax_knows_its_place() -> None:
    error = run(script("const a = 1;\nconst = 2;", line=7)).last.error
    assert error is not None
    assert (error.name, str(error.path), error.line) == ("SyntaxError", str(FILE), 8)


@pytest.mark.parametrize(
    ("thrown", "message"),
    [
        ("'text'", "text"),
        ("null", "null"),
        ("undefined", "undefined"),
        ("{message: 'm'}", "m"),
        ("{a: 1}", '{"a":1}'),
    ],
)
def test_whatever_a_script_throws_is_an_error(thrown: str, message: str) -> None:
    error = run(f"throw {thrown}").last.error
    assert error is not None
    assert error.message == message
    assert str(error.path) == str(FILE)


def test_scripts_may_use_what_the_references_comment_stripper_does_not_know() -> None:
    source = (
        "class A { #x = 12n + 1_000n; get x() { return this.#x } } console.log(new A().x, `${`a // ${1}`}`)"
    )
    assert run(source).printed == ["1012n a // 1"]


def test_a_step_in_error_does_not_keep_the_next_from_running() -> None:
    outcome = run(script("bru.setVar('a', 1); throw new Error('x')"), script("console.log(bru.getVar('a'))"))
    assert outcome.printed == ["1"]


def test_results_so_far_can_be_asked_for() -> None:
    source = (
        "test('one', () => {}); test('two', () => { throw new Error('x') });"
        "const r = await bru.getTestResults(); console.log(JSON.stringify(r));"
        "console.log(JSON.stringify((await bru.getAssertionResults()).summary));"
    )
    assert run(source).printed == [
        '{"summary":{"total":2,"passed":1,"failed":1,"skipped":0},"results":[{"status":"fail","description":"two","error":"x"},'
        '{"status":"pass","description":"one"}]}',
        '{"total":0,"passed":0,"failed":0,"skipped":0}',
    ]


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_skipped_tests_do_not_run(mode: Mode) -> None:
    source = (
        "test.skip('later', () => { throw new Error('ran') }); test('now', () => {});"
        "console.log(JSON.stringify((await bru.getTestResults()).summary));"
    )
    outcome = run(source, mode=mode)
    assert {(r["description"], r["status"]) for r in outcome.last.results} == {
        ("later", "skipped"),
        ("now", "pass"),
    }
    assert outcome.printed == ['{"total":2,"passed":1,"failed":0,"skipped":1}']


@pytest.mark.parametrize(
    ("source", "ran"),
    [
        (
            "test('a', ran); test.only('b', ran); test('c', ran); test.only('d', ran); test.skip('e', ran)",
            "bd",
        ),
        ("test('a', ran); test . only ('b', ran)", "b"),
        ("test('a', ran); // test.only('b', ran)", "a"),
        ("test('a', ran); /* test.only('b', ran) */", "a"),
        ("test('a', ran); const text = 'test.only(';", "a"),
        ("test('http://x', ran); test.only('b', ran)", "b"),
        ("const url = `http://${1}`; test('a', ran); test.only('b', ran)", "b"),
        ("test('a', ran); const latest = { only() {} }; latest.only();", "a"),
    ],
)
def test_only_some_tests_may_be_wanted(source: str, ran: str) -> None:
    outcome = run("const ran = () => {};" + source)
    assert outcome.last.error is None
    passed = [r["description"] for r in outcome.last.results if r["status"] == "pass"]
    assert sorted(passed) == sorted(ran)
    assert {r["status"] for r in outcome.last.results} <= {"pass", "skipped"}


def test_only_holds_for_all_scripts_of_its_step_and_for_no_other() -> None:
    def segment(source: str) -> Segment:
        return Segment(source=source, path=FILE, line=1)

    def statuses(result: Any) -> dict[str, str]:
        return {r["description"]: r["status"] for r in result.results}

    sources = ("test('of the collection', () => {})", "test.only('of the request', () => {})")
    step = Step(kind="tests", phase="tests", segments=tuple(map(segment, sources)))
    outcome = run(script("test('before', () => {})"), step)
    assert statuses(outcome.job.steps[0]) == {"before": "pass"}
    assert statuses(outcome.last) == {"of the collection": "skipped", "of the request": "pass"}


@pytest.mark.parametrize(
    ("mode", "source", "error"),
    [
        ("safe", "expect('x').to.be.json", "expected 'x' to be JSON"),
        ("safe", "expect([]).to.not.be.json", "expected [] not to be JSON"),
        ("safe", "expect('a').to.match(/b/)", "expected 'a' to match /b/"),
        ("developer", "expect(undefined).to.match(/u/)", "expected undefined to match /u/"),
        ("safe", "expect('abc').to.startWith('b')", "expected abc to start with b"),
        ("safe", "expect({a: 1}).to.have.jsonBody('b')", "expected body to have nested property 'b'"),
        (
            "safe",
            "expect({a: 1}).to.have.jsonBody('a', 2)",
            "expected body to have nested property 'a' equal to given value",
        ),
        (
            "developer",
            "expect({a: 1}).to.have.jsonBody('a', 2)",
            "expected body to have nested property 'a' equal to 2",
        ),
        ("developer", "expect({a: 1}).to.have.jsonBody({a: 2})", "expected body to deeply equal { a: 2 }"),
        (
            "safe",
            "expect(1).to.have.jsonSchema({$schema: 'x'})",
            'Unsupported JSON Schema version: "x". Bruno currently only supports '
            "Draft-07 (http://json-schema.org/draft-07/schema#). Please update your schema to be "
            "Draft-07 compatible and remove the $schema property.",
        ),
        (
            "safe",
            "expect(1).to.have.jsonSchema({type: 'z'})",
            "JSON schema compile error: schema is invalid: data/type must be equal to one "
            "of the allowed values, data/type must be array, data/type must match a schema in anyOf",
        ),
        ("safe", "assert.equal(1, 2)", "expected 1 to equal 2"),
        ("safe", "require('chai').expect(1).to.equal(2)", "expected 1 to equal 2"),
    ],
)
def test_assertions_of_our_own_fail_in_the_modes_words(mode: Mode, source: str, error: str) -> None:
    assert [r["error"] for r in results(f"test('t', () => {{ {source} }})", mode)] == [error]


@pytest.mark.parametrize(
    "source",
    [
        "expect({}).to.be.json",
        "expect({a: [{b: 1}]}).to.have.jsonBody('a[0].b', 1)",
        "expect({'x.y': {'z': 1}}).to.have.jsonBody('[\"x.y\"].z')",
        "expect({a: 1}).to.have.jsonBody({a: 1})",
        "expect([]).to.have.jsonBody()",
        "for (const n of [1, 2]) expect(n).to.have.jsonSchema({$id: 'http://x.test/n', type: 'number'})",
        "for (const n of [1, 2]) expect(n).to.have.jsonSchema({type: 'number'})",
        "expect({e: 'a@b.cd'}).to.have.jsonSchema({properties: {e: {format: 'email'}}})",
        "expect('abc').to.match(/b/).and.equal('abc')",
        "expect('ABC').to.equalIgnoreCase('abc')",
    ],
)
def test_assertions_of_our_own_pass(source: str) -> None:
    assert [r["status"] for r in results(f"test('t', () => {{ {source} }})")] == ["pass"]


def test_plugins_of_one_job_do_not_reach_the_next() -> None:
    source = (
        "const chai = require('chai'); chai.use((c) => c.Assertion.addProperty('odd', () => "
        "{})); expect(1).to.be.odd;"
    )
    assert run(source).last.error is None
    assert [r["error"] for r in results("test('t', () => { expect(1).to.be.odd })")] == [
        'Invalid Chai property: odd. Did you mean "and"?'
    ]


def test_an_error_in_a_module_of_the_collection_is_placed_there(tmp_path: Path) -> None:
    module = tmp_path / "lib.js"
    module.write_text("exports.go = () => {\n  throw new Error('inside');\n};\n")
    source = f"const lib = require('{module}');\nconst go = () => lib.go();\ngo();"
    error = run(
        source, context={"collectionPath": str(tmp_path)}, host=Answers(collection=tmp_path)
    ).last.error
    assert error is not None
    assert (error.path, error.line) == (module, 2)
    assert f"{FILE}:2:" in error.stack
    assert f"{FILE}:3:" in error.stack
