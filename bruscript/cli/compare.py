"""`bruscript compare`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from bruscript.collection.layout import layout_at
from bruscript.errors import BruscriptError, InvalidFileError, PathNotFoundError
from bruscript.report.comparison import Difference, compare
from bruscript.report.style import Style

EXAMPLES = """\b
Examples:
  bruscript compare before.json after.json
  bruscript compare --reference shop                       by Bruno's own command and by us
  bruscript compare --reference shop -- --env ci --sandbox developer
"""


@click.command(epilog=EXAMPLES)
@click.argument("arguments", nargs=-1, metavar="A.json B.json")
@click.option(
    "--reference",
    metavar="COLLECTION",
    type=click.Path(),
    help="Run Bruno's command and bruscript on a copy of this collection each, with the options after --.",
)
@click.option(
    "--bru", metavar="COMMAND", help="Bruno's command (default: bru, from the path or node_modules)."
)
@click.option("--messages", is_flag=True, help="Compare the words of errors and failures too.")
def command(arguments: tuple[str, ...], reference: str | None, bru: str | None, messages: bool) -> int:
    """Show which requests, tests and assertions differ between two JSON reports, of bruscript or of Bruno.

    Times, ids and bodies are not compared. The exit status is 0 where nothing differs, else 1.
    """
    if reference:
        left, right = _run_both(Path(reference), bru, arguments)
        names = "bru", "bruscript"
    elif len(arguments) == 2:
        left, right = _read(Path(arguments[0])), _read(Path(arguments[1]))
        names = arguments[0], arguments[1]
    else:
        raise click.UsageError("Give two JSON reports, or --reference COLLECTION.")
    try:
        differences = list(compare(left, right, messages=messages))
    except ValueError as error:
        raise InvalidFileError(f"No JSON report of a run: {error}") from None
    _show(differences, names)
    return 1 if differences else 0


def _show(differences: list[Difference], names: tuple[str, str]) -> None:
    style = Style.of(sys.stdout)
    if not differences:
        click.echo(style.green("No difference."))
        return
    size = max(map(len, names))
    request = None
    for difference in differences:
        if difference.request != request:
            request = difference.request
            click.echo(style.bold(request or "The run"))
        click.echo(f"  {difference.what}")
        click.echo(style.red(f"    {names[0]:<{size}}  {difference.left}"))
        click.echo(style.green(f"    {names[1]:<{size}}  {difference.right}"))
    click.echo(f"\n{len(differences)} difference{'s' if len(differences) > 1 else ''}.")


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise PathNotFoundError(f"Path not found: {path.resolve()}") from None
    except (OSError, ValueError) as error:
        raise InvalidFileError(f"{path} is no JSON report: {error}") from None


def _run_both(collection: Path, bru: str | None, options: tuple[str, ...]) -> tuple[Any, Any]:
    if layout_at(collection) is None:
        raise PathNotFoundError(
            f"{collection} is not the root of a collection: it has no bruno.json or opencollection.yml"
        )
    theirs = _find_bru(collection, bru)
    ours = [sys.executable, "-m", "bruscript"]
    return _run(theirs, collection, options), _run(ours, collection, options)


def _find_bru(collection: Path, given: str | None) -> list[str]:
    if given:
        if found := shutil.which(given):
            return [str(Path(found).absolute())]
        raise PathNotFoundError(f"--bru {given}: no such command")
    for directory in (Path.cwd(), *collection.resolve().parents, collection.resolve()):
        local = shutil.which("bru", path=str(directory / "node_modules" / ".bin"))
        if local:
            return [local]
    if found := shutil.which("bru"):
        return [found]
    raise BruscriptError(
        "Bruno's command `bru` is not installed",
        hint="Install it with `npm install -g @usebruno/cli`, or name it with --bru.",
    )


def _run(command: list[str], collection: Path, options: tuple[str, ...]) -> Any:
    """The report of a run of a copy: neither run is to see the variables that the other wrote back."""
    with tempfile.TemporaryDirectory(prefix="bruscript-") as directory:
        copy = Path(directory) / "collection"
        shutil.copytree(collection, copy, symlinks=True)
        report = Path(directory) / "report.json"
        done = subprocess.run(
            [*command, "run", *options, "--reporter-json", str(report)],
            cwd=copy,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if not report.is_file():
            told = (done.stderr or done.stdout).strip().splitlines()[-15:]
            raise BruscriptError(
                f"{Path(command[-1]).name} wrote no report (exit status {done.returncode}):\n"
                + "\n".join(told)
            )
        return _read(report)
