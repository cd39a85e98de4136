"""A check's result."""

from __future__ import annotations

from typing import NamedTuple

from bruscript.lang import Document
from bruscript.lang.lint import value_of


class Problem(NamedTuple):
    """Something that is probably a mistake, with its line and, if known, its column, both 1-based.

    A note is about something correct that Bruno's own command handles differently.
    """

    line: int
    message: str
    note: bool = False
    column: int | None = None

    def __str__(self) -> str:
        place = f"{self.line}" if self.column is None else f"{self.line}:{self.column}"
        return f"{place}: {'note: ' if self.note else ''}{self.message}"


def line_of(document: Document | None, *places: tuple[str, str | None]) -> int:
    """Return the line of the first of `places` that the file has.

    A place is a block and a key in it, or None for the block's content.
    """
    if document is None:
        return 1
    for block, key in places:
        if key is None:
            line = document.content_line(block)
        else:
            mark = value_of(document, block, key)
            line = mark.line if mark else None
        if line is not None:
            return line
    return 1
