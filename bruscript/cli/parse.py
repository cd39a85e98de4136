"""`bruscript parse`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from bruscript.cli.files import find_files, read_text
from bruscript.cli.masked import Messages
from bruscript.collection.layout import kind_of, layout_of
from bruscript.files import read_file
from bruscript.lang import BruSyntaxError, Format, Kind
from bruscript.lang import parse as parse_text
from bruscript.lang.encoding import decoded
from bruscript.report.output import StandardOutput
from bruscript.terminal import printable

EXAMPLES = """\b
Examples:
  bruscript parse request.bru                one file, as indented JSON
  bruscript parse shop | jq -r .json.meta.name
  bruscript parse - --kind environment < local.bru
  bruscript parse - --format yml < request.yml
"""


@click.command(epilog=EXAMPLES)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--kind",
    type=click.Choice(["request", "collection", "folder", "environment"]),
    help="Read every file as this kind. Default: by its name and place.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["bru", "yml"]),
    help="Read every file in this format. Default: by its suffix; the standard input is .bru.",
)
def parse(paths: tuple[Path, ...], kind: Kind | None, format_: Format | None) -> int:
    """Print .bru and .yml files as JSON.

    The JSON is that of Bruno's parser for the format.

    One file is printed as indented JSON; several, or a directory, as one line per file: {"file", "kind",
    "json"}, with "error" in place of "json" if a file cannot be read. `-` is the standard input. Exits 1 if a
    file could not be read.
    """
    if paths == (Path("-"),):
        return _one(sys.stdin.buffer.read(), kind or "request", format_ or "bru", "<stdin>")
    if len(paths) == 1 and paths[0].is_file():
        try:
            data = read_file(paths[0], piped=True)
        except OSError as error:
            print(printable(f"{paths[0]}: {error.strerror}"), file=sys.stderr)
            return 1
        path = paths[0]
        return _one(data, kind or kind_of(path), format_ or layout_of(path).format, str(path))
    status = 0
    messages = Messages()
    for path in find_files(paths):
        entry: dict[str, Any] = {"file": str(path), "kind": kind or kind_of(path)}
        try:
            document = parse_text(
                read_text(path), entry["kind"], format=format_ or layout_of(path).format, filename=str(path)
            )
            entry["json"] = document.to_json()
        except BruSyntaxError as error:
            message = messages.masked(path, error.message)
            entry["error"] = {"message": message, "line": error.line, "column": error.column}
            print(printable(messages.masked(path, error)), file=sys.stderr)
            status = 1
        except OSError as error:
            entry["error"] = {"message": error.strerror or str(error)}
            print(printable(f"{path}: {error.strerror}"), file=sys.stderr)
            status = 1
        _print_json(entry)
    return status


def _one(data: bytes, kind: Kind, format_: Format, name: str) -> int:
    try:
        text = decoded(data, name)
        _print_json(parse_text(text, kind, format=format_, filename=name).to_json(), indent=2)
    except BruSyntaxError as error:
        print(printable(Messages().masked(Path(name), error)), file=sys.stderr)
        return 1
    return 0


def _print_json(value: Any, indent: int | None = None) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode()
    except UnicodeEncodeError:
        # Half a character, as the reference makes them by cutting texts.
        text = json.dumps(value, indent=indent)
    StandardOutput().write(text + "\n")


command = parse
