"""Changes at several places of a text, made at once: each piece of the text is copied once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple


class Edit(NamedTuple):
    """The text that replaces what is between two offsets; with equal offsets it is inserted."""

    start: int
    end: int
    text: str


def edited_text(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with all the edits, whose offsets are those of the original.

    What is inserted at the same place stays in its order. Raises ValueError for edits of the same place.
    """
    pieces = []
    position = 0
    for start, end, replacement in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if start < position:
            raise ValueError("two changes concern the same place")
        pieces += [text[position:start], replacement]
        position = end
    return "".join([*pieces, text[position:]])


def removals(spans: Sequence[tuple[int, int]], removed: Collection[int]) -> Iterator[Edit]:
    """Yield what removes elements of a list, whose places are `spans`, with what separates them.

    An element goes with what is between it and the next one, the last element with what is before it.
    """
    at = 0
    while at < len(spans):
        first = at
        while at < len(spans) and at in removed:
            at += 1
        if at == len(spans):
            yield Edit(spans[first - 1][1] if first else spans[0][0], spans[-1][1], "")
        elif at > first:
            yield Edit(spans[first][0], spans[at][0], "")
        else:
            at += 1
