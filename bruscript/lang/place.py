"""A place in a text."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys and indices that lead to a value in a file, from the outside in."""


class Place(NamedTuple):
    """A line and a column, both 1-based; the column is 0 where a whole line is meant."""

    line: int = 1
    column: int = 0

    def __str__(self) -> str:
        return f"{self.line}:{self.column}" if self.column else f"{self.line}"


def place_at(text: str, offset: int) -> Place:
    """Return the place of an offset in a text."""
    return Place(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))
