"""The page that GitHub Actions shows for a job: counts and failures as Markdown (`$GITHUB_STEP_SUMMARY`)."""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

from bruscript.report.style import Style
from bruscript.report.table import checks_cells, requests_cell
from bruscript.runner.events import Event, RequestFinished, RunFinished, RunStarted
from bruscript.runner.excerpt import excerpt_in
from bruscript.runner.failures import FailureList, attempts, failures
from bruscript.runner.run_result import RunResult, interruption
from bruscript.terminal import plain
from bruscript.unicode import utf8

_MOST_FAILURES = 50
"""How many are shown; the page takes 1 MiB."""
_LONGEST_MESSAGE = 4000
"""In characters; of the lines around a failure, too."""
_MARKDOWN = re.compile(r"([\\`*_{}\[\]#|~])")
_BACKTICKS = re.compile("`+")


class StepSummary:
    """Appends the run to the page when it ends. A page that cannot be written is a warning."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self._failures = FailureList(_MOST_FAILURES)
        self._flaky: dict[str, str] = {}
        self._run: RunStarted | None = None

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RunStarted):
            self._run = event
        elif isinstance(event, RequestFinished):
            for failure in failures(event.masked):
                self._failures.add(failure, event.masked.iteration_index)
            for result in event.masked.with_nested():
                if result.flaky and len(self._flaky) < _MOST_FAILURES:
                    self._flaky.setdefault(result.filename, attempts(result))
        elif isinstance(event, RunFinished):
            try:
                with self.path.open("ab") as page:
                    page.write(utf8(self._page(event.result)))
            except OSError as error:
                print(f"Warning: could not write the summary {self.path}: {error.strerror}", file=sys.stderr)

    def close(self) -> None:
        """Do nothing."""

    def _page(self, result: RunResult) -> str:
        outcome = interruption(result.ended) if result.interrupted else "Passed" if result.ok else "Failed"
        tests, assertions = checks_cells(result.summary)
        lines = [
            f"## {'✅' if result.ok else '❌'} {_text(outcome)}: {_text(result.collection_name)}",
            "",
            "| Requests | Tests | Assertions |",
            "| --- | --- | --- |",
            f"| {requests_cell(result.summary, Style(False))} | {tests} | {assertions} |",
        ]
        if self._failures:
            lines += ["", "### Failures"]
        for failure in self._failures:
            parts = [f"**{_text(str(failure.place))}**", _text(failure.what), _text(failure.where)]
            lines += ["", " · ".join(filter(None, parts)), ""]
            lines += _fenced(failure.message) if failure.message else []
            source = "\n".join(excerpt_in(self._run, failure.place))
            lines += ["", *_fenced(source)] if source else []
        if self._failures.more:
            lines += ["", f"… and {self._failures.more} more"]
        if self._flaky:
            lines += ["", "### Flaky", ""]
            lines += [f"- **{_text(file)}** · {_text(how)}" for file, how in self._flaky.items()]
        if result.unwritten:
            lines += ["", "### Variables that were not written back", ""]
            lines += [f"- {_text(reason)}" for reason in result.unwritten[:_MOST_FAILURES]]
        return "\n".join(lines) + "\n\n"


def _text(text: str) -> str:
    """Return the text on one line, with what Markdown and HTML would interpret escaped."""
    return _MARKDOWN.sub(r"\\\1", html.escape(" ".join(plain(text).split()), quote=False))


def _fenced(message: str) -> list[str]:
    text = plain(message)
    if len(text) > _LONGEST_MESSAGE:
        text = f"{text[:_LONGEST_MESSAGE]}\n… {len(text) - _LONGEST_MESSAGE} more characters"
    # The fence must be longer than any run of backticks in the message.
    fence = "`" * max([3, *(len(run) + 1 for run in _BACKTICKS.findall(text))])
    return [f"{fence}text", text, fence]
