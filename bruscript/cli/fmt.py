"""`bruscript fmt`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bruscript.cli.files import find_files, read_text
from bruscript.cli.masked import Messages
from bruscript.collection.layout import kind_of, layout_of
from bruscript.files import replace_text
from bruscript.lang import BruSyntaxError
from bruscript.lang.format import format_text
from bruscript.terminal import printable

EXAMPLES = """\b
Examples:
  bruscript fmt                   every file of collections below this directory
  bruscript fmt --check shop      change nothing; exit 1 if a file would change
"""


@click.command(epilog=EXAMPLES)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Only name the files that would change; exit 1 if there are any.")
def fmt(paths: tuple[Path, ...], check: bool) -> int:
    """Rewrite .bru and .yml files in their canonical form, as Bruno writes them.

    Content stays: what Bruno would drop or reorder keeps its place, and no defaults are added. Files that
    cannot be read or written are named and left alone; the exit status is then 1.
    """
    messages = Messages()
    changed = failed = total = 0
    for path in find_files(paths or (Path("."),)):
        total += 1
        try:
            text = read_text(path, strict=True)
            format_ = layout_of(path).format
            result = format_text(text, kind_of(path), format=format_, filename=str(path))
            if result == text:
                continue
            if not check:
                replace_text(path, result)
            changed += 1
            print(printable(f"{'would change' if check else 'changed'} {path}"))
        except BruSyntaxError as error:
            failed += 1
            print(printable(messages.masked(path, error)), file=sys.stderr)
        except UnicodeDecodeError as error:
            failed += 1
            print(printable(f"{path}: byte {error.start + 1} is not UTF-8"), file=sys.stderr)
        except OSError as error:
            failed += 1
            print(printable(f"{path}: {error.strerror}"), file=sys.stderr)
    verb = "would change" if check else "changed"
    print(
        f"{changed} of {total} files {verb}" + (f", {failed} left alone" if failed else ""), file=sys.stderr
    )
    return 1 if failed or (check and changed) else 0


command = fmt
