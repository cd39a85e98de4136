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
    "allure": ("bruscript.report.allure", "AllureReport"),
}
"""The reports that go to a file, or to a directory: the module and class of each."""

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
        made += [own_reporter(name) for name in given["reporter"]]
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


def own_reporter(wanted: str) -> Reporter:
    """The reporter that `--reporter NAME[=TARGET]` asks for, made with the target where there is one.

    NAME is MODULE_OR_FILE:CLASS, a name that an installed package gives (entry points in the group
    `bruscript.reporters`), or one of ours. Raises BruscriptError where it cannot be had.
    """
    from bruscript.cli.own_code import OwnCodeError, call, load
    from bruscript.runner.own_reporter import OwnReporter

    name, equals, target = wanted.partition("=")
    make = (
        load(name, "--reporter", "times.py:Times or shop.reports:Times")
        if ":" in name
        else _named(name, bool(target))
    )
    if not callable(make):
        raise OwnCodeError(f"--reporter {name}: it is of type {type(make).__name__}, not a class")
    reporter = call("--reporter", name, lambda: make(target) if equals else make())
    for method in ("handle", "close"):
        if not callable(getattr(reporter, method, None)):
            raise OwnCodeError(
                f"--reporter {name}: {type(reporter).__name__} has no method {method}",
                hint="A reporter has the methods handle(event) and close(); see docs/python.md.",
            )
    return OwnReporter(reporter, name)


def _named(name: str, has_target: bool) -> Any:
    """The class of a reporter of ours or of an installed package. Raises OwnCodeError."""
    from importlib.metadata import entry_points

    from bruscript.cli.own_code import OwnCodeError, call
    from bruscript.lang.choices import nearest

    if name in FORMATS:
        if not has_target:
            raise OwnCodeError(f"--reporter {name}: name its file, as in {name}=report.{name}")
        module, class_name = FORMATS[name]
        return getattr(import_module(module), class_name)
    found = entry_points(group="bruscript.reporters")
    known = [*FORMATS, *sorted(found.names)]
    if name not in found.names:
        raise OwnCodeError(
            f"--reporter {name}: there is no such reporter{nearest(name, known)}",
            hint=f"There are {', '.join(known)}; one of your own is MODULE_OR_FILE:CLASS.",
        )
    return call("--reporter", name, found[name].load)


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
