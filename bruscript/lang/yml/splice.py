"""Changes of a YAML text that touch only the lines they are about: comments, order and quoting stay.

A `Splice` is a text with its nodes and its value. A change at a path of keys and positions gives another
one, whose value is proved to differ from the old one in nothing else.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from bruscript.lang.edits import Edit, edited_text
from bruscript.lang.js import stringify
from bruscript.lang.yml.comments import comments_between, flow_additions, flow_removals, solid_nodes
from bruscript.lang.yml.compose import Composed, Node, compose
from bruscript.lang.yml.emit import in_quotes, key_text, node_text, scalar_text
from bruscript.lang.yml.quoting import does_not_read_back, is_plain, quoted
from bruscript.lang.yml.values import build

Path = tuple[str | int, ...]
"""Where a node is: keys of mappings and positions in lists, from the root."""

_ALIAS: Final = re.compile(r"\s*(?::\s*)?(?P<alias>\*[^\s,\[\]{}]+)")
_PROPERTIES: Final = re.compile(r"(?:&[^\s,\[\]{}]+[ \t]+)?(?:![^\s]*[ \t]+)?(?:&[^\s,\[\]{}]+[ \t]+)?")
_KEEP: Final = re.compile(r"[|>][0-9]*\+")
_FORMS: Final[Sequence[Callable[[str], bool]]] = (
    lambda text: False,
    does_not_read_back,
    lambda text: True,
)
"""Which texts are written in quotes, one possibility after the other."""
_EMPTY_LINES: Final = re.compile(r"(?:[ \t]*\r?\n)+")
_COMMENT_BELOW: Final = re.compile(r"(?:[ \t]*\r?\n)+([ \t]*)#")
_HEADER_COMMENT: Final = re.compile(r"[|>][-+0-9]*([ \t]+#[^\r\n]*)")


class Splice:
    """A YAML text that is being changed; `composition` and `value` are what it was read as, if it was."""

    def __init__(self, text: str, composition: Composed | None = None, value: Any = None) -> None:
        self.text = text
        self.composition = composition or compose(text)
        self.value = build(self.composition) if composition is None else value
        self.newline = "\r\n" if "\r\n" in text else "\n"

    # -- the changes ------------------------------------------------------------------------------

    def put(self, path: Path, value: Any) -> Splice:
        """Set what is at `path`: a key of a mapping that may be new. Raises ValueError."""
        return self._in_some_form([(path, value)], path, (), _FORMS)

    def append(self, path: Path, value: Any) -> Splice:
        """Add an item to the list at `path`, which may be missing or empty. Raises ValueError."""
        return self._in_some_form((), path, [value], _FORMS)

    def change(self, values: Sequence[tuple[Path, Any]], path: Path, items: Sequence[Any]) -> Splice:
        """Set what is at each path, as `put` does, and add items to the list at `path`, all at once.

        Raises ValueError, also if one of them alone would be written in the last of the forms.
        """
        return self._in_some_form(values, path, items, _FORMS[:-1])

    def _in_some_form(
        self,
        values: Sequence[tuple[Path, Any]],
        path: Path,
        items: Sequence[Any],
        forms: Sequence[Callable[[str], bool]],
    ) -> Splice:
        def changed(form: Callable[[str], bool]) -> Splice:
            pairs = [(place, quoted(value, form)) for place, value in values]
            return self._change(pairs, path, quoted(items, form))

        *others, last = forms
        for form in others:
            with suppress(ValueError):
                return changed(form)
        return changed(last)

    def _change(self, values: Sequence[tuple[Path, Any]], path: Path, items: Sequence[Any]) -> Splice:
        expected = self._copied()
        edits = []
        for place, value in values:
            _holder(expected, place)[place[-1]] = value
            edits.append(self._with(place, value))
        if items:
            holder = _holder(expected, path)
            holder[path[-1]] = [*(holder.get(path[-1]) or []), *items]
            node = self._node(path)
            if type(node) is SequenceNode and node.value:
                edits += self._with_items(node, items)
            else:
                edits.append(self._with(path, list(items)))
        what = "entry" if items else "value"
        return self._changed(edits, expected, f"the {what} cannot be written here without changing others")

    def remove(self, path: Path, positions: Collection[int]) -> Splice:
        """Remove the items at these positions of the list at `path`. Raises ValueError as `change` does."""
        expected = self._copied()
        holder = _holder(expected, path)
        holder[path[-1]] = [item for at, item in enumerate(holder[path[-1]]) if at not in positions]
        refusal = "the entry cannot be removed without changing others"
        edits = self._without(path, self._node(path), positions)
        with suppress(ValueError):
            return self._changed(edits, expected, refusal)
        # The empty lines below may have become those of a block above that keeps them (`|+`).
        return self._changed(map(self._with_empty_lines, edits), expected, refusal)

    def _copied(self) -> Any:
        whole = copy.deepcopy(self.value)
        return {} if whole is None else whole

    def _changed(self, edits: Iterable[Edit], expected: Any, refusal: str) -> Splice:
        """Return the changed text if it says what it should, and nothing else. Raises ValueError."""
        text = edited_text(self.text, edits)
        try:
            changed = Splice(text)
        except Exception:
            # Whatever makes it unreadable, it is not what was meant.
            changed = None
        if changed is None or stringify(changed.value) != stringify(expected):
            raise ValueError(refusal)
        return changed

    # -- where things are -------------------------------------------------------------------------

    def _node(self, path: Path) -> Any:
        node: Any = self.composition.root
        for step in path:
            if type(node) is MappingNode:
                node = next((value for key, value in node.value if key.value == step), None)
            elif type(node) is SequenceNode and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
            else:
                return None
        return node

    def _start(self, node: Node) -> int:
        return min(int(node.start_mark.index) + self.composition.shift, len(self.text))

    def _end(self, node: Node) -> int:
        """Return where a node's own text ends: without the comments and empty lines that follow it."""
        if type(node) is ScalarNode:
            end = min(int(node.end_mark.index) + self.composition.shift, len(self.text))
            if node.style in ("|", ">"):
                if _KEEP.match(self.text, self._start(node)):
                    # The empty lines at its end are part of the text.
                    return end - 1 if self.text.endswith("\n", 0, end) else end
                return self._last_line_end(end)
            return end
        if node.flow_style or not node.value:
            return min(int(node.end_mark.index) + self.composition.shift, len(self.text))
        if type(node) is MappingNode:
            key, value = node.value[-1]
            return self._span(self._end(key), value)[1]
        last = node.value[-1]
        # An alias is after its dash, wherever its node is.
        before = self._end(node.value[-2]) if len(node.value) > 1 else self._start(node)
        return self._span(self.text.find("-", before) + 1 if self._start(last) < before else before, last)[1]

    def _span(self, after: int, node: Node) -> tuple[int, int]:
        """Return the place of the value after the offset `after`, or of an alias there."""
        if self._start(node) < after:
            match = _ALIAS.match(self.text, after)
            if match is not None:
                return match.start("alias"), match.end("alias")
        start = self._start(node)
        properties = _PROPERTIES.match(self.text, start)
        return (properties.end() if properties else start), self._end(node)

    def _line_end(self, position: int) -> int:
        end = self.text.find("\n", position)
        end = len(self.text) if end < 0 else end
        return end - 1 if end > position and self.text[end - 1] == "\r" else end

    def _last_line_end(self, end: int) -> int:
        """Return where the last line that is not empty ends, before the offset `end`."""
        while (begin := self.text.rfind("\n", 0, end)) >= 0 and not self.text[begin:end].strip(" \t\r\n"):
            end = begin
        return end - 1 if self.text.endswith("\r", 0, end) else end

    def _line_start(self, position: int) -> int:
        return self.text.rfind("\n", 0, position) + 1

    # -- what is written --------------------------------------------------------------------------

    def _with(self, path: Path, value: Any) -> Edit:
        holder = self._node(path[:-1])
        key = path[-1]
        if holder is None or (type(holder) is ScalarNode and not holder.value):
            if len(path) > 1:
                return self._with(path[:-1], {str(key): value})
            return self._at_end(f"{node_text({str(key): value}, '')}")
        pair = next((pair for pair in holder.value if pair[0].value == key), None)
        if pair is None:
            return self._with_pair(holder, str(key), value)
        start, end = self._span(self._end(pair[0]), pair[1])
        if holder.flow_style:
            gap = " " if self.text[start - 1] == ":" else ""
            line = self.text[self._line_start(start) :]
            indent = self.newline + " " * (len(line) - len(line.lstrip(" ")) + 2)
            kept = "".join(f" {comment}{indent}" for comment in self._comments(start, pair[1]))
            return Edit(start, end, gap + flow_text(value) + kept)
        return self._behind_key(pair[0], pair[1], start, end, value)

    def _behind_key(self, key: Node, old: Node, start: int, end: int, value: Any) -> Edit:
        """Put a value after a key in block style; a comment on the key's line stays there."""
        text = self.text
        colon = text.index(":", self._end(key)) + 1
        line_end = self._line_end(colon)
        lead, stop = text[colon:start] if colon < start <= line_end else " ", end
        if end <= line_end:
            comment, stop = text[max(end, colon) : line_end], line_end
        elif type(old) is not ScalarNode and not old.flow_style:
            comment = text[colon:line_end]
        elif type(old) is ScalarNode and old.style in ("|", ">"):
            match = _HEADER_COMMENT.match(text, start)
            comment = (text[colon:line_end] if start > line_end else "") + (match[1] if match else "")
        else:
            stop = self._line_end(end)
            comment = text[end:stop]
        value = self._above_comments(value, stop, int(key.start_mark.column))
        written = self._value_text(value, int(key.start_mark.column), old)
        indent = "\n" + " " * int(key.start_mark.column)
        kept = "".join(f"{indent}{inner}" for inner in self._comments(min(start, line_end), old))
        if isinstance(value, (dict, list)) and value:
            first, rest = lead.rstrip() + comment.rstrip(), f"{kept}\n{written}"
        else:
            head, newline, tail = written.partition("\n")
            first, rest = lead + head + comment.rstrip(), newline + tail + kept
        return Edit(colon, stop, first + self._lines(rest))

    def _above_comments(self, value: Any, end: int, column: int) -> Any:
        """Return a value without blocks to which a comment below the line end `end` would belong."""
        below = _COMMENT_BELOW.match(self.text, end)
        deep = below is not None and len(below[1]) > column
        return quoted(value, lambda text: "\n" in text) if deep else value

    def _below_comments(self, end: int, column: int) -> int:
        """Return the line end at the offset `end`, or that of comments below which are indented deeper."""
        at = self._line_end(end)
        while (below := _COMMENT_BELOW.match(self.text, at)) and len(below[1]) > column:
            at = self._line_end(below.end())
        return at

    def _comments(self, start: int, old: Node) -> list[str]:
        """Return the comments within a value that begins at `start` and is to be replaced."""
        if type(old) is ScalarNode:
            return []
        ends = ((node, self._end(node)) for node in solid_nodes(old))
        # Of a node in flow style the closing bracket.
        spans = ((self._start(node) if type(node) is ScalarNode else end - 1, end) for node, end in ends)
        return comments_between(self.text, start, spans)

    def _lines(self, written: str) -> str:
        return written.replace("\n", self.newline)

    def _value_text(self, value: Any, column: int, old: Node | None) -> str:
        """Return a value as the text below or after a key in the given column."""
        indent = " " * (column + 2)
        if isinstance(value, (dict, list)) and value:
            return indent + node_text(value, indent)
        if not isinstance(value, str):
            return flow_text(value)
        style = getattr(old, "style", None)
        if "\n" not in value and style == '"':
            return in_quotes(value)
        if "\n" not in value and style == "'" and value.isprintable():
            return "'" + value.replace("'", "''") + "'"
        return scalar_text(value, indent)

    def _with_pair(self, holder: Node, key: str, value: Any) -> Edit:
        end = self._end(holder)
        if holder.flow_style:
            written = f"{key_text(key)}: {flow_text(value)}"
            inner = self._span(self._end(holder.value[-1][0]), holder.value[-1][1])[1] if holder.value else 0
            if not holder.value:
                at = self.text.index("{", self._start(holder)) + 1
                return Edit(at, at, written)
            return Edit(inner, inner, f", {written}")
        column = int(holder.value[0][0].start_mark.column)
        indent = " " * column
        inner_text = self._value_text(value, column, None)
        nested = isinstance(value, (dict, list)) and value
        written = f"{key_text(key, top=not column)}:{chr(10) if nested else ' '}{inner_text}"
        at = self._below_comments(end, column)
        return Edit(at, at, self._lines(f"\n{indent}{written}"))

    def _at_end(self, written: str) -> Edit:
        end = len(self.text)
        gap = "" if not self.text or self.text.endswith("\n") else self.newline
        return Edit(end, end, gap + self._lines(written) + self.newline)

    def _with_items(self, sequence: Node, items: Sequence[Any]) -> list[Edit]:
        end = self._end(sequence)
        if sequence.flow_style:
            before = self._end(sequence.value[-2]) if len(sequence.value) > 1 else self._start(sequence) + 1
            span = self._span(before, sequence.value[-1])
            return list(flow_additions(self.text, span, [flow_text(item) for item in items], self.newline))
        dash = int(sequence.start_mark.column)
        first = sequence.value[0]
        inner = (
            int(first.start_mark.column) if first.start_mark.line == sequence.start_mark.line else dash + 2
        )
        inner = inner if inner > dash else dash + 2
        gap = " " * (inner - dash - 1)
        bodies = (node_text(item, " " * inner) for item in items)
        at = self._below_comments(end, dash)
        return [Edit(at, at, self._lines("".join(f"\n{' ' * dash}-{gap}{body}" for body in bodies)))]

    def _without(self, path: Path, sequence: Node, positions: Collection[int]) -> list[Edit]:
        items = sequence.value
        if sequence.flow_style:
            spans = [(self._start(item), self._end(item)) for item in items]
            return list(flow_removals(self.text, spans, positions))
        if len(items) == len(positions):
            return [self._with(path, [])]
        edits = []
        for at in positions:
            end = self._line_end(self._end(items[at]))
            edits.append(
                Edit(self._dash(sequence, items[at]), self.text.find("\n", end) + 1 or len(self.text), "")
            )
        return edits

    def _with_empty_lines(self, edit: Edit) -> Edit:
        lines = _EMPTY_LINES.match(self.text, edit.end)
        return edit if lines is None else Edit(edit.start, lines.end(), edit.text)

    def _dash(self, sequence: Node, item: Node) -> int:
        """Return where the line begins that has the dash of an item of a list in block style."""
        column = int(sequence.start_mark.column)
        start = self._line_start(self._start(item))
        while (
            self.text[start : start + column].strip() or self.text[start + column : start + column + 1] != "-"
        ):
            start = self._line_start(start - 1)
        return start


def _holder(value: Any, path: Path) -> Any:
    """Return what holds the last step of `path`; make missing mappings."""
    for step in path[:-1]:
        if isinstance(value, dict) and value.get(step) is None:
            value[step] = {}
        value = value[step]
    return value


def flow_text(value: Any) -> str:
    """Return a value as the text within brackets or braces, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key_text(key)}: {flow_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow_text, value)) + "]"
    if not isinstance(value, str):
        return scalar_text(value, "")
    return value if is_plain(value) else in_quotes(value)
