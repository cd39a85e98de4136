"""The messages of a job: from dataclasses to JSON, and back from a worker's JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from bruscript.records import record
from bruscript.sandbox.job import Job, JobResult, ScriptError, Segment, Step, StepResult

_DEEPEST = 320
"""Levels of nesting: what goes through the values that scripts hand over goes down by recursion.

A value may have 300 of them (js/api/values.js); the others are those of the message around it.
"""

_INFINITE = 10**309
"""Reads as Infinity in JavaScript, as `1e400` does."""

_UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, RecursionError)


@record
class Outcome:
    """A job's raw outcome: a JSON text for each step that ended, and why it ended early, if it did."""

    steps: list[bytes] = field(default_factory=list, repr=False)
    failure: dict[str, Any] | None = None


def encode_job(job: Job) -> bytes:
    """Return the JSON that the isolate reads: {steps, state}."""
    steps = [_step(step) for step in job.steps]
    return isolate_json({"steps": steps, "state": job.state}, _plain)


def isolate_json(value: Any, default: Callable[[Any], Any] | None = None) -> bytes:
    """Return the JSON of a value: Infinity as a number that is read so, NaN as null."""
    try:
        text = json.dumps(value, default=default, separators=(",", ":"), allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), default=default, separators=(",", ":"), allow_nan=False)
    return text.encode()


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else _INFINITE if value > 0 else -_INFINITE
    return value


def _step(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "phase": step.phase,
        "segments": [
            {
                "source": s.source,
                "path": str(s.path),
                "line": s.line,
                "level": s.level,
                "name": s.name,
                "indent": s.indent,
            }
            for s in step.segments
        ],
        "entries": [dict(entry) for entry in step.entries],
    }


class _TooDeepError(ValueError):
    """A value of a script is nested deeper than anybody reads."""


def _plain(value: Any) -> Any:
    """Return what JSON has no form for: paths and dates as text."""
    return str(value)


def decode_outcome(job: Job, outcome: Outcome) -> JobResult:
    """Return the result of a job; the step that met a limit gets its error."""
    steps: list[StepResult] = []
    changes: dict[str, Any] = {}
    for step, text in zip(job.steps, outcome.steps, strict=False):
        result, changes = _decode_step(step, text, changes)
        steps.append(result)
    if outcome.failure is not None and len(steps) < len(job.steps):
        steps.append(StepResult(error=_limit_error(job.steps[len(steps)], outcome.failure)))
    return JobResult(steps=steps, changes=changes)


def _decode_step(step: Step, text: bytes, changes: dict[str, Any]) -> tuple[StepResult, dict[str, Any]]:
    """Return a step's result, and the changes by its end; `changes` are those before it.

    A script influences how they are written (`toJSON` on a prototype, `JSON.rawJSON`): invalid JSON
    is an error of the step, and costs no more than its own part.
    """
    problem: Exception | None = None
    try:
        message = json.loads(text)
        if text.count(b"[") + text.count(b"{") > _DEEPEST and _is_deep(message):
            raise _TooDeepError
        written = message["result"]
    except _UNREADABLE as error:
        return StepResult(error=_unreadable(step, error)), changes
    try:
        changes = _changes(message.get("changes", changes))
    except _UNREADABLE as error:
        problem = error
    try:
        result = _step_result(step, written)
    except _UNREADABLE as error:
        result, problem = StepResult(), error
    if problem is not None and result.error is None:
        result = replace(result, error=_unreadable(step, problem))
    return result, changes


def _step_result(step: Step, result: dict[str, Any]) -> StepResult:
    error = result["error"]
    return StepResult(
        results=[dict(item) for item in _list(result["results"])],
        error=None if error is None else _script_error(step, error),
        console=[
            {
                "level": str(line["level"]),
                "args": [str(arg) for arg in _list(line["args"])],
                "line": line["line"],
            }
            for line in _list(result["console"])
        ],
    )


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for item in level
            for inner in (item.values() if isinstance(item, dict) else item)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return False
    return True


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"a list was expected, not {type(value).__name__}")
    return value


def _changes(value: Any) -> dict[str, Any]:
    """Return the changes, if they have the shape that whoever takes them over counts on."""
    changes = _object(value)
    for name in ("request", "response", "iterationData"):
        _object(changes.get(name, {}))
    for values in _object(changes.get("variables", {})).values():
        _object(values)
    for name in ("deleted", "unset"):
        for names in _object(changes.get(name, {})).values():
            frozenset(_list(names))
    for name in ("resetOauth2", "visualizations", "scriptedRequests"):
        _list(changes.get(name, []))
    return changes


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"an object was expected, not {type(value).__name__}")
    return value


def _unreadable(step: Step, error: Exception) -> ScriptError:
    place = step.segments[0] if len(step.segments) == 1 else None
    reason = "it changes how values are written as JSON (a `toJSON` of its own, or `JSON.rawJSON`)"
    if isinstance(error, _TooDeepError):
        reason = "a value is nested too deeply"
    return ScriptError(
        name="Error",
        message=f"The script's results cannot be used: {reason}",
        path=None if place is None else place.path,
        line=None if place is None else place.line,
    )


def _script_error(step: Step, error: dict[str, Any]) -> ScriptError:
    # A thrown value that is not an Error has no stack; if there is only one file, it is known anyway.
    path = error.get("path") or (step.segments[0].path if len(step.segments) == 1 else None)
    return ScriptError(
        name=str(error.get("name") or "Error"),
        message=str(error.get("message") or ""),
        stack=str(error.get("stack") or ""),
        path=None if path is None else Path(path),
        line=error.get("line"),
        column=error.get("column"),
        kind=error.get("kind") or "error",
    )


def _limit_error(step: Step, failure: dict[str, Any]) -> ScriptError:
    """Return the error of a script that took its isolate with it; all that is known of its place is its
    last segment.
    """
    segment: Segment | None = step.segments[0] if len(step.segments) == 1 else None
    name = {"timeout": "TimeoutError", "memory": "MemoryError"}.get(failure["kind"], "CrashError")
    return ScriptError(
        name=name,
        message=failure["message"],
        path=None if segment is None else segment.path,
        line=None if segment is None else segment.line,
        kind=failure["kind"],
    )
