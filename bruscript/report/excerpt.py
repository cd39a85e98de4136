"""The lines of a file around a place in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bruscript.collection.layout import kind_of, layout_of
from bruscript.lang import BruSyntaxError, parse
from bruscript.lang.redaction import Source, redacted
from bruscript.masking import Mask
from bruscript.runner.events import RunStarted
from bruscript.runner.failures import Place

AROUND = 5
_SOURCES: dict[str, Source] = {".bru": "bru", ".yml": "yml", ".js": "js"}


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
        source = _SOURCES.get(path.suffix)
        if not place.line or not path.is_relative_to(root.resolve()) or source is None:
            return
        text = path.read_text("utf-8", "replace")
        lines = redacted(text, source, broken=not _is_readable(text, path)).splitlines()
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


def _is_readable(text: str, path: Path) -> bool:
    if path.suffix == ".js":
        return True
    try:
        parse(text, kind_of(path), format=layout_of(path).format)
    except BruSyntaxError:
        return False
    return True
