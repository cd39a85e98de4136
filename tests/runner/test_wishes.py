"""What scripts wish of tests and requests: `test.skip`, `test.only`, `req.skip()`."""

from __future__ import annotations

from typing import Any

TESTS = """tests {
  test.skip("later", () => { throw new Error("ran"); });
  %s("now", () => {});
  test("too", () => {});
}
"""


def test_skipped_tests_fail_nothing_and_count_for_nothing(make: Any, echo: Any) -> None:
    result = make({"a.bru": TESTS % "test"}).run(app=echo)
    assert result.ok
    assert {check["description"]: check["status"] for check in result.results[0].tests} == {
        "later": "skipped",
        "now": "pass",
        "too": "pass",
    }
    summary = result.iterations[0].summary
    assert (summary.total_tests, summary.passed_tests, summary.failed_tests) == (2, 2, 0)
    assert summary.failed_requests == 0


def test_only_the_tests_that_are_wanted(make: Any, echo: Any) -> None:
    files = {"a.bru": TESTS % "test.only", "b.bru": "tests {\n  test.only('fails', () => { throw 1 })\n}\n"}
    result = make(files).run(app=echo, tests_only=True)
    assert [sorted(check["status"] for check in item.tests) for item in result.results] == [
        ["pass", "skipped", "skipped"],
        ["fail"],
    ]
    assert result.exit_code == 1


def test_a_request_can_be_skipped_by_its_script(make: Any, echo: Any) -> None:
    files = {"a.bru": "script:pre-request {\n  req.skip();\n}\n", "b.bru": ""}
    result = make(files).run(app=echo)
    assert [seen["path"] for seen in echo.requests] == ["/b"]
    assert result.results[0].skip_reason == "request skipped via pre-request script"
    assert result.ok
