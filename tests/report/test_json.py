from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from report.sample import SECRET, every_outcome, failed, make, passed, tell

from bruscript.report.json import JsonReport
from bruscript.report.output import OutputDirectoryError
from bruscript.report.shape import Omit


def report_of(path: Path, iterations: list[Any], omit: Omit | None = None, **how: Any) -> Any:
    target = path / "report.json"
    tell(JsonReport(str(target), omit), iterations, **how)
    return json.loads(target.read_text())


def test_has_the_keys_of_the_reference(tmp_path: Path) -> None:
    (iteration,) = report_of(tmp_path, [every_outcome()])
    assert list(iteration) == ["iterationIndex", "results", "summary"]
    result = iteration["results"][1]
    assert set(result) == {
        "test",
        "request",
        "response",
        "error",
        "status",
        "assertionResults",
        "testResults",
        "preRequestTestResults",
        "postResponseTestResults",
        "shouldStopRunnerExecution",
        "runDuration",
        "name",
        "suitename",
        "path",
        "iterationIndex",
    }
    assert result["test"] == {"filename": "failed.bru"}
    assert iteration["results"][4]["skipped"] is True
    assert "skipReason" not in iteration["results"][4]
    assert iteration["summary"]["failedRequests"] == 2
    assert iteration["summary"]["errorRequests"] == 1


def test_a_request_skipped_by_bail_says_so(tmp_path: Path) -> None:
    (iteration,) = report_of(tmp_path, [[make("late", status="skipped", skip_reason="bail")]])
    assert iteration["results"][0]["skipReason"] == "bail"
    assert iteration["results"][0]["path"] == "late.bru"
    assert iteration["summary"]["skippedByBail"] == 1


def test_holds_no_secret(tmp_path: Path) -> None:
    report_of(tmp_path, [[passed()]])
    text = (tmp_path / "report.json").read_text()
    assert SECRET not in text
    assert '"Authorization": "Bearer ********"' in text
    assert '"a=1"' not in text


def test_leaves_out_what_it_is_told_to(tmp_path: Path) -> None:
    omit = Omit(headers=("AUTHORIZATION", "content-type"), request_body=True, response_body=True)
    (iteration,) = report_of(tmp_path, [[passed()]], omit)
    request, response = iteration["results"][0]["request"], iteration["results"][0]["response"]
    assert "data" not in request
    assert "data" not in response
    assert list(request["headers"]) == ["x-key"]
    assert list(response["headers"]) == ["set-cookie"]
    (iteration,) = report_of(tmp_path, [[passed()]], Omit(all_headers=True))
    assert iteration["results"][0]["request"]["headers"] == {}


def test_is_indented_as_one_document(tmp_path: Path) -> None:
    iterations = report_of(tmp_path, [every_outcome(), [passed()]])
    text = (tmp_path / "report.json").read_text()
    assert text == json.dumps(iterations, indent=2, ensure_ascii=False)


def test_of_no_iterations_is_an_empty_list(tmp_path: Path) -> None:
    assert report_of(tmp_path, []) == []


def test_of_a_run_that_never_finished_is_not_there(tmp_path: Path) -> None:
    tell(JsonReport(str(tmp_path / "report.json")), [[passed()]], finish=False)
    assert list(tmp_path.iterdir()) == []


def test_an_older_report_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    target.chmod(0o640)
    report = JsonReport(str(target))
    tell(report, [[passed()]], finish=False)
    assert target.read_text() == "old"
    report_of(tmp_path, [[passed()]])
    assert json.loads(target.read_text())
    assert target.stat().st_mode & 0o777 == 0o640


def test_an_interrupted_run_reports_what_was_done(tmp_path: Path) -> None:
    (iteration,) = report_of(tmp_path, [[failed()]], interrupted=True)
    assert iteration["results"][0]["name"] == "failed"


def test_what_json_cannot_hold(tmp_path: Path) -> None:
    strange = make("strange", response={"status": 200, "data": [float("nan"), "\ud800", {1: b"x"}]})
    (iteration,) = report_of(tmp_path, [[strange]])
    assert iteration["results"][0]["response"]["data"][0] is None


@pytest.mark.parametrize("target", ["missing/report.json", ""])
def test_a_place_that_cannot_be_written(tmp_path: Path, target: str) -> None:
    with pytest.raises(OutputDirectoryError) as raised:
        JsonReport(str(tmp_path / target))
    assert raised.value.exit_code == 2


def test_iterations_are_in_order_however_they_end(tmp_path: Path) -> None:
    from bruscript.masking import Mask
    from bruscript.runner.events import (
        IterationFinished,
        IterationStarted,
        RequestFinished,
        RunFinished,
        RunStarted,
    )
    from bruscript.runner.masked import MaskedResult
    from bruscript.runner.results import IterationResult
    from bruscript.runner.run_result import RunResult

    report = JsonReport(str(tmp_path / "report.json"))
    mask = Mask()
    report.handle(RunStarted("c", tmp_path, ("passed.bru",), 3, 3, mask))
    for index in range(3):
        report.handle(IterationStarted(index))
    for index in (2, 0, 1):
        result = passed(iteration_index=index)
        report.handle(RequestFinished(result, MaskedResult(result, mask)))
    for index in (2, 0):
        report.handle(IterationFinished(IterationResult(index)))
    report.handle(RunFinished(RunResult("c")))
    report.close()
    iterations = json.loads((tmp_path / "report.json").read_text())
    assert [iteration["iterationIndex"] for iteration in iterations] == [0, 1, 2]
    assert iterations[1]["results"][0]["name"] == "passed"
    assert iterations[1]["summary"]["passedRequests"] == 1
