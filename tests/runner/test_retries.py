"""Requests that are sent again where they failed, and how reports tell the flaky ones."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import bruscript
from bruscript.report.console import ConsoleReport
from bruscript.report.github import GithubReport
from bruscript.report.har import HarReport
from bruscript.report.json import JsonReport
from bruscript.report.junit import JUnitReport
from bruscript.report.step_summary import StepSummary
from bruscript.report.style import Style

CHECK = "assert {\n  res.status: eq 200\n}\n"
TEST = 'tests {\n  test("up", () => expect(res.status).to.equal(200));\n}\n'


class Unready:
    """An application that answers 503 until the Nth request to a path."""

    def __init__(self, ready_at: int) -> None:
        self.ready_at = ready_at
        self.requests: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        self.requests.append(scope["path"])
        status = 200 if self.requests.count(scope["path"]) >= self.ready_at else 503
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"not yet"})


def test_a_failed_request_is_sent_again(make: Any) -> None:
    app = Unready(3)
    result = make({"a.bru": CHECK + TEST, "b.bru": ""}).run(app=app, retries=2)
    assert app.requests == ["/a"] * 3 + ["/b"]
    assert result.ok
    first, second = result.results
    assert (first.flaky, [attempt.response["status"] for attempt in first.earlier]) == (True, [503, 503])
    assert (second.flaky, second.earlier) == (False, [])
    summary = result.summary
    assert (summary.total_requests, summary.passed_requests, summary.flaky_requests) == (2, 2, 1)
    assert (summary.total_tests, summary.total_assertions) == (1, 1)
    assert str(result) == "Passed: made: 2 requests (1 flaky), 1 test, 1 assertion"


def test_one_that_fails_for_good_fails_once(make: Any) -> None:
    app = Unready(9)
    result = make({"a.bru": CHECK}).run(app=app, retries=2, bail=True)
    assert app.requests == ["/a"] * 3
    assert not result.ok
    assert [failure.message for failure in result.failures] == ["expected 503 to equal 200"]
    assert (result.summary.failed_requests, result.summary.flaky_requests) == (1, 0)
    assert len(result.results[0].earlier) == 2


@pytest.mark.parametrize(
    "setting",
    ["retries: 1.5", "retries: -1", "retries: many", "retries: 1e999", "retryDelay: soon", "timeout: 1s"],
)
def test_a_wrong_setting_is_an_error_of_one_attempt(make: Any, setting: str) -> None:
    app = Unready(1)
    result = make({"a.bru": CHECK + f"settings {{\n  {setting}\n}}\n"}).run(app=app, retries=2)
    [request] = result.results
    key, _, value = setting.partition(": ")
    assert f": `{key}` is `{value}`, expected a " in (request.error or "")
    assert (request.earlier, app.requests) == ([], [])


def test_half_a_retry_is_an_error_in_yaml_too(tmp_path: Path) -> None:
    (tmp_path / "opencollection.yml").write_text("opencollection: 1.0.0\ninfo: {name: c}\n")
    (tmp_path / "a.yml").write_text(
        "info: {name: a, type: http}\nhttp:\n  url: http://h/a\nsettings:\n  retries: 1.5\n"
    )
    app = Unready(1)
    [request] = bruscript.run(tmp_path, app=app).results
    first = "a.yml:5:12: `retries` is `1.5`, expected a whole number from 0"
    assert (request.error or "").splitlines()[0] == first
    assert app.requests == []


def test_warnings_of_an_earlier_attempt_are_the_requests(make: Any) -> None:
    result = make({"a.bru": CHECK + "headers {\n  x: {{nowhere}}\n}\n"}).run(app=Unready(3), retries=2)
    [request] = result.results
    assert len(request.earlier) == 2
    [warning] = request.warnings
    assert "`{{nowhere}}` is not set" in warning


def test_its_duration_is_wall_time_with_all_attempts_and_delays(make: Any, tmp_path: Path) -> None:
    report = tmp_path / "r.xml"
    collection = make({"a.bru": CHECK})
    result = collection.run(app=Unready(3), retries=2, retry_delay_ms=40, reporters=[JUnitReport(report)])
    [request] = result.results
    assert request.run_duration >= 0.08 + sum(attempt.run_duration for attempt in request.earlier)
    [suite] = ElementTree.parse(report).getroot()
    [case] = suite
    assert float(suite.get("time", 0)) == float(case.get("time", 0)) >= 0.08


def test_without_failure_nothing_is_sent_again(make: Any) -> None:
    app = Unready(1)
    skipped = "script:pre-request {\n  bru.runner.skipRequest()\n}\n"
    assert make({"a.bru": CHECK, "b.bru": skipped + CHECK}).run(app=app, retries=5).ok
    assert app.requests == ["/a"]


def test_errors_and_scripts_are_failures_too(make: Any) -> None:
    once = "if (!bru.getVar('{0}')) {{ bru.setVar('{0}', 1); throw new Error('{0}') }}"
    collection = make(
        {
            "a.bru": "script:pre-request {\n  " + once.format("a") + "\n}\n",
            "b.bru": "script:post-response {\n  " + once.format("b") + "\n}\n",
            "c.bru": "script:post-response {\n  await bru.runRequest('d')\n}\n",
            "d.bru": CHECK,
        }
    )
    app = Unready(2)
    result = collection.run(app=app, retries=1)
    assert [(each.name, each.flaky) for each in result.results] == [
        ("a", True),
        ("b", True),
        ("c", True),
        ("d", False),
    ]
    assert app.requests == ["/a", "/b", "/b", "/c", "/d", "/c", "/d", "/d"]


def test_a_requests_own_settings_come_first(make: Any) -> None:
    app = Unready(2)
    never = "settings {\n  encodeUrl: true\n  retries: 0\n}\n"
    once = "settings {\n  retries: 1\n  retryDelay: 1\n}\n"
    result = make({"a.bru": CHECK + never, "b.bru": CHECK + once}).run(app=app, retries=0)
    assert [(each.name, each.failed, each.flaky) for each in result.results] == [
        ("a", True, False),
        ("b", False, True),
    ]
    app = Unready(2)
    assert make({"a.bru": CHECK + never}).run(app=app, retries=3).results[0].failed


def test_settings_of_a_yaml_request(tmp_path: Path) -> None:
    import bruscript

    (tmp_path / "opencollection.yml").write_text("opencollection: 1.0.0\ninfo:\n  name: made\n")
    (tmp_path / "a.yml").write_text(
        "info:\n  name: a\n  type: http\nhttp:\n  method: GET\n  url: http://h/a\n"
        "runtime:\n  assertions:\n    - expression: res.status\n      operator: eq\n      value: '200'\n"
        "settings:\n  retries: 2\n  retryDelay: 0\n"
    )
    result = bruscript.run(tmp_path, app=Unready(3))
    assert [each.flaky for each in result.results] == [True]


def test_only_the_last_attempt_says_what_is_next(make: Any) -> None:
    jump = "script:post-response {\n  if (res.status !== 200) bru.setNextRequest('c')\n}\n"
    app = Unready(2)
    result = make({"a.bru": CHECK + jump, "b.bru": "", "c.bru": ""}).run(app=app, retries=1)
    assert [each.name for each in result.results] == ["a", "b", "c"]


def test_every_row_has_attempts_of_its_own(make: Any, tmp_path: Path) -> None:
    collection = make({"a.bru": CHECK})
    (tmp_path / "rows.json").write_text('[{"n": 1}, {"n": 2}]')
    result = collection.run(app=Unready(2), retries=1, json_file=tmp_path / "rows.json", parallel=2)
    assert result.ok
    flaky = [each for each in result.results if each.flaky]
    assert all(attempt.row == each.row for each in flaky for attempt in each.earlier)
    assert result.summary.flaky_requests == len(flaky) >= 1


@pytest.mark.parametrize("option", [{"retries": -1}, {"retry_delay_ms": -1}])
def test_below_zero_makes_no_sense(make: Any, option: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(option))} must be at least 0"):
        make({"a.bru": ""}).run(**option)


def reports(collection: Any, tmp_path: Path, ready_at: int) -> dict[str, str]:
    """Run with every report, and return what each wrote."""
    streams = {"console": io.StringIO(), "quiet": io.StringIO(), "github": io.StringIO()}
    files = {name: tmp_path / f"out.{name}" for name in ("json", "junit", "summary")}
    collection.run(
        app=Unready(ready_at),
        retries=1,
        reporters=[
            ConsoleReport(streams["console"], style=Style(False)),
            ConsoleReport(streams["quiet"], style=Style(False), quiet=True),
            GithubReport(streams["github"]),
            JsonReport(str(files["json"])),
            JUnitReport(str(files["junit"])),
            StepSummary(str(files["summary"])),
        ],
    )
    told = {name: stream.getvalue() for name, stream in streams.items()}
    return told | {name: file.read_text("utf-8") for name, file in files.items()}


def test_a_flaky_request_is_shown_as_such(make: Any, tmp_path: Path) -> None:
    told = reports(make({"my a (v2).bru": CHECK + TEST}), tmp_path, 2)
    attempt = "attempt 1: my a (v2).bru:12 · res.status: eq 200 · expected 503 to equal 200"
    for name in ("console", "quiet"):
        assert attempt in told[name]
        assert "flaky: passed on attempt 2" in told[name]
    assert "1 (1 Passed, 1 Flaky)" in told["console"]
    assert "PASS 1 request (1 flaky), 2/2" in told["quiet"]
    assert "::warning file=" in told["github"]
    assert "::error" not in told["github"]
    assert "### Flaky" in told["summary"]
    (iteration,) = json.loads(told["json"])
    (entry,) = iteration["results"]
    assert entry["flaky"] is True
    assert [each["assertionResults"][0]["status"] for each in entry["earlierAttempts"]] == ["fail"]
    assert iteration["summary"]["flakyRequests"] == 1
    (suite,) = ElementTree.fromstring(told["junit"])
    assert (suite.get("failures"), suite.get("errors"), suite.get("tests")) == ("0", "0", "2")
    assert [(case.get("name"), [inner.tag for inner in case]) for case in suite] == [
        ("res.status eq 200", ["flakyFailure"]),
        ("up", ["flakyFailure"]),
    ]
    assert suite[0][0].get("message") == "expected 503 to equal 200"
    assert suite[0][0].findtext("stackTrace") == "my a (v2).bru:12"


def test_one_that_failed_at_every_attempt_is_shown_as_such(make: Any, tmp_path: Path) -> None:
    told = reports(make({"a.bru": CHECK}), tmp_path, 5)
    assert "failed on all 2 attempts" in told["console"]
    assert "flaky" not in told["console"].lower()
    (suite,) = ElementTree.fromstring(told["junit"])
    assert [inner.tag for inner in suite[0]] == ["failure", "rerunFailure"]
    assert "flakyRequests" not in told["json"]


def test_an_attempt_without_a_check_in_the_last_is_a_case_of_its_own(make: Any, tmp_path: Path) -> None:
    once = "script:post-response {\n  if (res.status !== 200) throw new Error('down')\n}\n"
    (suite,) = ElementTree.fromstring(reports(make({"a.bru": once}), tmp_path, 2)["junit"])
    assert [(case.get("name"), [inner.tag for inner in case]) for case in suite] == [
        ("Post-Response Script Error", ["flakyFailure"])
    ]


def test_a_request_inside_another_is_sent_again_by_its_own_settings(make: Any, tmp_path: Path) -> None:
    # Of the outer one the first request is answered 503, which it does not mind.
    app = Unready(3)
    outer = 'script:pre-request {\n  await bru.runRequest("in/a");\n}\n'
    collection = make({"outer.bru": outer, "in/a.bru": CHECK + "settings {\n  retries: 2\n}\n"})
    out, github, har, summary = io.StringIO(), io.StringIO(), tmp_path / "r.har", tmp_path / "s.md"
    result = collection.run(
        app=app,
        paths=[collection.path / "outer.bru"],
        reporters=[
            ConsoleReport(out, style=Style(False), quiet=True),
            GithubReport(github),
            StepSummary(str(summary)),
            HarReport(str(har)),
        ],
    )
    assert result.ok
    (nested,) = result.results[0].nested
    assert (nested.flaky, len(nested.earlier), result.summary.flaky_requests) == (True, 2, 1)
    for text in (out.getvalue(), github.getvalue().replace("%3A", ":"), summary.read_text("utf-8")):
        assert "in/a" in text
        assert "flaky: passed on attempt 3" in text
    assert "title=outer > a: flaky" in github.getvalue().replace("%3A", ":")
    # Each attempt has a time of its own, the last one that of all.
    assert nested.run_duration >= sum(attempt.run_duration for attempt in nested.earlier)
    statuses = [entry["response"]["status"] for entry in json.loads(har.read_text("utf-8"))["log"]["entries"]]
    assert sorted(statuses) == [200, 503, 503, 503]
