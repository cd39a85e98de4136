"""The `assert` and `vars:post-response` blocks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sandbox.scripts import Mode, Outcome, run

from bruscript.sandbox import Step

BODY = {"name": "bru", "items": [1, 2], "nothing": None, "yes": True, "text": "007"}


def assertion(name: str, value: str, mode: Mode = "safe", **more: Any) -> dict[str, Any]:
    step = Step(
        kind="assertions", phase="assertions", entries=({"name": name, "value": value, "enabled": True},)
    )
    (result,) = run(step, body=json.dumps(BODY).encode(), mode=mode, **more).last.results
    return result


@pytest.mark.parametrize("mode", ["safe", "developer"])
@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("res.status", "eq 200", "pass"),
        ("res.status", "200", "pass"),
        ("res.status", "neq 200", "fail"),
        ("res.status", "gt 199", "pass"),
        ("res.status", "gte 201", "fail"),
        ("res.status", "lt 201", "pass"),
        ("res.status", "lte 199", "fail"),
        ("res.status", "in [200, 201]", "pass"),
        ("res.status", "in 1,2", "fail"),
        ("res.status", "notIn 1,2", "pass"),
        ("res.status", "between 100,300", "pass"),
        ("res.status", "matches ^2", "pass"),
        ("res.body.name", "contains r", "pass"),
        ("res.body.name", "notContains r", "fail"),
        ("res.body.name", "startsWith b", "pass"),
        ("res.body.name", "endsWith b", "fail"),
        ("res.body.name", "length 3", "pass"),
        ("res.body.name", "matches /^B/", "fail"),
        ("res.body.name", "notMatches ^x", "pass"),
        ("res.body.name", "eq 'bru'", "pass"),
        ("res.body.name", 'eq "{{mine}}"', "pass"),
        ("res.body.name", "eq ${mine}", "pass"),
        ("res.body.text", "eq 7", "fail"),
        ("res.body.items", "isArray", "pass"),
        ("res.body.items", "isJson", "pass"),
        ("res.body.items", "isEmpty", "fail"),
        ("res.body.items", "isNotEmpty", "pass"),
        ("res.body.nothing", "isNull", "pass"),
        ("res.body.nothing", "isDefined", "pass"),
        ("res.body.none", "isUndefined", "pass"),
        ("res.body.yes", "isTruthy", "pass"),
        ("res.body.yes", "isFalsy", "fail"),
        ("res.body.yes", "isBoolean", "pass"),
        ("res.body.name", "isString", "pass"),
        ("res.body.name", "isNumber", "fail"),
        ("res('items[1]')", "eq 2", "pass"),
        ("res.getStatus()", "eq 200", "pass"),
        ("mine", "eq bru", "pass"),
        ("bru.getVar('mine')", "eq bru", "pass"),
        ("Math.max(1, 2)", "eq 2", "pass"),
    ],
)
def test_operators(name: str, value: str, status: str, mode: Mode) -> None:
    assert assertion(name, value, mode, variables={"runtime": {"mine": "bru"}})["status"] == status


def test_a_result_has_the_references_shape() -> None:
    result = assertion("res.status", "gt 500")
    assert len(result.pop("uid")) == 21
    assert result == {
        "lhsExpr": "res.status",
        "rhsExpr": "gt 500",
        "rhsOperand": "500",
        "operator": "gt",
        "status": "fail",
        "error": "expected 200 to be above 500",
    }


def test_an_error_in_an_expression_is_a_value_in_safe_mode_only() -> None:
    assert assertion("nope", "isDefined")["status"] == "pass"
    assert (
        assertion("nope", "isUndefined")["error"]
        == "expected { name: 'ReferenceError', …(2) } to be undefined"
    )
    assert assertion("nope", "isUndefined", "developer")["status"] == "pass"
    assert (
        assertion("res.body.none.x", "eq 1", "developer")["error"]
        == "Cannot read properties of undefined (reading 'x')"
    )


def test_whatever_an_expression_throws_is_its_value_in_safe_mode() -> None:
    assert assertion("throw 1", "eq 1")["status"] == "pass"
    assert assertion("res.(", "eq 1")["error"] == "expected { name: 'SyntaxError', …(4) } to equal 1"


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_a_syntax_error_is_a_failed_assertion(mode: Mode) -> None:
    assert assertion("res.(", "eq 1", mode)["status"] == "fail"


def test_what_is_switched_off_is_left_out() -> None:
    step = Step(
        kind="assertions", phase="assertions", entries=({"name": "x", "value": "eq 1", "enabled": False},)
    )
    assert run(step, body=b"").last.results == []


def _vars(mode: Mode, **expressions: str) -> Outcome:
    entries = tuple({"name": name, "value": value, "enabled": True} for name, value in expressions.items())
    return run(Step(kind="vars", phase="vars", entries=entries), body=json.dumps(BODY).encode(), mode=mode)


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_variables_take_the_values_of_expressions(mode: Mode) -> None:
    outcome = _vars(
        mode, a="res.body.items.map(i => i * 2)", b="res.status + 1", c="'text'", d="res.body.none"
    )
    assert outcome.variables == {"a": [2, 4], "b": 201, "c": "text"}
    assert outcome.last.error is None


def test_one_failing_expression_does_not_keep_the_others_from_being_set() -> None:
    outcome = _vars("developer", bad="res.body.none.x", good="1")
    assert outcome.variables == {"good": 1}
    assert outcome.last.error is not None
    assert outcome.last.error.message == (
        "1 error in post response variables: \nbad: Cannot read properties of undefined (reading 'x')"
    )


def test_a_failing_expression_warns_in_safe_mode_where_its_error_is_the_value() -> None:
    outcome = _vars("safe", bad="res.body.none.x")
    assert outcome.variables["bad"]["name"] == "TypeError"
    assert outcome.last.error is None
    assert outcome.printed == [
        "bad: Cannot read properties of undefined (reading 'x') (the variable holds the error)"
    ]
