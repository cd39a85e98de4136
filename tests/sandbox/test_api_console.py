"""`console`: how values are printed."""

from __future__ import annotations

import pytest
from sandbox.scripts import run, script


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        ("'text', 1, true, null, undefined, 5n, -0, NaN", "text 1 true null undefined 5n -0 NaN"),
        ("{a: 1, 'b-c': 'x', [Symbol('s')]: 2}", "{ a: 1, 'b-c': 'x', [Symbol(s)]: 2 }"),
        ("[1, 'a', [2, [3, [4]]]]", "[ 1, 'a', [ 2, [ 3, [Array] ] ] ]"),
        ("{a: {b: {c: {d: 1}}}}", "{ a: { b: { c: [Object] } } }"),
        ("[], {}, [,1]", "[] {} [ <1 empty item>, 1 ]"),
        ("[\"it's\", 'say \"hi\"', 'a\\nb']", "[ \"it's\", 'say \"hi\"', 'a\\nb' ]"),
        ("new Map([['k', {v: 1}]]), new Set([1, 'x'])", "Map(1) { 'k' => { v: 1 } } Set(2) { 1, 'x' }"),
        ("new Date(0) > 0, [new Date(0)], [/x/g]", "false [ 1970-01-01T00:00:00.000Z ] [ /x/g ]"),
        ("new RangeError('r'), [new Error('e')]", "RangeError: r [ [Error: e] ]"),
        (
            "function named() {}, class Thing {}, () => 1",
            "[Function: named] [class Thing] [Function (anonymous)]",
        ),
        ("new (class Point { x = 1 })(), Object.create(null)", "Point { x: 1 } [Object: null prototype] {}"),
        ("{get a() { return 1 }, set b(v) {}}", "{ a: [Getter], b: [Setter] }"),
        ("new Uint8Array([1, 2])", "Uint8Array(2) [ 1, 2 ]"),
        (
            "'%s is %d%% of %i, %j %o', 'x', 1.5, 2.7, {a: 1}, [1], 'rest'",
            'x is 1.5% of 2, {"a":1} [ 1, [length]: 1 ] rest',
        ),
        ("'100%', 5", "100% 5"),
        ("'%O', {a: {b: {c: {d: 1}}}}", "{ a: { b: { c: [Object] } } }"),
        ("'%i %s %s', Symbol('x'), {toString: () => 'own'}, class A {}", "NaN own class A {}"),
        ("(() => { const a = {}; a.self = a; return a; })()", "<ref *1> { self: [Circular *1] }"),
        ("{s: Symbol('q'), p: Promise.resolve(1)}", "{ s: Symbol(q), p: Promise { <pending> } }"),
    ],
)
def test_values_are_printed_as_node_prints_them(arguments: str, printed: str) -> None:
    assert run(f"console.log({arguments})").printed == [printed]


def test_what_is_too_long_for_a_line_is_broken() -> None:
    source = "console.log({alpha: 'a'.repeat(30), beta: 'b'.repeat(30), gamma: {x: 1, y: [1, 2]}})"
    assert run(source).printed == [
        "{\n  alpha: '" + "a" * 30 + "',\n  beta: '" + "b" * 30 + "',\n  gamma: { x: 1, y: [ 1, 2 ] }\n}"
    ]


def test_long_lists_are_laid_out_in_columns() -> None:
    assert run("console.log(Array.from({length: 120}, (_, i) => i))").printed[0].split("\n")[:2] == [
        "[",
        "   0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11,",
    ]
    assert (
        run("console.log(Array.from({length: 120}, (_, i) => i))").printed[0].endswith("... 20 more items\n]")
    )


def test_levels_and_lines_are_kept() -> None:
    step = script(
        "console.log('a');\nconsole.warn('b');\nconsole.error('c'); console.info('d'); console.debug('e');",
        line=5,
    )
    console = run(step).last.console
    assert [(line["level"], line["args"], line["line"]) for line in console] == [
        ("log", ["a"], 5),
        ("warn", ["b"], 6),
        ("error", ["c"], 7),
        ("info", ["d"], 7),
        ("debug", ["e"], 7),
    ]


def test_the_other_methods() -> None:
    source = (
        "console.assert(true, 'no'); console.assert(false, 'yes'); console.count(); "
        "console.count(); console.countReset();"
        "console.group('g'); console.log('in'); console.groupEnd(); console.log('out'); "
        "console.dir({a: 1}); console.time('t'); console.clear();"
    )
    assert run(source).printed == [
        "Assertion failed: yes",
        "default: 1",
        "default: 2",
        "g",
        "  in",
        "out",
        "{ a: 1 }",
    ]


def test_a_value_that_cannot_be_looked_at_is_no_error() -> None:
    source = (
        "console.log(new Proxy({}, {ownKeys() { throw new Error('no') }}));"
        "console.log({toString: null, [Symbol.toStringTag]: 5}); "
        "console.log(Object.create({get constructor() { throw 1 }}));"
    )
    outcome = run(source)
    assert outcome.last.error is None
    assert len(outcome.printed) == 3


def test_a_flood_is_cut() -> None:
    outcome = run("for (let i = 0; i < 20000; i += 1) console.log(i)")
    flood = run("for (let i = 0; i < 100; i += 1) console.log('x'.repeat(1e6))")
    assert [len(line) for line in flood.printed][-2:] == [10**6, len("(more was printed; it is left out)")]
    assert len(flood.printed) < 10
    assert len(outcome.printed) == 10000
    assert outcome.printed[-1] == "(more was printed; it is left out)"


def test_stacks_are_printed_with_the_users_lines() -> None:
    step = script(
        "console.log(new Error('e').stack);\nsetTimeout(() => { throw new Error('late') });", line=5
    )
    assert run(step).printed == [
        "Error: e\n    at /collection/request.bru:5:13",
        "Uncaught (in a timer) Error: late\n    at /collection/request.bru:6:26",
    ]
