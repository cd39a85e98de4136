"""The reporters that the options of a run ask for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from bruscript.errors import ArgumentError, BruscriptError
from bruscript.files import readable_path
from bruscript.report.console import ConsoleReport
from bruscript.report.output import STDOUT, StandardOutput
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


def targets(params: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return which report goes to which file; a `--reporter-…` option wins over `--output`.

    Raises FormatError.
    """
    format_ = params["format_"] or _OUTPUT_FORMATS[0]
    if format_ not in _OUTPUT_FORMATS:
        raise FormatError(f'Format must be one of "json", "junit" or "html", not "{format_}"')
    result = {format_: params["output"]}
    result |= {name: params[f"reporter_{name}"] for name in FORMATS if params[f"reporter_{name}"]}
    by_name = [(name, target) for name, _, target in map(_split, params["reporter"]) if name in FORMATS]
    return [(name, target) for name, target in (*result.items(), *by_name) if target]


def _without_effect(params: Mapping[str, Any]) -> Iterator[str]:
    """Yield a message for each option that writes no report, although it is about one."""
    for option in ("output", *(f"reporter_{name}" for name in FORMATS)):
        if params[option] == "":
            yield f"--{option.replace('_', '-')} has no effect: its value is empty."
    if params["format_"] and not params["output"]:
        yield f"--format {params['format_']} has no effect without --output FILE."


def _refuse_one_file(files: Sequence[tuple[str, str]]) -> None:
    """Raise ArgumentError where two reports go to one file: the second would replace the first."""
    names: dict[str, str] = {}
    for name, target in files:
        path = os.path.realpath(target)
        # A device or a pipe takes both.
        if target != STDOUT and (os.path.isfile(path) or not os.path.exists(path)):
            if path in names:
                raise ArgumentError(
                    f"Two reports, {names[path]} and {name}, go to {readable_path(target)}",
                    hint="Name a file for each.",
                )
            names[path] = name


def _split(argument: str) -> tuple[str, bool, str]:
    """Return the name in `NAME[=TARGET]`, whether there is a target, and which."""
    name, equals, target = argument.partition("=")
    return name, bool(equals), target


def reporters(params: Mapping[str, Any]) -> list[Reporter]:
    """Return the reporters, the terminal's first. Raises BruscriptError where a file cannot be written."""
    files = targets(params)
    to_stdout = [target for _, target in files].count(STDOUT)
    if to_stdout + params["reporter_github"] > 1:
        raise ArgumentError("Only one report can go to the standard output")
    _refuse_one_file(files)
    omit = Omit(
        all_headers=params["reporter_skip_all_headers"],
        headers=params["reporter_skip_headers"],
        request_body=params["reporter_skip_request_body"] or params["reporter_skip_body"],
        response_body=params["reporter_skip_response_body"] or params["reporter_skip_body"],
        timeline=not params["verbose"],
    )
    for text in _without_effect(params):
        print(text, file=sys.stderr)
    result: list[Reporter] = [_console(params, to_stdout > 0)]
    try:
        for name, target in files:
            module, class_name = FORMATS[name]
            result.append(getattr(import_module(module), class_name)(target, omit))
        result += filter(None, map(own_reporter, params["reporter"]))
    except BruscriptError:
        for reporter in result:
            reporter.close()
        raise
    if params["reporter_github"]:
        from bruscript.report.github import GithubReport

        result.append(GithubReport(StandardOutput()))
        if page := os.environ.get("GITHUB_STEP_SUMMARY"):
            from bruscript.report.step_summary import StepSummary

            result.append(StepSummary(page))
    return result


def own_reporter(argument: str) -> Reporter | None:
    """Return the reporter that `--reporter NAME[=TARGET]` asks for, made with the target where there is one.

    NAME is MODULE_OR_FILE:CLASS, or a name that an installed package gives (entry points in the group
    `bruscript.reporters`). None for a built-in one, which is in `targets`. Raises BruscriptError where it
    cannot be had.
    """
    from bruscript.cli.own_code import OwnCodeError, call, load
    from bruscript.runner.own_reporter import OwnReporter, problem_of

    name, has_target, target = _split(argument)
    if name in FORMATS:
        if not target:
            raise OwnCodeError(f"--reporter {name}: name its file, as in {name}=report.{name}")
        return None
    make = (
        load(name, "--reporter", "times.py:Times or shop.reports:Times")
        if ":" in name
        else _reporter_class(name)
    )
    if not callable(make):
        raise OwnCodeError(f"--reporter {name}: it is of type {type(make).__name__}, not a class")
    reporter = call("--reporter", name, lambda: make(target) if has_target else make())
    if problem := problem_of(reporter):
        raise OwnCodeError(
            f"--reporter {name}: {problem}",
            hint="A reporter has the methods handle(event) and close(); see docs/python.md.",
        )
    return OwnReporter(reporter, name)


def _reporter_class(name: str) -> Any:
    """Return the class of a reporter of an installed package. Raises OwnCodeError."""
    from importlib.metadata import entry_points

    from bruscript.cli.own_code import OwnCodeError, call
    from bruscript.lang.choices import nearest

    points = entry_points(group="bruscript.reporters")
    if name not in points.names:
        names = [*FORMATS, *sorted(points.names)]
        raise OwnCodeError(
            f"--reporter {name}: unknown reporter{nearest(name, names)}",
            hint=f"The reporters are {', '.join(names)}; for your own, pass MODULE_OR_FILE:CLASS.",
        )
    return call("--reporter", name, points[name].load)


def _console(params: Mapping[str, Any], stdout_taken: bool) -> ConsoleReport:
    stream = sys.stderr if stdout_taken else sys.stdout
    progress = None
    if is_terminal(stream):
        from bruscript.report.progress import Progress

        progress = Progress(stream)
    return ConsoleReport(stream, quiet=params["quiet"], verbosity=params["verbose"], progress=progress)
