"""The steps of a request's scripts: their order, and their outcomes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bruscript.runner.results import ConsoleLine, RequestResult, ScriptFailure
from bruscript.sandbox import Segment, Step

if TYPE_CHECKING:
    from bruscript.collection.tree import Request
    from bruscript.evaluate import Effective
    from bruscript.sandbox import ScriptError, StepResult

_PHASES = {
    "post-response": ("post_response_tests", "Post-Response Script Error"),
    "tests": ("tests", "Test Script Error"),
}
_MOST_LINES = 10_000_000
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


def record_before(request: Request, result: RequestResult, step: Step, outcome: StepResult) -> None:
    """Add to `result` the outcome of a step before `request`."""
    record_console(result, step.phase, outcome)
    _localize(request, outcome.results)
    result.pre_request_tests += outcome.results
    if outcome.error is not None:
        record_error(request, result, step.phase, outcome.error)


def record_after(request: Request, result: RequestResult, step: Step, outcome: StepResult) -> None:
    """Add to `result` the outcome of a step after the response of `request`."""
    record_console(result, step.phase, outcome)
    if outcome.error is not None:
        record_error(request, result, step.phase, outcome.error)
    if step.kind == "assertions":
        _place_assertions(request, outcome.results)
        result.assertions = outcome.results
    if step.phase not in _PHASES:
        return
    attribute, description = _PHASES[step.phase]
    _localize(request, outcome.results)
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


def record_error(request: Request, result: RequestResult, phase: str, error: ScriptError) -> None:
    """Add what the step threw to `result`."""
    root = request.collection.path
    result.script_failures.append(
        ScriptFailure(
            phase=phase,
            name=error.name,
            message=error.message,
            stack=_local_stack(root, error.stack),
            path=_local(root, error.path) if error.path else None,
            line=error.line,
            column=error.column,
            kind=error.kind,
        )
    )


def _localize(request: Request, results: list[dict[str, Any]]) -> None:
    """Name files from the collection's directory in what failed tests say of their places."""
    root = request.collection.path
    for result in results:
        if "place" in result:
            result["place"] = _checked_place(request, result["place"])
        if isinstance(result.get("stack"), str):
            result["stack"] = _local_stack(root, result["stack"])


def _checked_place(request: Request, place: Any) -> dict[str, Any]:
    """Return the place of a failed test; it is shown unmasked, so it must be one of a file of the collection.

    A worker that a script has taken over may say anything.
    """
    place = place if isinstance(place, dict) else {}
    path, root = place.get("path"), request.collection.path
    if isinstance(path, str) and path:
        local = _local(root, path)
        if not os.path.isabs(local) and os.path.isfile(root / local):
            numbers = {name: place.get(name) for name in ("line", "column")}
            return {"path": local} | {
                name: number if type(number) is int and 0 < number < _MOST_LINES else None
                for name, number in numbers.items()
            }
    return {"path": request.relpath, "line": None, "column": None}


def _place_assertions(request: Request, results: list[dict[str, Any]]) -> None:
    """Add to failed assertions their line in the request's file."""
    if all(result.get("status") == "pass" for result in results) or request.document is None:
        return
    entries = request.data.get("assertions") or ()
    places = request.document.entry_places("assert")
    if len(places) != len(entries):
        return
    enabled = [
        place for place, entry in zip(places, entries, strict=True) if entry.get("enabled") is not False
    ]
    for (line, column), result in zip(enabled, results, strict=False):
        if result.get("status") != "pass":
            result["place"] = {"path": request.relpath, "line": line, "column": column}


def _local(root: Path, path: str | Path) -> str:
    """Return `path` from the collection's directory where it is below it."""
    path = Path(path)
    # Modules are named by where they really are, whatever links lead to the collection.
    for directory in (root, Path(os.path.realpath(root))):
        if path.is_relative_to(directory):
            return path.relative_to(directory).as_posix()
    return path.as_posix()


def _local_stack(root: Path, stack: str) -> str:
    """Return a stack whose frames name files likewise."""
    return stack.replace(f"{root}{os.sep}", "")
