"""A check's result."""

from __future__ import annotations

from typing import NamedTuple

from bruscript.lang import Document
from bruscript.lang.document import Script
from bruscript.lang.lint import block_place, value_of
from bruscript.lang.place import Place


class Problem(NamedTuple):
    """Something that is probably a mistake, with its place.

    A note is about something correct that Bruno's own command handles differently.
    """

    place: Place
    message: str
    note: bool = False

    def __str__(self) -> str:
        return f"{self.place}: {'note: ' if self.note else ''}{self.message}"


def place_of(document: Document | None, *places: tuple[str, str | None]) -> Place:
    """Return the place of the first of `places` that the file has.

    One of `places` is a block and a key in it, or None for the block's content.
    """
    if document is None:
        return Place()
    for block, key in places:
        mark = value_of(document, block, key) if key is not None else None
        place = block_place(document, block) if key is None else mark and mark.place
        if place is not None:
            return place
    return Place()


def place_in_script(document: Document, script: Script, line: int) -> Place:
    """Return where a line of a script, 0-based, begins in the file."""
    return Place(script.line + line, document.margin(script.block, script.code) + 1)
