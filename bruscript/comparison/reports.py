"""Differences between two JSON reports, of either tool: outcomes, not times, ids or bodies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from typing import Any

from bruscript.collection import json_shape
from bruscript.lang.place import KeyPath
from bruscript.records import record
from bruscript.runner.failures import check_title

SECTIONS = {
    "preRequestTestResults": "pre-request test",
    "postResponseTestResults": "post-response test",
    "testResults": "test",
    "assertionResults": "assertion",
}
"""The lists of checks in a result, and what each check is."""

_RESULT: dict[KeyPath, json_shape.Kind] = {
    (): "object",
    ("test",): "object",
    ("response",): "object",
    **{(section,): "list" for section in SECTIONS},
    **{(section, "*"): "object" for section in SECTIONS},
}


@record(frozen=True)
class Difference:
    """One difference: the request (its iteration where there are several), what of it, and both sides.

    `evidence` is what the two sides come from, where a text does not say all.
    """

    request: str
    what: str
    left: str
    right: str
    evidence: tuple[Any, Any] = field(default=(None, None), compare=False, repr=False)

    def masked(self, mask: Callable[[str], str]) -> Difference:
        """Return the same with both sides without secrets."""
        return replace(self, request=mask(self.request), left=mask(self.left), right=mask(self.right))


def parse_report(text: str) -> Any:
    """Return the value of a JSON report. Raises JsonMistake if the text is not a report."""
    report = json_shape.parse(text)
    root: KeyPath = () if isinstance(report, dict) else ("*",)
    json_shape.check(report, {(): "list", root: "object"} if root else {}, text)
    for number, iteration in enumerate([report] if isinstance(report, dict) else report):
        if not isinstance(iteration.get("results"), list):
            place = (number,) if root else ()
            raise json_shape.mistake_at(text, place, "expected an iteration, an object with a list `results`")
    shapes = {(*root, "results", "*", *path): kind for path, kind in _RESULT.items()}
    json_shape.check(report, shapes, text)
    return report


def compare(left: Any, right: Any, *, messages: bool = False) -> Iterator[Difference]:
    """Yield the differences of two reports, in the order of the left one.

    `messages` compares the words of errors and failures too, which differ where the tools' engines do.
    Raises ValueError if one is not a report.
    """
    ours, theirs = _requests(left), _requests(right)
    for key, result in ours.items():
        if key not in theirs:
            yield Difference(key, "request", "there", "missing", (result, None))
        else:
            yield from _result(key, result, theirs[key], messages)
    for key in theirs:
        if key not in ours:
            yield Difference(key, "request", "missing", "there", (None, theirs[key]))
    common = [key for key in ours if key in theirs]
    if common != [key for key in theirs if key in ours]:
        yield Difference("", "order of the requests", ", ".join(ours), ", ".join(theirs))


def _requests(report: Any) -> dict[str, Mapping[str, Any]]:
    """Return the results by file; the iteration and the number of the repetition where these are needed."""
    if isinstance(report, dict):
        report = [report]
    if not isinstance(report, list) or not all(
        isinstance(item, dict) and "results" in item for item in report
    ):
        raise ValueError("expected a list of iterations, each with `results`")
    requests: dict[str, Mapping[str, Any]] = {}
    for number, iteration in enumerate(report, 1):
        for result in iteration["results"]:
            name = str((result.get("test") or {}).get("filename") or result.get("path")).replace("\\", "/")
            if len(report) > 1:
                name = f"#{number} {name}"
            key, times = name, 1
            while key in requests:
                times += 1
                key = f"{name} (time {times})"
            requests[key] = result
    return requests


def _result(
    key: str, left: Mapping[str, Any], right: Mapping[str, Any], messages: bool
) -> Iterator[Difference]:
    facts = [("outcome", _outcome), ("response status", _status), *([("error", _error)] if messages else [])]
    for what, fact in facts:
        if fact(left) != fact(right):
            yield Difference(key, what, fact(left), fact(right), (left, right))
    for section, title in SECTIONS.items():
        ours, theirs = (_outcomes_by_name(side.get(section) or [], messages) for side in (left, right))
        for name in dict.fromkeys([*ours, *theirs]):
            sides = ours.get(name, "missing"), theirs.get(name, "missing")
            if sides[0] != sides[1]:
                yield Difference(key, f"{title} {name!r}", *sides, evidence=(left, right))


def _outcome(result: Mapping[str, Any]) -> str:
    if result.get("skipReason"):
        return f"{result.get('status')} ({result['skipReason']})"
    return str(result.get("status"))


def _status(result: Mapping[str, Any]) -> str:
    return str((result.get("response") or {}).get("status"))


def _error(result: Mapping[str, Any]) -> str:
    return str(result.get("error") or "")


def _outcomes_by_name(checks: list[Mapping[str, Any]], messages: bool) -> dict[str, str]:
    """Return the outcome of each check, by its name; checks of one name are numbered."""
    outcomes: dict[str, str] = {}
    for check in checks:
        name = check_name(check)
        key, times = name, 1
        while key in outcomes:
            times += 1
            key = f"{name} ({times})"
        outcome = str(check.get("status"))
        outcomes[key] = f"{outcome}: {check['error']}" if messages and check.get("error") else outcome
    return outcomes


def check_name(check: Mapping[str, Any]) -> str:
    """Return the name of a test or assertion."""
    return f"{check['lhsExpr']} {check.get('rhsExpr')}" if "lhsExpr" in check else check_title(check)
