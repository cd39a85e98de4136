"""A run on the terminal, in the reference's layout."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bruscript.report.request_view import RequestView, indent
from bruscript.report.style import Style
from bruscript.report.table import iteration_row, iterations_table, run_table
from bruscript.runner.events import (
    Event,
    IterationFinished,
    IterationStarted,
    Notice,
    RequestFinished,
    RequestStarted,
    RunFinished,
    RunStarted,
)
from bruscript.runner.failures import FailureList, failures
from bruscript.runner.masked import MaskedResult
from bruscript.runner.results import IterationResult
from bruscript.runner.run_result import RunResult, interruption
from bruscript.terminal import coloured, without_commands
from bruscript.unicode import well_formed

if TYPE_CHECKING:
    from bruscript.report.progress import Progress

MOST_FAILURES = 200
"""How many failures are listed again at the end; a run of thousands of rows may have more."""
MOST_ROWS = 200
"""How many iterations the summary table lists."""


class ConsoleReport:
    """Prints a run to `stream`; `quiet` shows only failures and a one-line summary.

    `style` None takes the stream's own. `progress` shows a bar while the run goes on.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        style: Style | None = None,
        quiet: bool = False,
        verbosity: int = 0,
        progress: Progress | None = None,
    ) -> None:
        self.stream = stream
        self.style = style or Style.of(stream)
        self.quiet = quiet
        self.progress = progress
        self.view = RequestView(self.style, Path(), quiet=quiet, verbosity=verbosity)
        self.iterations = self.parallel = 1
        self._failures = FailureList(MOST_FAILURES)
        self._rows: dict[int, tuple[str, ...]] = {}
        self._iterations_done = 0
        self._bails: list[IterationResult] = []
        self._started = time.perf_counter()
        self._open: dict[int, float] = {}
        """When the running iterations began."""
        self.done = False
        """Whether the summary has been printed."""

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RequestFinished):
            self._request_finished(event.masked)
        elif isinstance(event, RequestStarted):
            if self.progress:
                self.progress.start(event.path)
        elif isinstance(event, Notice):
            self._notice(event)
        elif isinstance(event, IterationStarted):
            self._iteration_started(event)
        elif isinstance(event, IterationFinished):
            self._iteration_finished(event.iteration)
        elif isinstance(event, RunStarted):
            self._run_started(event)
        elif isinstance(event, RunFinished):
            self._run_finished(event.result)

    def close(self) -> None:
        """Take the progress bar away."""
        if self.progress:
            self.progress.clear()

    def print(self, text: str = "") -> None:
        """Print a line that holds no secrets, without control characters, above the progress bar."""
        if self.progress:
            self.progress.clear()
        text = well_formed(without_commands(coloured(text))) + "\n"
        try:
            self.stream.write(text)
        except UnicodeEncodeError:
            encoding = self.stream.encoding or "ascii"
            self.stream.write(text.encode(encoding, "replace").decode(encoding))
        self.stream.flush()

    def _run_started(self, event: RunStarted) -> None:
        self._started = time.perf_counter()
        self.view.mask = event.mask
        self.view.root = event.collection_path
        self.view.by_hand = event.by_hand
        self.iterations, self.parallel = event.iterations, event.parallel
        if self.progress:
            self.progress.total = len(event.requests) * event.iterations
        if self._at_once and not self.quiet:
            self.print(
                self.style.dim(f"Executing {self.iterations} iterations, {self.parallel} at once...\n")
            )

    def _request_finished(self, result: MaskedResult) -> None:
        request_failures = list(failures(result))
        for failure in request_failures:
            self._failures.add(failure, result.iteration_index)
        if not self.quiet or request_failures or any(each.flaky for each in result.with_nested()):
            # In one go: where the output is not buffered, each line would cost a system call.
            self.print("\n".join(self.view.lines(result)))
        if self.progress:
            self.progress.done(failed=bool(request_failures))

    def _notice(self, event: Notice) -> None:
        if self.quiet and event.level == "info":
            return
        paint = {"error": self.style.red, "warning": self.style.yellow}.get(event.level, self.style.dim)
        self.print(paint(event.text))

    def _iteration_started(self, event: IterationStarted) -> None:
        self._open[event.index] = time.perf_counter()
        if self.quiet or self.parallel > 1:
            return
        if self.iterations > 1 or event.data:
            self.print(f"\n{self.style.green(f'Iteration: {event.index + 1}')}\n")

    def _iteration_finished(self, iteration: IterationResult) -> None:
        self._iterations_done += 1
        now = time.perf_counter()
        elapsed = (now - self._open.pop(iteration.index, now)) * 1000
        if self.iterations > 1:
            self._add_row(iteration, elapsed)
            if self.parallel == 1 and not self.quiet and not iteration.skipped:
                self.print(self.style.dim(f"Ran all requests - {round(elapsed)} ms"))
        if iteration.bailed:
            self._bails.append(iteration)
            self._bailed(iteration)

    def _add_row(self, iteration: IterationResult, elapsed: float) -> None:
        if len(self._rows) < MOST_ROWS:
            self._rows[iteration.index] = iteration_row(iteration, round(elapsed), self.style)

    @property
    def _at_once(self) -> bool:
        return self.parallel > 1 and self.iterations > 1

    def _bailed(self, iteration: IterationResult) -> None:
        skipped = iteration.summary.skipped_by_bail
        if self._at_once:
            number = iteration.index + 1
            self.print(
                self.style.orange(
                    f"Bail: Iteration {number} of {self.iterations} stopped, {iteration.bail_reason} in "
                    f'"{iteration.bailed_at}". Halting remaining iterations. '
                    f"{skipped} request(s) in iteration {number} skipped."
                )
            )
            return
        where, rest = "", ""
        if self.iterations > 1:
            where = f" [iteration {iteration.index + 1} of {self.iterations}]"
            rest = f" and {self.iterations - iteration.index - 1} iteration(s)"
        self.print(
            self.style.orange(
                f'Bail: Stopping run, {iteration.bail_reason} in "{iteration.bailed_at}"{where}. '
                f"Remaining {skipped} request(s){rest} skipped."
            )
        )

    def _run_finished(self, result: RunResult) -> None:
        ok = result.ok
        duration = round((time.perf_counter() - self._started) * 1000)
        self._list_failures()
        self._list_unwritten(result.unwritten)
        if result.interrupted:
            self.print(self.style.yellow(f"\n{interruption(result.ended)}. What was done until then:"))
        if self.quiet:
            self._one_line(result, ok)
        elif self.iterations == 1:
            self._heading("📊 Execution Summary")
            self.print(run_table(result.summary, ok, duration, self.style))
        else:
            self._bail_summary(result)
            self._iterations_summary(result, ok, duration)
        self.done = True

    def _iterations_summary(self, result: RunResult, ok: bool, duration: int) -> None:
        skipped = [iteration for iteration in result.iterations if iteration.skipped]
        for iteration in skipped:
            self._add_row(iteration, 0)
        rows = [self._rows[index] for index in sorted(self._rows)]
        self._heading("📊 Iteration Summary Table")
        self.print(iterations_table(rows, result.summary, ok, duration, self.style))
        if (more := self._iterations_done + len(skipped) - len(rows)) > 0:
            self.print(self.style.dim(f"({more} more iterations)"))

    def _bail_summary(self, result: RunResult) -> None:
        if not self._bails:
            return
        bullet = self.style.dim("•")
        self.print("\n" + self.style.bold(self.style.orange("⚠  Bail summary")))
        for iteration in self._bails:
            self.print(
                f"   {bullet} Iteration #{iteration.index + 1} bailed: {iteration.bail_reason} "
                f'in "{iteration.bailed_at}"'
            )
        if numbers := sorted(it.index + 1 for it in result.iterations if it.skipped):
            through = f"\N{EN DASH}#{numbers[-1]}" if len(numbers) > 1 else ""
            self.print(f"   {bullet} Iterations #{numbers[0]}{through} skipped because bail halted the run")
        if skipped := result.summary.skipped_by_bail:
            self.print(f"   {bullet} {skipped} request(s) skipped due to bail")

    def _list_failures(self) -> None:
        if not self._failures:
            return
        style = self.style
        self._heading("Failures")
        for number, failure in enumerate(self._failures, 1):
            where = style.dim(f" · {failure.where}") if failure.where else ""
            self.print(f"{number:>3}. {failure.place} · {style.red(failure.what)}{where}")
            if failure.message:
                self.print(indent(failure.message, 5))
        if self._failures.more:
            self.print(style.dim(f"     … and {self._failures.more} more"))

    def _list_unwritten(self, reasons: list[str]) -> None:
        if not reasons:
            return
        self._heading("Variables that were not written back")
        for reason in reasons[:MOST_FAILURES]:
            self.print(indent(self.style.red(reason), 5))
        if (more := len(reasons) - MOST_FAILURES) > 0:
            self.print(self.style.dim(f"     … and {more} more"))

    def _one_line(self, result: RunResult, ok: bool) -> None:
        summary, style = result.summary, self.style
        status = style.green("✓ PASS") if ok else style.red("✗ FAIL")
        passed = summary.passed_tests + summary.passed_assertions
        total = summary.total_tests + summary.total_assertions
        counts = ((summary.flaky_requests, "flaky"), (summary.skipped_requests, "skipped"))
        some = ", ".join(f"{count} {word}" for count, word in counts if count)
        requests = f"{summary.total_requests} request{'s' if summary.total_requests != 1 else ''}"
        requests += f" ({some})" if some else ""
        self.print(f"{status} {requests}, {passed}/{total} tests and assertions")

    def _heading(self, text: str) -> None:
        self.print("\n" + self.style.bold(text))
