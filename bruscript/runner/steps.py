"""The steps of a request's scripts: which there are, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bruscript.runner.results import ConsoleLine, RequestResult, ScriptFailure
from bruscript.sandbox import Segment, Step

if TYPE_CHECKING:
    from bruscript.evaluate import Effective
    from bruscript.sandbox import ScriptError, StepResult

_PHASES = {
    "post-response": ("post_response_tests", "Post-Response Script Error"),
    "tests": ("tests", "Test Script Error"),
}
_SCRIPTS = {"post-response": "post-response", "tests": "test"}


def steps_before(segments: Sequence[Segment]) -> list[Step]:
    """Return the steps before a request is sent: its pre-request scripts."""
    steps = [Step(kind="script", phase="pre-request", segments=tuple(segments))]
    if any("onFail" in segment.source for segment in segments):
        # The handler is a closure, so the request is sent while its job is alive.
        steps.append(Step(kind="onFail", phase="on-fail"))
    return steps


def steps_after(effective: Effective) -> list[Step]:
    """Return the steps after the response: variables, scripts, assertions, tests."""
    steps = []
    if effective.post_vars:
        steps.append(Step(kind="vars", phase="vars", entries=tuple(effective.post_vars)))
    if effective.scripts.post:
        segments = tuple(effective.scripts.post)
        steps.append(Step(kind="script", phase="post-response", segments=segments))
    if effective.assertions:
        entries = tuple(effective.assertions)
        steps.append(Step(kind="assertions", phase="assertions", entries=entries))
    if effective.scripts.tests:
        steps.append(Step(kind="tests", phase="tests", segments=tuple(effective.scripts.tests)))
    return steps


def record_before(result: RequestResult, step: Step, outcome: StepResult) -> None:
    """Add to `result` what came of a step before the request."""
    record_console(result, step.phase, outcome)
    result.pre_request_tests += outcome.results
    if outcome.error is not None:
        record_error(result, step.phase, outcome.error)


def record_after(result: RequestResult, step: Step, outcome: StepResult) -> None:
    """Add to `result` what came of a step after the response."""
    record_console(result, step.phase, outcome)
    if outcome.error is not None:
        record_error(result, step.phase, outcome.error)
    if step.kind == "assertions":
        result.assertions = outcome.results
    if step.phase not in _PHASES:
        return
    attribute, description = _PHASES[step.phase]
    results = list(outcome.results)
    if outcome.error is not None:
        results.append(
            {
                "status": "fail",
                "description": description,
                "error": outcome.error.message
                or f"An error occurred while executing the {_SCRIPTS[step.phase]} script.",
                "isScriptError": True,
            }
        )
    setattr(result, attribute, results)


def record_console(result: RequestResult, phase: str, outcome: StepResult) -> None:
    """Add what the step printed to `result`."""
    for line in outcome.console:
        result.console.append(ConsoleLine(line["level"], " ".join(line["args"]), phase))


def record_error(result: RequestResult, phase: str, error: ScriptError) -> None:
    """Add what the step threw to `result`."""
    result.script_failures.append(
        ScriptFailure(
            phase=phase,
            name=error.name,
            message=error.message,
            stack=error.stack,
            path=str(error.path) if error.path else None,
            line=error.line,
            column=error.column,
            kind=error.kind,
        )
    )
