"""`bruscript convert`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

EXAMPLES = """\b
Examples:
  bruscript convert shop --to yml -o shop-yml     OpenCollection's YAML, as Bruno 4 writes it
  bruscript convert shop-yml --to bru -o shop     back again
"""


@click.command(epilog=EXAMPLES)
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@click.option("--to", type=click.Choice(["yml", "bru"]), required=True, help="The format to write.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="DIR", help="A new directory."
)
def command(path: Path, to: str, output: Path) -> int:
    """Write the collection at PATH to a new directory in the other format.

    The requests that are sent stay the same. What the other format cannot hold is named, file by file. A file
    that would mean something else there, or that cannot be read, is left out and named with the reason, and
    the exit status is 1. Other files are copied, except .git and node_modules.
    """
    from bruscript.cli.masked import Messages
    from bruscript.collection.loader import find_root
    from bruscript.conversion import convert
    from bruscript.lang.errors import visible

    root = Path(os.path.relpath(find_root(path)))
    result = convert(root, "yml" if to == "yml" else "bru", output)
    messages = Messages()
    for file, losses in result.losses.items():
        for loss in losses:
            line = f":{loss.line}" if loss.line else ""
            print(visible(messages.masked(file, f"{os.path.relpath(file)}{line}: {loss.message}")))
    for file, message in result.failed.items():
        print(visible(messages.masked(file, message)), file=sys.stderr)
    loss_count = sum(map(len, result.losses.values()))
    parts = [f"Wrote {result.written} file{'s' if result.written != 1 else ''} to {output}"]
    if result.copied:
        parts.append(f"copied {result.copied} as they are")
    if loss_count:
        parts.append(f"{loss_count} thing{'s' if loss_count > 1 else ''} could not be kept")
    if result.failed:
        parts.append(
            f"{len(result.failed)} file{'s' if len(result.failed) > 1 else ''} could not be converted"
        )
    print("; ".join(parts), file=sys.stderr)
    return 1 if result.failed else 0
