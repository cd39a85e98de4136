"""The failures of a request, each with its place in the user's own file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import partial
from typing import Any

from bruscript.lang.js import to_string
from bruscript.records import record
from bruscript.runner.masked import MaskedResult
from bruscript.runner.results import SYNTAX, ScriptFailure, has_failed


@record(frozen=True)
class Place:
    """A file's path relative to the collection, with a 1-based line and column if known.

    Files outside the collection have an absolute path.

    Examples:
        >>> (failure,) = collection.run(app=app, env_vars={"wanted": "404"}).failures
        >>> failure.place
        Place(path='health.bru', line=14, column=3)
    """

    path: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


@record(frozen=True)
class Failure:
    """One failure, without secrets: what it was, its message, and where.

    `what` is a test's description, an assertion, or the kind of error; `request` is the path of the request's
    file, relative to the collection. Equal failures of several iterations are one: `iterations` are their
    numbers from 0, `label` is the first one's row (`#3 pid=900`).

    Examples:
        >>> print(collection.run(app=app, env_vars={"wanted": "404"}).failures[0])
        health.bru:14 · res.status: eq {{wanted}}
        expected 200 to equal 404
    """

    what: str
    message: str
    place: Place
    request: str = ""
    label: str = field(default="", compare=False)
    iterations: dict[int, None] = field(default_factory=dict, compare=False, repr=False)

    @property
    def where(self) -> str:
        """Return its request, if the place is in another file, and its iterations in a run of several."""
        request = f"in {self.request}" if self.request not in ("", self.place.path) else ""
        if len(self.iterations) > 1:
            rows = f"in iterations {ranges(sorted(index + 1 for index in self.iterations))}"
        else:
            rows = self.label
        return " · ".join(filter(None, [request, rows]))

    def __str__(self) -> str:
        head = " · ".join(filter(None, [str(self.place), self.what, self.where]))
        return f"{head}\n{self.message}" if self.message else head


class FailureList:
    """Collects failures; of more than `most` different ones only the number is kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[Failure, Failure] = {}
        self.more = 0
        """How many are not in the list."""

    def add(self, failure: Failure, iteration: int) -> None:
        """Add the failure of an iteration (numbered from 0)."""
        entry = self._known.get(failure)
        if entry is None:
            if len(self._known) >= self._most:
                self.more += 1
                return
            entry = self._known[failure] = failure
        entry.iterations[iteration] = None

    def __iter__(self) -> Iterator[Failure]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def failures(result: MaskedResult) -> Iterator[Failure]:
    """Yield every failure of `result`: of the request itself, its assertions, its tests, its scripts.

    Those of requests that its scripts ran come first: they may be the cause.
    """
    for nested in result.nested:
        yield from failures(nested)
    yield from own_failures(result)


def own_failures(result: MaskedResult) -> Iterator[Failure]:
    """Yield every failure of `result` itself, without those of requests that its scripts ran."""
    failure = partial(Failure, request=result.filename, label=result.label)
    scripts = {thrown.phase: thrown for thrown in result.script_failures}
    if result.status == "error":
        script = scripts.get("pre-request")
        what = "Pre-request script error" if script else "Request failed"
        yield failure(what, result.error or "", script_place(script, result))
    elif result.skip_reason == SYNTAX:
        place = Place(result.filename, result.error_line, result.error_column)
        yield failure("File not usable", result.error or "", place)
    for check in result.checks:
        if has_failed(check):
            yield failure(check_title(check), str(check.get("error") or ""), check_place(check, result))


def attempts(result: MaskedResult) -> str:
    """Return how often a request was sent before it passed or failed for good; empty where it was once."""
    if not result.earlier:
        return ""
    number = len(result.earlier) + 1
    return f"flaky: passed on attempt {number}" if result.flaky else f"failed on all {number} attempts"


def head_of(message: str) -> str:
    """Return the first line of a message."""
    return message.partition("\n")[0]


def check_title(check: Mapping[str, Any]) -> str:
    """Return a test's description, or an assertion as the reference prints it."""
    if "lhsExpr" in check:
        return f"{check['lhsExpr']}: {check.get('rhsExpr')}"
    description = check.get("description")
    # As JavaScript has it in a text: a script may name a test by anything.
    return "(a test without a name)" if description in (None, "") else to_string(description)


def check_place(check: Mapping[str, Any], result: MaskedResult) -> Place:
    """Return the place of a failed test or assertion, at least the request's file."""
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
    """Return where a script failed, at least the request's file."""
    if failure is None or not failure.path:
        return Place(result.filename)
    return Place(failure.path, failure.line, failure.column)


def ranges(numbers: list[int]) -> str:
    """Return ascending numbers as text: "1 to 3, 5 and 7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    texts: list[str] = []
    for run in runs:
        near = run[-1] - run[0] == 1
        texts += map(str, run) if near else [" to ".join(map(str, run))]
    return " and ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))
