"""What failed in a request, each with the place in the user's own file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bruscript.runner.masked import MaskedResult
from bruscript.runner.results import ScriptFailure, has_failed


@dataclass(frozen=True)
class Place:
    """A file of the collection's, relative to it, and a 1-based line and column where known.

    What is outside of the collection has an absolute path.
    """

    path: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True)
class Failure:
    """One failure: what it was, its message, and where."""

    what: str
    message: str
    place: Place


def failures(result: MaskedResult) -> Iterator[Failure]:
    """Every failure of `result`: of the request itself, its assertions, its tests, its scripts.

    Those of requests that its scripts ran come first: they may be the cause.
    """
    for nested in result.nested:
        yield from failures(nested)
    scripts = {failure.phase: failure for failure in result.script_failures}
    if result.status == "error":
        script = scripts.get("pre-request")
        what = "Pre-request script error" if script else "Request failed"
        yield Failure(what, result.error or "", script_place(script, result))
    elif result.skip_reason == "syntax":
        yield Failure("File not usable", result.error or "", Place(result.filename))
    for check in result.checks:
        if has_failed(check):
            yield Failure(check_title(check), str(check.get("error") or ""), check_place(check, result))


def check_title(check: Mapping[str, Any]) -> str:
    """A test's description, or an assertion as the reference prints it."""
    if "lhsExpr" in check:
        return f"{check['lhsExpr']}: {check.get('rhsExpr')}"
    return str(check.get("description") or "(a test without a name)")


def check_place(check: Mapping[str, Any], result: MaskedResult) -> Place:
    """Where a failed test or assertion stands, at least the request's file."""
    if check.get("isScriptError"):
        phase = "post-response" if str(check.get("description")).startswith("Post") else "tests"
        failed = (failure for failure in result.script_failures if failure.phase == phase)
        return script_place(next(failed, None), result)
    place = check.get("place")
    if not isinstance(place, Mapping) or not isinstance(place.get("path"), str):
        return Place(result.filename)
    return Place(place["path"], _number(place.get("line")), _number(place.get("column")))


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def script_place(failure: ScriptFailure | None, result: MaskedResult) -> Place:
    """Where a script failed, at least the request's file."""
    if failure is None or not failure.path:
        return Place(result.filename)
    return Place(failure.path, failure.line, failure.column)
