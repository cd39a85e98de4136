"""What failed in a request, each with the place in the user's own file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bruscript.runner.masked import MaskedResult
from bruscript.runner.results import ScriptFailure, has_failed

# A path begins where a word does: to try each letter of a long word would take for ever.
_FRAME = re.compile(
    r"(?<![^\s():])(?P<path>(?:[A-Za-z]:)?[^\s():]+\.(?:bru|js)):(?P<line>\d+)(?::(?P<column>\d+))?"
)


@dataclass(frozen=True)
class Place:
    """A file of the collection's, absolute or relative to it, and a 1-based line and column where known."""

    path: str
    line: int | None = None
    column: int | None = None

    def relative(self, root: Path) -> str:
        """`file:line`, the file relative to `root` where it is below it."""
        path = Path(self.path)
        if path.is_absolute() and path.is_relative_to(root):
            path = path.relative_to(root)
        return f"{path.as_posix()}:{self.line}" if self.line else path.as_posix()


@dataclass(frozen=True)
class Failure:
    """One failure: what it was, its message, and where."""

    what: str
    message: str
    place: Place


def failures(result: MaskedResult, root: Path | None = None) -> Iterator[Failure]:
    """Every failure of `result`: of the request itself, its assertions, its tests, its scripts.

    With `root`, the collection's directory, assertions are looked up in their file for their line.
    """
    scripts = {failure.phase: failure for failure in result.script_failures}
    if result.status == "error":
        script = scripts.get("pre-request")
        what = "Pre-request script error" if script else "Request failed"
        yield Failure(what, result.error or "", script_place(script, result))
    elif result.skip_reason == "syntax":
        yield Failure("File not usable", result.error or "", Place(result.filename))
    for check in result.checks:
        if not has_failed(check):
            continue
        if check.get("isScriptError"):
            phase = "post-response" if str(check.get("description")).startswith("Post") else "tests"
            place = script_place(scripts.get(phase), result)
        elif "lhsExpr" in check:
            place = Place(result.filename, _assertion_line(root / result.filename, check) if root else None)
        else:
            place = check_place(check) or Place(result.filename)
        yield Failure(check_title(check), str(check.get("error") or ""), place)


def check_title(check: Mapping[str, Any]) -> str:
    """A test's description, or an assertion as the reference prints it."""
    if "lhsExpr" in check:
        return f"{check['lhsExpr']}: {check.get('rhsExpr')}"
    return str(check.get("description") or "(a test without a name)")


def check_place(check: Mapping[str, Any]) -> Place | None:
    """Where a failed test stands, as its stack says; stacks name the user's own files and lines."""
    frame = _FRAME.search(str(check.get("stack") or ""))
    if frame is None:
        return None
    return Place(frame["path"], int(frame["line"]), int(frame["column"]) if frame["column"] else None)


def _assertion_line(path: Path, check: Mapping[str, Any]) -> int | None:
    wanted = re.compile(
        rf"\s*{re.escape(str(check['lhsExpr']))}\s*:\s*{re.escape(str(check.get('rhsExpr')))}\s*"
    )
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    inside = False
    for number, line in enumerate(lines, 1):
        if line.startswith(("assert", "}")):
            inside = line.startswith("assert")
        elif inside and wanted.fullmatch(line):
            return number
    return None


def script_place(failure: ScriptFailure | None, result: MaskedResult) -> Place:
    """Where a script failed, at least the request's file."""
    if failure is None or not failure.path:
        return Place(result.filename)
    return Place(failure.path, failure.line, failure.column)
