"""The HTML report: one self-contained page that needs no script."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from html import escape
from importlib.resources import files
from pathlib import Path

from bruscript._version import __version__
from bruscript.report.chart import Chart, bar
from bruscript.report.html_request import LABELS, RequestMarkup, Status, status_of
from bruscript.report.output import Output
from bruscript.report.shape import Omit
from bruscript.report.spool import Spool
from bruscript.runner.events import Event, RequestFinished, RunFinished, RunStarted
from bruscript.runner.masked import MaskedResult
from bruscript.runner.results import Summary
from bruscript.runner.run_result import RunResult, interruption
from bruscript.terminal import plain

_FAILED, _REST = 0, 1
_LONG = 200
"""With more requests, a browser draws only those in view: captures of the whole page have blank cards."""


class HtmlReport:
    """Writes `--reporter-html`: the failed requests first, open; then the others, in the order of the run.

    All of it is there without JavaScript and without styles, since servers that show reports of builds refuse
    both, and mails too; the script adds filters and colours. A result leaves the memory when it is done.
    """

    def __init__(self, target: str | Path, omit: Omit | None = None) -> None:
        self.output = Output(target)
        self.omit = omit or Omit()
        self._spool = Spool()
        self._chart = Chart()
        self._counts = array("q", [0] * len(LABELS))
        self._by_scripts = 0
        self._started = self._now()

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RunStarted):
            self._run = event
            self._markup = RequestMarkup(event.collection_path, event.mask, self.omit, event.by_hand)
        elif isinstance(event, RequestFinished):
            self._add(event.masked)
        elif isinstance(event, RunFinished):
            self._write(event.result)

    def close(self) -> None:
        """Discard an incomplete report."""
        self._spool.close()
        self.output.close()

    def _add(self, result: MaskedResult) -> None:
        status = status_of(result)
        number = sum(self._counts)
        self._by_scripts += sum(1 for _ in result.with_nested()) - 1
        self._counts[list(LABELS).index(status)] += 1
        failed = status in ("failed", "error")
        if isinstance(result.outline.get("status"), int):
            self._chart.add(number, result.name, status, result.outline.get("responseTime") or 0)
        key = (_FAILED if failed else _REST, result.iteration_index)
        self._spool.add(*key, self._markup.item(result, f"r{number}", is_open=failed))

    def _write(self, run: RunResult) -> None:
        folder = files("bruscript.report") / "page"
        page, style, script = (
            (folder / name).read_text("utf-8") for name in ("page.html", "page.css", "page.js")
        )
        badge = interruption(run.ended) if run.interrupted else "Passed" if run.ok else "Failed"
        warnings = [f"Warning: {text}" for text in run.warnings if text not in run.unwritten]
        notes = run.errors + run.unwritten + warnings
        parts = {
            "/*STYLE*/": style,
            "/*SCRIPT*/": script,
            "<!--TITLE-->": escape(f"{badge}: {run.collection_name}"),
            "<!--BADGE-->": f'<strong id="badge" class="badge {"passed" if run.ok else "failed"}">'
            f"{escape(badge)}</strong>",
            "<!--NAME-->": escape(run.collection_name),
            "<!--ABOUT-->": self._about(),
            "<!--NOTES-->": "".join(map(_note, notes)),
            "<!--FIGURES-->": "".join(self._figures(run.summary)),
            "<!--CHART-->": self._chart.markup(),
            "<!--STATUSES-->": "".join(self._chips()),
            "<!--COUNT-->": f"{sum(self._counts)} requests",
            "<!--LENGTH-->": ' class="long"' if sum(self._counts) > _LONG else "",
        }
        before, after = page.split("<!--LIST-->")
        for mark, text in parts.items():
            before, after = before.replace(mark, text, 1), after.replace(mark, text, 1)
        self.output.write(before)
        for text in self._list():
            self.output.write(text)
        self.output.write(after)
        self.output.commit()

    def _list(self) -> Iterator[str]:
        """Yield the requests, each group under its heading."""
        group = None
        for (first, _), pieces in self._spool:
            if first != group:
                group = first
                yield f'<h2 class="group">{"Failed" if group == _FAILED else "Passed or skipped"}</h2>\n'
            yield from pieces

    def _about(self) -> str:
        start, seconds = self._started, (self._now() - self._started).total_seconds()
        environment = self._run.environment_name
        facts = [
            escape(f"Environment {environment}" if environment else "No environment"),
            f'<time datetime="{start.isoformat()}">{start:%Y-%m-%d %H:%M:%S} UTC</time>',
            f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s",
            f"bruscript {__version__}",
        ]
        return " · ".join(facts)

    def _figures(self, summary: Summary) -> Iterator[str]:
        """Yield the counts; those of requests are of the list below, which the filters count too."""
        counts = dict(zip(LABELS, self._counts, strict=True))
        left_out = summary.total_requests - sum(self._counts) - self._by_scripts
        by_scripts = f"and {self._by_scripts} run by scripts" if self._by_scripts else ""
        unsent = f"and {left_out} left out" if left_out > 0 else ""
        order: tuple[Status, ...] = ("passed", "flaky", "failed", "error", "skipped")
        parts = {status: counts[status] for status in order}
        yield _figure("Requests", str(sum(self._counts)), parts, " ".join(filter(None, [by_scripts, unsent])))
        yield from _checks(summary)
        yield _figure("Iterations", str(self._run.iterations), {})

    def _chips(self) -> Iterator[str]:
        """Yield the buttons that the script makes work: one for each status that occurs."""
        chip = '<button type="button" class="chip" data-status="{}" aria-pressed="{}">{} {}</button>'
        yield chip.format("all", "true", "All", sum(self._counts))
        for (status, label), count in zip(LABELS.items(), self._counts, strict=True):
            if count:
                yield chip.format(status, "false", label, count)

    def _now(self) -> datetime:
        return datetime.now(timezone.utc).replace(microsecond=0)


def _note(text: str) -> str:
    return f'<p class="note">{escape(plain(text))}</p>\n'


def _checks(summary: Summary) -> Iterator[str]:
    tests = summary.total_tests + summary.total_pre_request_tests + summary.total_post_response_tests
    passed = summary.passed_tests + summary.passed_pre_request_tests + summary.passed_post_response_tests
    yield _figure("Tests passed", f"{passed}/{tests}", {"passed": passed, "failed": tests - passed})
    passed, failed = summary.passed_assertions, summary.failed_assertions
    yield _figure(
        "Assertions passed", f"{passed}/{summary.total_assertions}", {"passed": passed, "failed": failed}
    )


def _figure(label: str, value: str, parts: Mapping[Status, int], more: str = "") -> str:
    parts = {status: count for status, count in parts.items() if count}
    words = ", ".join(f"{count} {status}" for status, count in parts.items())
    chart = f'<span class="words">{words}</span> {bar(parts)}' if parts else ""
    more = f'<span class="muted">({more})</span> ' if more else ""
    return f'<div class="figure"><span class="muted">{label}:</span> <b>{value}</b> {more}{chart}</div>\n'
