"""The reporters that the options of a run ask for."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from bruscript.errors import BruscriptError
from bruscript.report.console import ConsoleReport
from bruscript.report.output import STDOUT
from bruscript.report.shape import Omit
from bruscript.report.style import is_terminal

if TYPE_CHECKING:
    from bruscript.runner.events import Reporter

FORMATS = {
    "json": ("bruscript.report.json", "JsonReport"),
    "junit": ("bruscript.report.junit", "JUnitReport"),
    "html": ("bruscript.report.html", "HtmlReport"),
    "ndjson": ("bruscript.report.ndjson", "NdjsonReport"),
    "har": ("bruscript.report.har", "HarReport"),
}
"""The reports that go to a file: the module and class of each."""

_OUTPUT_FORMATS = ("json", "junit", "html")


class FormatError(BruscriptError):
    """`--format` names no report."""

    exit_code = 9


def targets(given: Mapping[str, Any]) -> dict[str, str]:
    """Which report goes to which file; a `--reporter-…` option wins over `--output`. Raises FormatError."""
    if given["format_"] not in _OUTPUT_FORMATS:
        raise FormatError(f'Format must be one of "json", "junit" or "html", not "{given["format_"]}"')
    wanted = {given["format_"]: given["output"]}
    wanted |= {name: given[f"reporter_{name}"] for name in FORMATS if given[f"reporter_{name}"]}
    return {name: target for name, target in wanted.items() if target}


def reporters(given: Mapping[str, Any]) -> list[Reporter]:
    """The reporters, the terminal's first. Raises BruscriptError where a file cannot be written."""
    wanted = targets(given)
    if [*wanted.values()].count(STDOUT) + given["reporter_github"] > 1:
        raise BruscriptError("Only one report can go to the standard output")
    omit = Omit(
        all_headers=given["reporter_skip_all_headers"],
        headers=given["reporter_skip_headers"],
        request_body=given["reporter_skip_request_body"] or given["reporter_skip_body"],
        response_body=given["reporter_skip_response_body"] or given["reporter_skip_body"],
        timeline=not given["verbose"],
    )
    made: list[Reporter] = [_console(given, STDOUT in wanted.values())]
    try:
        for name, target in wanted.items():
            module, class_name = FORMATS[name]
            made.append(getattr(import_module(module), class_name)(target, omit))
    except BruscriptError:
        for reporter in made:
            reporter.close()
        raise
    if given["reporter_github"]:
        from bruscript.report.github import GithubReport

        made.append(GithubReport(sys.stdout))
        if page := os.environ.get("GITHUB_STEP_SUMMARY"):
            from bruscript.report.step_summary import StepSummary

            made.append(StepSummary(page))
    return made


def _console(given: Mapping[str, Any], stdout_taken: bool) -> ConsoleReport:
    stream = sys.stderr if stdout_taken else sys.stdout
    # Whatever the locale, a name in the collection must not end the run.
    with suppress(AttributeError):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    progress = None
    if is_terminal(stream):
        from bruscript.report.progress import Progress

        progress = Progress(stream)
    return ConsoleReport(stream, quiet=given["quiet"], verbosity=given["verbose"], progress=progress)
