"""The lines of a file around a place in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bruscript.masking import Mask
from bruscript.runner.events import RunStarted
from bruscript.runner.failures import Place

AROUND = 5
_SUFFIXES = (".bru", ".yml", ".js")


def excerpt_in(run: RunStarted | None, place: Place) -> list[str]:
    """Return the excerpt at a place in the collection of a run; empty if no run has begun."""
    return list(excerpt(place, run.collection_path, run.mask)) if run else []


def excerpt(place: Place, root: Path, mask: Mask) -> Iterator[str]:
    """Yield the lines around `place`, numbered, the one it names marked with `>`; none if it cannot be read.

    What is secret in them is masked, in auth blocks also what `mask` has not heard of.

    Only files of the collection at `root` are shown: a script can write what it likes into a stack.
    """
    try:
        path = (root / place.path).resolve()
        if not place.line or not path.is_relative_to(root.resolve()) or path.suffix not in _SUFFIXES:
            return
        lines = _redacted(path.read_text("utf-8", "replace"), path).splitlines()
    except (OSError, ValueError, RuntimeError):
        # The last two are names that no file can have, and links in a circle.
        return
    if place.line > len(lines):
        return
    first, last = max(1, place.line - AROUND), min(len(lines), place.line + AROUND)
    size = len(str(last))
    for number in range(first, last + 1):
        mark = ">" if number == place.line else " "
        yield f"{mark} {number:>{size}} | {mask.mask(lines[number - 1], prose=True)}".rstrip()
        if number == place.line and place.column:
            yield f"  {'':>{size}} | {'':>{place.column - 1}}^"


def _redacted(text: str, path: Path) -> str:
    # Imported here: a run in which nothing fails needs none of it.
    from bruscript.collection.layout import kind_of, layout_of
    from bruscript.lang import BruSyntaxError, parse
    from bruscript.lang.redaction import redacted

    if path.suffix == ".js":
        return redacted(text, "js")
    format_ = layout_of(path).format
    try:
        parse(text, kind_of(path), format=format_)
    except BruSyntaxError:
        return redacted(text, format_, broken=True)
    return redacted(text, format_)
