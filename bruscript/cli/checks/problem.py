"""A check's result."""

from __future__ import annotations

from typing import NamedTuple

from bruscript.collection import Collection
from bruscript.collection.setting_place import setting_place
from bruscript.lang import Document
from bruscript.lang.document import Script
from bruscript.lang.lint import block_place, value_of
from bruscript.lang.place import KeyPath, Place


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
        if key is None:
            place = block_place(document, block)
        else:
            mark = value_of(document, block, key)
            place = mark.place if mark else None
        if place is not None:
            return place
    return Place()


def place_in_script(document: Document, script: Script, line: int) -> Place:
    """Return where a line of a script, 0-based, begins in the file."""
    return Place(script.line + line, document.margin(script.block, script.code) + 1)


def setting_problem(collection: Collection, keys: KeyPath, message: str, *, note: bool = False) -> Problem:
    """Return a problem at the setting under `keys`, or at what is around it."""
    return Problem(setting_place(collection, keys), message, note)
