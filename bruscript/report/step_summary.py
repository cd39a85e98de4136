"""The page that GitHub Actions shows for a job: counts and failures, as Markdown (`$GITHUB_STEP_SUMMARY`)."""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

from bruscript.report.failures import Failure, failures
from bruscript.report.terminal import plain
from bruscript.runner.events import Event, RequestFinished, RunFinished
from bruscript.runner.results import RunResult, Summary

_MOST = 50
"""Failures that are shown; the page takes 1 MiB."""
_LONGEST = 4000
"""Characters of a message."""
_MARKS = re.compile(r"([\\`*_{}\[\]#|~])")
_TICKS = re.compile("`+")


class StepSummary:
    """Adds the run to the page when it ends. A page that cannot be written to is a warning."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self._failures: list[tuple[str, Failure]] = []
        self._count = 0

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RequestFinished):
            for failure in failures(event.masked):
                self._count += 1
                if len(self._failures) < _MOST:
                    self._failures.append((event.masked.name, failure))
        elif isinstance(event, RunFinished):
            try:
                with self.path.open("a", encoding="utf-8", errors="replace") as page:
                    page.write(self._page(event.result))
            except OSError as error:
                print(f"Warning: no summary in {self.path}: {error.strerror}", file=sys.stderr)

    def close(self) -> None:
        """Nothing is held."""

    def _page(self, result: RunResult) -> str:
        outcome = "Interrupted" if result.interrupted else "Passed" if result.ok else "Failed"
        lines = [f"## {'✅' if result.ok else '❌'} {outcome}: {_text(result.collection_name)}", ""]
        lines += ["| | total | passed | failed | skipped |", "| --- | ---: | ---: | ---: | ---: |"]
        lines += [f"| {' | '.join(map(str, row))} |" for row in _rows(result.summary)]
        if self._failures:
            lines += ["", "### Failures"]
        for name, failure in self._failures:
            lines += ["", f"**{_text(str(failure.place))}** · {_text(name)} · {_text(failure.what)}", ""]
            lines += _fenced(failure.message) if failure.message else []
        if self._count > len(self._failures):
            lines += ["", f"and {self._count - len(self._failures)} more"]
        for reason in result.unwritten:
            lines += ["", f"Variables that were not written back: {_text(reason)}"]
        return "\n".join(lines) + "\n\n"


def _rows(summary: Summary) -> list[tuple[str, int, int, int, int]]:
    failed = summary.failed_requests + summary.error_requests
    passed, skipped = summary.passed_requests, summary.skipped_requests
    tests = [
        sum(
            getattr(summary, f"{which}_{kind}")
            for kind in ("tests", "pre_request_tests", "post_response_tests")
        )
        for which in ("total", "passed", "failed")
    ]
    return [
        ("Requests", summary.total_requests, passed, failed, skipped),
        ("Tests", *tests, tests[0] - tests[1] - tests[2]),
        (
            "Assertions",
            summary.total_assertions,
            summary.passed_assertions,
            summary.failed_assertions,
            summary.total_assertions - summary.passed_assertions - summary.failed_assertions,
        ),
    ]


def _text(text: str) -> str:
    """A text on one line, whose characters mean nothing in Markdown and HTML."""
    return _MARKS.sub(r"\\\1", html.escape(" ".join(plain(text).split()), quote=False))


def _fenced(message: str) -> list[str]:
    text = plain(message)
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\n… {len(text) - _LONGEST} characters more"
    # A fence is longer than any in the text.
    fence = "`" * max(3, *(len(ticks) + 1 for ticks in _TICKS.findall(shown)), 3)
    return [f"{fence}text", shown, fence]
