"""Comments of a YAML text that stay when what they stand beside is removed or replaced."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from bruscript.lang.edits import Edit
from bruscript.lang.yml.compose import Node

_COMMENT: Final = re.compile(r"(?:^|(?<=[\s,\[\]{}]))#[^\r\n]*")
_GAP: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BLANKS: Final = re.compile(r"[ \t]+(?![#\s])")


def solid_nodes(node: Node) -> Iterator[Node]:
    """Yield the scalars of a node, keys among them, and after its children each node in flow style."""
    if type(node) is MappingNode:
        for key, value in node.value:
            yield from solid_nodes(key)
            yield from solid_nodes(value)
    elif type(node) is SequenceNode:
        for item in node.value:
            yield from solid_nodes(item)
    if type(node) is ScalarNode or node.flow_style:
        yield node


def comments_between(text: str, start: int, spans: Iterable[tuple[int, int]]) -> list[str]:
    """Return the comments from the offset `start` on that are before or between texts at these places."""
    comments: list[str] = []
    for begin, end in spans:
        if begin >= start:
            comments += _COMMENT.findall(text[start:begin])
            start = end
    return comments


def flow_removals(text: str, spans: Sequence[tuple[int, int]], removed: Collection[int]) -> Iterator[Edit]:
    """Yield what removes elements of a list in flow style, whose places are `spans`, with their commas.

    An element with lines of its own takes its last line's comment along; all other comments stay.
    """
    at = len(spans)
    while at and at - 1 in removed:
        at -= 1
    end = _comma(text, spans[-1][1])
    begin = spans[at - 1][1] if at else spans[0][0]
    if at < len(spans) and "\n" not in text[begin:end] and _follows_text(text, spans[at][0]):
        # The last ones, on the line of what is before them.
        yield Edit(begin, spans[-1][1] if at else end, "")
        removed = frozenset(place for place in removed if place < at)
    for place in removed:
        yield from _removal(text, *spans[place])


def flow_additions(text: str, span: tuple[int, int], items: Iterable[str], newline: str) -> Iterator[Edit]:
    """Yield what adds items to a list in flow style, whose last element is at `span`.

    After an element with lines of its own each gets one, below that element's comment.
    """
    start, end = span
    comma = _comma(text, end)
    line_end = text.find("\n", comma)
    rest = text[comma:line_end].strip()
    if line_end < 0 or _follows_text(text, start) or "\n" in text[end:comma] or (rest and rest[0] != "#"):
        yield Edit(end, end, "".join(f", {item}" for item in items))
        return
    margin = newline + text[text.rfind("\n", 0, start) + 1 : start]
    line_end -= text[line_end - 1] == "\r"
    if comma > end:
        yield Edit(line_end, line_end, "".join(f"{margin}{item}," for item in items))
    else:
        yield Edit(end, end, ",")
        yield Edit(line_end, line_end, ",".join(f"{margin}{item}" for item in items))


def _removal(text: str, start: int, end: int) -> Iterator[Edit]:
    comma = _comma(text, end)
    line_end = text.find("\n", comma)
    line_end = len(text) if line_end < 0 else line_end
    rest = text[comma:line_end].lstrip()
    if "#" in text[end:comma]:
        # Its comma is after a comment.
        yield Edit(start, end, "")
        yield Edit(comma - 1, comma, "")
    elif not _follows_text(text, start) and (not rest or rest.startswith("#")):
        yield Edit(text.rfind("\n", 0, start) + 1, line_end + 1, "")
    else:
        blanks = _BLANKS.match(text, comma) if comma > end else None
        yield Edit(start, blanks.end() if blanks else comma, "")


def _follows_text(text: str, start: int) -> bool:
    """Return whether something is before the offset `start` in its line."""
    return bool(text[text.rfind("\n", 0, start) + 1 : start].strip())


def _comma(text: str, end: int) -> int:
    """Return the offset after the comma that follows an element, or the element's end where none does."""
    gap = _GAP.match(text, end)
    at = gap.end() if gap else end
    return at + 1 if text.startswith(",", at) else end
