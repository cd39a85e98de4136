"""The lines of a file around a place in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bruscript.report.failures import Place

AROUND = 5


def excerpt(place: Place, root: Path) -> Iterator[str]:
    """The lines around `place`, numbered, the one it names marked with `>`; none if it cannot be read.

    Only files of the collection at `root` are shown: a script can write what it likes into a stack.
    """
    path = (root / place.path).resolve()
    if not place.line or not path.is_relative_to(root.resolve()) or path.suffix not in (".bru", ".js"):
        return
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    if place.line > len(lines):
        return
    first, last = max(1, place.line - AROUND), min(len(lines), place.line + AROUND)
    size = len(str(last))
    for number in range(first, last + 1):
        mark = ">" if number == place.line else " "
        yield f"{mark} {number:>{size}} | {lines[number - 1]}".rstrip()
        if number == place.line and place.column:
            yield f"  {'':>{size}} | {'':>{place.column - 1}}^"
