"""The JUnit report: a suite a request, in the reference's layout, valid by Jenkins' schema.

The schema has no `status` of a test case, which the reference writes: what failed has a `failure`.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from bruscript.report.exchange_view import failure_excerpt
from bruscript.report.sequence import SequenceReport
from bruscript.runner.events import Event, RunStarted
from bruscript.runner.excerpt import excerpt_in
from bruscript.runner.failures import Failure, Place, check_place, check_title, failures, script_place
from bruscript.runner.masked import MaskedResult
from bruscript.runner.results import SYNTAX
from bruscript.runner.run_result import RunResult

# Characters that XML 1.0 cannot contain, escaped or not.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class JUnitReport(SequenceReport):
    """Writes `--reporter-junit`."""

    beginning = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
    ending = "</testsuites>\n"
    _run: RunStarted | None = None

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RunStarted):
            self._run = event
        super().handle(event)

    def entry(self, result: MaskedResult) -> Iterator[str]:
        """Yield the request's suite, and those of the requests that its scripts ran."""
        for each in result.with_nested():
            yield self._suite(each, "" if each is result else f"{result.name} > ")

    def last(self, run: RunResult) -> str:
        """Return the run's warnings as a suite without cases: the schema has no other place for them."""
        if not run.warnings:
            return ""
        counts = {"errors": 0, "failures": 0, "skipped": 0, "tests": 0}
        attributes = {
            "name": run.collection_name,
            **counts,
            "timestamp": _now(),
            "hostname": platform.node() or "localhost",
            "time": _seconds(0),
        }
        return self._element("testsuite", attributes, self._warnings(run.warnings), depth=1)

    def _warnings(self, warnings: list[str]) -> str:
        """Return what a suite has of warnings; the schema wants it last."""
        text = "\n".join(f"Warning: {text}" for text in warnings)
        return self._element("system-err", {}, text, depth=2)

    def _suite(self, result: MaskedResult, within: str) -> str:
        """Return a suite: its assertions and tests are the cases, an error is the only one."""
        checks = [
            *result.assertions,
            *result.pre_request_tests,
            *result.tests,
            *result.post_response_tests,
        ]
        unusable = result.skip_reason == SYNTAX
        errored = unusable or (bool(result.error) and not result.skipped)
        before = _before(result)
        cases = [self._error(result, before)] if errored else list(self._cases(result, checks, before))
        cases += self._others(result, before)
        attributes = {
            "name": f"{within}{result.name} {result.label}".rstrip(),
            "file": result.filename,
            "errors": int(errored),
            "failures": 0 if errored else sum(check.get("status") == "fail" for check in checks),
            "skipped": int(result.skipped and not unusable)
            + sum(check.get("status") == "skipped" for check in checks),
            "tests": len(cases),
            "timestamp": _now(),
            "hostname": platform.node() or "localhost",
            "time": _seconds(result.run_duration),
        }
        if sent := failure_excerpt(result):
            if self._run:
                run = self._run
                hint = run.by_hand.hint(result, run.collection_path)
                sent.append(run.mask.mask(hint, prose=True))
            cases.append(self._element("system-out", {}, "\n".join(sent), depth=2))
        if result.warnings:
            cases.append(self._warnings(result.warnings))
        return self._element("testsuite", attributes, "".join(cases), depth=1)

    def _cases(
        self, result: MaskedResult, checks: list[dict[str, Any]], before: dict[str, list[Failure]]
    ) -> Iterator[str]:
        for check in checks:
            is_assertion = "lhsExpr" in check
            name = f"{check['lhsExpr']} {check.get('rhsExpr')}" if is_assertion else check_title(check)
            inner = self._element("skipped", {}, "", depth=3) if check.get("status") == "skipped" else ""
            if check.get("status") == "fail":
                place = check_place(check, result)
                inner = self._element(
                    "failure",
                    {"type": "failure", "message": check.get("error")},
                    self._source(place),
                    depth=3,
                )
            inner += self._reruns(result, before.pop(check_title(check), []))
            yield self._case(name, result, result.run_duration / len(checks), inner)

    def _error(self, result: MaskedResult, before: dict[str, list[Failure]]) -> str:
        places = [script_place(failure, result) for failure in result.script_failures]
        if result.skip_reason == SYNTAX:
            places = [Place(result.filename, result.error_line, result.error_column)]
        source = "\n".join(map(self._source, places))
        error = self._element("error", {"type": "error", "message": result.error}, source, depth=3)
        error += self._reruns(result, [failure for found in before.values() for failure in found])
        before.clear()
        return self._case("Test suite has no errors", result, result.run_duration, error)

    def _source(self, place: Place) -> str:
        """Return a place and the lines around it."""
        return "\n".join([str(place), *excerpt_in(self._run, place)])

    def _others(self, result: MaskedResult, before: dict[str, list[Failure]]) -> Iterator[str]:
        """Yield a case for each failure of earlier attempts that the last one has no check for."""
        for title, attempt_failures in before.items():
            yield self._case(title, result, 0, self._reruns(result, attempt_failures))

    def _reruns(self, result: MaskedResult, attempt_failures: list[Failure]) -> str:
        """Return failures of earlier attempts, as Surefire writes them: CI servers read those."""
        name = "flakyFailure" if result.flaky else "rerunFailure"
        return "".join(
            self._element(
                name,
                {"type": "failure", "message": failure.message or failure.what},
                self._element("stackTrace", {}, str(failure.place), depth=4),
                depth=3,
            )
            for failure in attempt_failures
        )

    def _case(self, name: Any, result: MaskedResult, seconds: float, inner: str) -> str:
        attributes = {
            "name": name,
            "classname": result.path.removesuffix(".bru"),
            "time": _seconds(seconds),
        }
        return self._element("testcase", attributes, inner, depth=2)

    def _element(self, name: str, attributes: dict[str, Any], inner: str, depth: int) -> str:
        """Return an element; `inner` is elements of the next depth, or text that is not yet escaped."""
        space = "  " * depth
        attribute_text = "".join(
            f" {key}={quoteattr(self._text(value))}" for key, value in attributes.items()
        )
        if not inner:
            return f"{space}<{name}{attribute_text}/>\n"
        if inner.startswith(space + "  <"):
            return f"{space}<{name}{attribute_text}>\n{inner}{space}</{name}>\n"
        return f"{space}<{name}{attribute_text}>{escape(self._text(inner))}</{name}>\n"

    def _text(self, value: Any) -> str:
        return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", "" if value is None else str(value))


def _before(result: MaskedResult) -> dict[str, list[Failure]]:
    """Return the failures of earlier attempts by what failed."""
    by_title: dict[str, list[Failure]] = {}
    for attempt in result.earlier:
        for failure in failures(attempt):
            by_title.setdefault(failure.what, []).append(failure)
    return by_title


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").split("+")[0]


def _seconds(duration: float) -> str:
    return f"{duration:.3f}"
