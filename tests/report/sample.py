"""A run made by hand, with one of each outcome, for the reporters to tell."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bruscript.masking import Mask
from bruscript.runner.events import (
    IterationFinished,
    IterationStarted,
    Notice,
    Reporter,
    RequestFinished,
    RequestStarted,
    RunFinished,
    RunStarted,
)
from bruscript.runner.masked import MaskedResult
from bruscript.runner.results import ConsoleLine, IterationResult, RequestResult, ScriptFailure
from bruscript.runner.run_result import RunResult

SECRET = "s3cr3t-value"


def make(name: str, **values: Any) -> RequestResult:
    base: dict[str, Any] = {
        "path": name,
        "filename": f"{name}.bru",
        "suitename": f"/col/{name}",
        "request": {"method": "GET", "url": f"http://host/{name}", "headers": {"accept": "*/*"}},
        "response": {
            "status": 200,
            "statusText": "OK",
            "headers": {"content-type": "application/json", "set-cookie": ["a=1", "b=2"]},
            "data": {"name": name, "nested": [1, True, None, "text"]},
            "url": f"http://host/{name}",
            "responseTime": 12,
            "duration": 12,
            "size": 60,
        },
        "run_duration": 0.0315,
        "flow": {"shouldStopRunnerExecution": False},
    }
    return RequestResult(name=name, **{**base, **values})


def passed(**values: Any) -> RequestResult:
    return make(
        "passed",
        tests=[{"description": "is fine", "status": "pass", "uid": "u1"}],
        assertions=[
            {
                "uid": "u2",
                "lhsExpr": "res.status",
                "rhsExpr": "eq 200",
                "rhsOperand": "200",
                "operator": "eq",
                "status": "pass",
            }
        ],
        pre_request_tests=[{"description": "before", "status": "pass", "uid": "u3"}],
        post_response_tests=[{"description": "after", "status": "pass", "uid": "u4"}],
        console=[ConsoleLine("log", "hello from the script", "pre-request")],
        request={
            "method": "POST",
            "url": f"http://host/passed?key={SECRET}",
            "headers": {"Authorization": "Bearer abc", "x-key": SECRET},
            "data": '{"a": 1, "big": 12345678901234567890}',
        },
        **values,
    )


def failed(**values: Any) -> RequestResult:
    return make(
        "failed",
        tests=[
            {
                "description": "has <b>markup</b> & more",
                "status": "fail",
                "error": "expected 200 to equal 201",
                "uid": "u5",
                "stack": "AssertionError: expected 200 to equal 201\n    at failed.bru:14:5",
                "errorName": "AssertionError",
                "place": {"path": "failed.bru", "line": 14, "column": 5},
            }
        ],
        assertions=[
            {
                "uid": "u6",
                "lhsExpr": "res.body.n",
                "rhsExpr": "eq 2",
                "rhsOperand": "2",
                "operator": "eq",
                "status": "fail",
                "error": "expected 1 to equal 2",
                "place": {"path": "failed.bru", "line": 10, "column": 3},
            }
        ],
        **values,
    )


def errored(**values: Any) -> RequestResult:
    empty = {"headers": None, "data": None, "url": None, "responseTime": 0, "duration": 0, "size": 0}
    return make(
        "errored",
        status="error",
        error="connect ECONNREFUSED 127.0.0.1:1",
        response={"status": "error", "statusText": None, **empty},
        **values,
    )


def broken_script(**values: Any) -> RequestResult:
    return make(
        "scripted",
        tests=[
            {
                "status": "fail",
                "description": "Test Script Error",
                "error": "null is not fine",
                "isScriptError": True,
            }
        ],
        script_failures=[
            ScriptFailure(
                phase="tests",
                name="TypeError",
                message="null is not fine",
                stack="TypeError: null is not fine\n    at sub/scripted.bru:21:3",
                path="sub/scripted.bru",
                line=21,
                column=3,
            )
        ],
        **values,
    )


def skipped(**values: Any) -> RequestResult:
    return make(
        "skipped",
        status="skipped",
        skip_reason="request skipped via pre-request script",
        response={
            "status": "skipped",
            "statusText": "request skipped via pre-request script",
            "data": None,
            "responseTime": 0,
        },
        **values,
    )


def every_outcome() -> list[RequestResult]:
    return [passed(), failed(), errored(), broken_script(), skipped()]


def tell(
    reporter: Reporter,
    iterations: Iterable[list[RequestResult]],
    *,
    root: Path = Path("/col"),
    secrets: Iterable[str] = (SECRET,),
    interrupted: bool = False,
    notices: Iterable[Notice] = (),
    parallel: int = 1,
    finish: bool = True,
) -> RunResult:
    """Tell `reporter` of a run with these results, and close it."""
    rows = [list(results) for results in iterations]
    result = RunResult("sample", environment_name="local", interrupted=interrupted)
    mask = Mask()
    for secret in secrets:
        mask.learn(secret, "A secret")
    reporter.handle(
        RunStarted(
            collection_name="sample",
            collection_path=root,
            requests=tuple(item.filename for item in rows[0]) if rows else (),
            iterations=len(rows),
            parallel=parallel,
            mask=mask,
            environment_name="local",
        )
    )
    for notice in notices:
        reporter.handle(Notice(notice.level, mask.mask(notice.text, prose=True)))
    for index, results in enumerate(rows):
        iteration = IterationResult(index)
        reporter.handle(IterationStarted(index))
        for item in results:
            item.iteration_index = index
            iteration.summary.add(item)
            result.summary.add(item)
            reporter.handle(RequestStarted(index, item.name, item.filename))
            reporter.handle(RequestFinished(item, MaskedResult(item, mask)))
        result.iterations.append(iteration)
        reporter.handle(IterationFinished(iteration))
    result.exit_code = 130 if interrupted else 0 if result.summary.ok else 1
    if finish:
        reporter.handle(RunFinished(result))
    reporter.close()
    return result
