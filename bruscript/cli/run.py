"""`bruscript run`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from bruscript.cli.process import spare_the_collector
from bruscript.cli.run_options import OPTIONS, RunCommand
from bruscript.cli.run_values import options
from bruscript.cli.selection import collection_of
from bruscript.errors import BruscriptError, PathNotFoundError
from bruscript.report.style import Style
from bruscript.terminal import printable

EXAMPLES = """Examples:
  bruscript run                               the whole collection, from its root
  bruscript run request.bru --env local       one request in an environment
  bruscript run folder -r --bail              a folder and its subfolders, up to the first failure
  bruscript run shop --env ci --env-var token=$TOKEN
  bruscript run --tags=smoke --exclude-tags=slow
  bruscript run --csv-file-path users.csv --parallel 8
  bruscript run shop --app shop/main.py:app   against an ASGI or WSGI app, without a server
  bruscript run --reporter-junit results.xml --reporter-html results.html
  bruscript run --reporter-ndjson - | jq .    events as they happen
"""


def run(**params: Any) -> int:
    """Run requests, folders or a whole collection.

    Without PATHS: everything in the collection of the current directory.
    """
    from bruscript.sandbox import discard, prestart

    if params["isolation"] == "process" and os.name == "posix":
        # It gets ready on another core while this process imports its modules.
        prestart(params["script_memory"])
    try:
        from bruscript.cli.reports import reporters

        # Reports come first, so a missing directory is an error before the run, not after it.
        outputs = reporters(params)
        try:
            return _run(params, outputs)
        finally:
            for reporter in outputs:
                # The run has closed them, and reported what went wrong.
                with suppress(Exception):
                    reporter.close()
    finally:
        discard()
        # The process ends: nothing is left to collect, and the interpreter need not look.
        spare_the_collector()


def _run(params: Mapping[str, Any], outputs: list[Any]) -> int:
    for option, status in (("csv_file_path", 10), ("json_file_path", 11)):
        if params[option] and not Path(params[option]).is_file():
            wrong = "is not a file" if Path(params[option]).exists() else "does not exist"
            raise _missing_file(f"{option[:4].strip('_').upper()} file {params[option]} {wrong}", status)

    collection = collection_of(params["paths"])
    from bruscript.runner import run_collection

    spare_the_collector()
    result = run_collection(collection, options(params, collection.path), reporters=outputs)
    if not outputs[0].done:
        # The terminal's own report is lost.
        for text in result.errors:
            print(printable(text), file=sys.stderr)
    elif not params["quiet"]:
        _print_written(params, outputs)
    return result.exit_code


def _missing_file(message: str, status: int) -> BruscriptError:
    error = PathNotFoundError(message)
    error.exit_code = status
    return error


def _print_written(params: Mapping[str, Any], outputs: Iterable[Any]) -> None:
    from bruscript.cli.reports import targets
    from bruscript.report.output import STDOUT

    written = {output.output.target for output in outputs if hasattr(output, "output") and output.output.done}
    files = targets(params)
    to_stdout = any(target == STDOUT for _, target in files)
    stream = sys.stderr if to_stdout else sys.stdout
    for name, target in files:
        if target in written:
            print(Style.of(stream).dim(f"Wrote {name} results to {target}"), file=stream)


command = RunCommand(
    "run",
    callback=run,
    params=[click.Argument(["paths"], nargs=-1, type=click.Path(), metavar="[PATHS]..."), *OPTIONS],
    help=run.__doc__,
    epilog=EXAMPLES,
)
