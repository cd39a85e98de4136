"""Names that the reference masks since they have words of `.env` in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bruscript.collection import load
from bruscript.comparison.deliberate import judge
from bruscript.comparison.masked_names import restored
from bruscript.comparison.reports import compare

WORDS = ["test", "admin", "test", ""]


def result(file: str, *names: str, status: str = "pass", operand: str = "test") -> dict[str, Any]:
    return {
        "test": {"filename": file},
        "status": "pass",
        "response": {"status": 200},
        "testResults": [{"description": name, "status": status} for name in names],
        "assertionResults": [{"lhsExpr": "res.body", "rhsExpr": f"eq {operand}", "status": status}],
    }


def report(*results: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"iterationIndex": 0, "results": list(results)}]


THEIRS = report(
    result("********/********.bru", "******** is ********", "plain", operand="********"),
    result("a.bru", "********s", "********s"),
)
OURS = report(result("admin/test.bru", "Test is admin", "plain"), result("a.bru", "tests", "admins"))


def test_masked_names_are_differences_on_purpose(tmp_path: Path) -> None:
    (tmp_path / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
    theirs, differences = restored(THEIRS, OURS, WORDS)
    assert [(each.request, each.what, each.left, each.right) for each in differences] == [
        ("admin/test.bru", "name of the file", "********/********.bru", "admin/test.bru"),
        ("admin/test.bru", "name of the test", "******** is ********", "Test is admin"),
        ("admin/test.bru", "name of the assertion", "res.body eq ********", "res.body eq test"),
        ("a.bru", "name of the test", "********s", "tests"),
        ("a.bru", "name of the test", "********s", "admins"),
    ]
    judged = judge(differences, load(tmp_path), theirs)
    rows = {item.rule.row for item in judged if item.rule}
    assert rows == {"Variables of `.env` are masked if they are named like a secret"}
    assert all(item.rule for item in judged)
    assert list(compare(theirs, OURS)) == []


def test_their_outcomes_are_compared() -> None:
    failing = report(result("admin/test.bru", "Test is admin", "plain", status="fail"), OURS[0]["results"][1])
    theirs, _ = restored(THEIRS, failing, WORDS)
    differing = {each.what for each in compare(theirs, failing) if each.request == "admin/test.bru"}
    assert differing == {"test 'Test is admin'", "test 'plain'", "assertion 'res.body eq test'"}


def test_other_names_stay_different() -> None:
    theirs = report(result("a.bru", "******** is ********", "******** here"))
    ours = report(result("a.bru", "something is else", "******** here"))
    same, differences = restored(theirs, ours, WORDS)
    assert (same, differences) == (theirs, [])
    assert restored(THEIRS, OURS, []) == (THEIRS, [])
    assert restored({"no": "report"}, OURS, WORDS) == ({"no": "report"}, [])
