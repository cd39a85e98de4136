"""The summary tables at the end of a run, in the reference's layout."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bruscript.report.style import Style
from bruscript.runner.results import IterationResult, Summary

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_MARKS = str.maketrans("", "", "✓✕✗·…─│█░")
"""Our own characters, each a column wide: for them alone the tables of Unicode need not be imported."""


def width(text: str) -> int:
    """Return the width of `text` in columns: colours 0, East Asian characters and emoji 2."""
    plain = _ANSI.sub("", text)
    if plain.translate(_MARKS).isascii():
        return len(plain)
    from wcwidth import wcswidth

    columns: int = wcswidth(plain)
    # Below zero where there are control characters, which reports show as something else.
    return columns if columns >= 0 else len(plain)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return `rows`, the first of them the heading, in a box.

    The first column on the left, the others centred.
    """
    widths = [max(width(row[column]) for row in rows) + 2 for column in range(len(rows[0]))]

    def rule(left: str, middle: str, right: str) -> str:
        return left + middle.join("─" * size for size in widths) + right

    def line(row: Sequence[str]) -> str:
        cells = [
            f" {cell}" + " " * (size - width(cell) - 1) if column == 0 else _centred(cell, size)
            for column, (cell, size) in enumerate(zip(row, widths, strict=True))
        ]
        return "│" + "│".join(cells) + "│"

    body = f"\n{rule('├', '┼', '┤')}\n".join(line(row) for row in rows)
    return f"{rule('┌', '┬', '┐')}\n{body}\n{rule('└', '┴', '┘')}"


def _centred(cell: str, size: int) -> str:
    space = size - width(cell)
    left = space // 2
    return " " * left + cell + " " * (space - left)


def requests_cell(summary: Summary, style: Style) -> str:
    """Return how many requests there were, and what became of them."""
    failed = summary.failed_requests + summary.error_requests
    parts = [
        paint(f"{count} {label}")
        for count, label, paint in (
            (summary.passed_requests, "Passed", style.green),
            (failed, "Failed", style.red),
            (summary.skipped_by_user, "Skipped", style.magenta),
            (summary.skipped_by_bail, "Skipped (Bail)", style.orange),
            (summary.flaky_requests, "Flaky", style.yellow),
        )
        if count
    ]
    total = str(summary.total_requests)
    return f"{total} ({', '.join(parts)})" if parts else total


def checks_cells(summary: Summary) -> tuple[str, str]:
    """Return the passed tests and assertions, of how many."""
    return (
        f"{summary.passed_tests}/{summary.total_tests}",
        f"{summary.passed_assertions}/{summary.total_assertions}",
    )


def run_table(summary: Summary, ok: bool, duration_ms: int, style: Style) -> str:
    """Return the table of a run of one iteration."""
    tests, assertions = checks_cells(summary)
    return table(
        [
            (style.bold("Metric"), style.bold("Result")),
            ("Status", style.bold(style.green("✓ PASS") if ok else style.red("✗ FAIL"))),
            ("Requests", requests_cell(summary, style)),
            ("Tests", tests),
            ("Assertions", assertions),
            ("Duration (ms)", str(duration_ms)),
        ]
    )


def iteration_row(iteration: IterationResult, duration_ms: int, style: Style) -> tuple[str, ...]:
    """One iteration's row of `iterations_table`."""
    summary = iteration.summary
    if iteration.skipped:
        status = style.orange("⊘ SKIP (Bail)")
    elif not summary.ok:
        status = style.red("✗ FAIL")
    elif summary.skipped_by_bail or iteration.bailed:
        status = style.orange("⚠ BAILED")
    else:
        status = style.green("✓ PASS")
    duration = "—" if iteration.skipped else str(duration_ms)
    number = f"#{iteration.index + 1}"
    return (number, style.bold(status), requests_cell(summary, style), *checks_cells(summary), duration)


def iterations_table(
    rows: Sequence[tuple[str, ...]], total: Summary, ok: bool, duration_ms: int, style: Style
) -> str:
    """Return the table of a run of several iterations: `rows` by `iteration_row`, then the total."""
    heading = ("Iteration", "Status", "Requests", "Tests", "Assertions", "Duration (ms)")
    status = style.green("✓ PASS") if ok else style.red("✗ FAIL")
    cells = ("TOTAL", status, requests_cell(total, style), *checks_cells(total), str(duration_ms))
    return table([[style.bold(cell) for cell in heading], *rows, [style.bold(cell) for cell in cells]])
