"""Changes of a YAML text that touch only the lines they are about: comments, order and quoting stay.

A `Splice` is a text with its nodes and its value. A change at a path of keys and positions gives another
one, whose value is proved to differ from the old one in nothing else.
"""

from __future__ import annotations

import copy
import re
from typing import Any, Final

from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from bruscript.lang.js import stringify
from bruscript.lang.yml.compose import Node, compose
from bruscript.lang.yml.emit import in_quotes, key_text, node_text, reads_as_text, scalar_text
from bruscript.lang.yml.values import build

Path = tuple[str | int, ...]
"""Where a node is: keys of mappings and positions in lists, from the root."""

_ALIAS: Final = re.compile(r"\s*(?::\s*)?(?P<alias>\*[^\s,\[\]{}]+)")
_PROPERTIES: Final = re.compile(r"(?:&[^\s,\[\]{}]+[ \t]+)?(?:![^\s]*[ \t]+)?(?:&[^\s,\[\]{}]+[ \t]+)?")
_FLOW_PLAIN: Final = re.compile(r"[A-Za-z0-9_/](?:[A-Za-z0-9_./ -]*[A-Za-z0-9_/])?")
_KEEP: Final = re.compile(r"[|>][0-9]*\+")
_HEADER_COMMENT: Final = re.compile(r"[|>][-+0-9]*([ \t]+#[^\r\n]*)")


class Splice:
    """A YAML text that is being changed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._composed = compose(text)
        self.value = build(self._composed)
        self.newline = "\r\n" if "\r\n" in text else "\n"

    # -- the changes ------------------------------------------------------------------------------

    def put(self, path: Path, value: Any) -> Splice:
        """Set what is at `path`: a key of a mapping that may be new. Raises ValueError."""
        expected, holder = self._copied(path)
        holder[path[-1]] = value
        for careful in (False, True):
            changed = self._tried(self._with(path, value, careful=careful), expected)
            if changed is not None:
                return changed
        raise ValueError("the value cannot be written here without changing others")

    def append(self, path: Path, value: Any) -> Splice:
        """Add an item to the list at `path`, which may be missing or empty. Raises ValueError."""
        expected, holder = self._copied(path)
        holder[path[-1]] = [*(holder.get(path[-1]) or []), value]
        node = self._node(path)
        for careful in (False, True):
            if type(node) is SequenceNode and node.value:
                text = self._with_item(path, node, value, careful=careful)
            else:
                text = self._with(path, [value], careful=careful)
            changed = self._tried(text, expected)
            if changed is not None:
                return changed
        raise ValueError("the entry cannot be written here without changing others")

    def remove(self, path: Path) -> Splice:
        """Remove the item of a list that is at `path`. Raises ValueError."""
        expected, holder = self._copied(path)
        del holder[path[-1]]
        sequence = self._node(path[:-1])
        text = self._without(path, sequence, int(path[-1]))
        changed = self._tried(text, expected)
        if changed is None:
            raise ValueError("the entry cannot be removed without changing others")
        return changed

    def _copied(self, path: Path) -> tuple[Any, Any]:
        """Return a copy of the value, and what holds the last step of `path` in it; make missing mappings."""
        whole = copy.deepcopy(self.value)
        whole = {} if whole is None else whole
        holder = whole
        for step in path[:-1]:
            if isinstance(holder, dict) and holder.get(step) is None:
                holder[step] = {}
            holder = holder[step]
        return whole, holder

    def _tried(self, text: str, expected: Any) -> Splice | None:
        """Return the changed text if it says what it should, and nothing else."""
        try:
            changed = Splice(text)
        except Exception:
            # Whatever makes it unreadable, it is not what was meant.
            return None
        return changed if stringify(changed.value) == stringify(expected) else None

    # -- where things are -------------------------------------------------------------------------

    def _node(self, path: Path) -> Any:
        node: Any = self._composed.root
        for step in path:
            if type(node) is MappingNode:
                node = next((value for key, value in node.value if key.value == step), None)
            elif type(node) is SequenceNode and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
            else:
                return None
        return node

    def _start(self, node: Node) -> int:
        return min(int(node.start_mark.index) + self._composed.shift, len(self.text))

    def _end(self, node: Node) -> int:
        """Return where a node's own text ends: without the comments and empty lines that follow it."""
        if type(node) is ScalarNode:
            end = min(int(node.end_mark.index) + self._composed.shift, len(self.text))
            if node.style in ("|", ">"):
                if _KEEP.match(self.text, self._start(node)):
                    # The empty lines at its end are part of the text.
                    return end - 1 if self.text.endswith("\n", 0, end) else end
                return self._last_line_end(end)
            return end
        if node.flow_style or not node.value:
            return min(int(node.end_mark.index) + self._composed.shift, len(self.text))
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

    def _with(self, path: Path, value: Any, *, careful: bool) -> str:
        holder = self._node(path[:-1])
        key = path[-1]
        if holder is None or (type(holder) is ScalarNode and not holder.value):
            if len(path) > 1:
                return self._with(path[:-1], {str(key): value}, careful=careful)
            return self._at_end(f"{node_text({str(key): value}, '')}")
        pair = next((pair for pair in holder.value if pair[0].value == key), None)
        if pair is None:
            return self._with_pair(holder, str(key), value, careful=careful)
        start, end = self._span(self._end(pair[0]), pair[1])
        if holder.flow_style:
            gap = " " if self.text[start - 1] == ":" else ""
            return self.text[:start] + gap + flow_text(value) + self.text[end:]
        return self._behind_key(pair[0], pair[1], start, end, value, careful=careful)

    def _behind_key(self, key: Node, old: Node, start: int, end: int, value: Any, *, careful: bool) -> str:
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
            comment = match[1] if match else ""
        else:
            stop = self._line_end(end)
            comment = text[end:stop]
        written = self._value_text(value, int(key.start_mark.column), old, careful=careful)
        if isinstance(value, (dict, list)) and value:
            first, rest = lead.rstrip() + comment.rstrip(), f"\n{written}"
        else:
            head, newline, tail = written.partition("\n")
            first, rest = lead + head + comment.rstrip(), newline + tail
        return text[:colon] + first + self._lines(rest) + text[stop:]

    def _lines(self, written: str) -> str:
        return written.replace("\n", self.newline)

    def _value_text(self, value: Any, column: int, old: Node | None, *, careful: bool) -> str:
        """Return a value as the text below or after a key in the given column."""
        indent = " " * (column + 2)
        if isinstance(value, (dict, list)) and value:
            return indent + node_text(value, indent)
        if not isinstance(value, str):
            return flow_text(value)
        if careful:
            return in_quotes(value)
        style = getattr(old, "style", None)
        if "\n" not in value and style == '"':
            return in_quotes(value)
        if "\n" not in value and style == "'" and value.isprintable():
            return "'" + value.replace("'", "''") + "'"
        return scalar_text(value, indent)

    def _with_pair(self, holder: Node, key: str, value: Any, *, careful: bool) -> str:
        end = self._end(holder)
        if holder.flow_style:
            written = f"{key_text(key)}: {flow_text(value)}"
            inner = self._span(self._end(holder.value[-1][0]), holder.value[-1][1])[1] if holder.value else 0
            if not holder.value:
                at = self.text.index("{", self._start(holder)) + 1
                return self.text[:at] + written + self.text[at:]
            return f"{self.text[:inner]}, {written}{self.text[inner:]}"
        column = int(holder.value[0][0].start_mark.column)
        indent = " " * column
        inner_text = self._value_text(value, column, None, careful=careful)
        nested = isinstance(value, (dict, list)) and value
        written = f"{key_text(key, top=not column)}:{chr(10) if nested else ' '}{inner_text}"
        at = self._line_end(end)
        return self.text[:at] + self._lines(f"\n{indent}{written}") + self.text[at:]

    def _at_end(self, written: str) -> str:
        gap = "" if not self.text or self.text.endswith("\n") else self.newline
        return self.text + gap + self._lines(written) + self.newline

    def _with_item(self, path: Path, sequence: Node, value: Any, *, careful: bool) -> str:
        end = self._end(sequence)
        if sequence.flow_style:
            before = self._end(sequence.value[-2]) if len(sequence.value) > 1 else self._start(sequence) + 1
            last = self._span(before, sequence.value[-1])[1]
            return f"{self.text[:last]}, {flow_text(value)}{self.text[last:]}"
        dash = int(sequence.start_mark.column)
        first = sequence.value[0]
        inner = (
            int(first.start_mark.column) if first.start_mark.line == sequence.start_mark.line else dash + 2
        )
        inner = inner if inner > dash else dash + 2
        gap = " " * (inner - dash - 1)
        flow = careful and isinstance(value, dict)
        body = flow_text(value) if flow else node_text(value, " " * inner)
        at = self._line_end(end)
        return self.text[:at] + self._lines(f"\n{' ' * dash}-{gap}{body}") + self.text[at:]

    def _without(self, path: Path, sequence: Node, index: int) -> str:
        items = sequence.value
        if sequence.flow_style:
            starts = [self._start(item) for item in items]
            ends = [self._end(item) for item in items]
            if index + 1 < len(items):
                return self.text[: starts[index]] + self.text[starts[index + 1] :]
            begin = ends[index - 1] if index else starts[index]
            return self.text[:begin] + self.text[ends[index] :]
        if len(items) == 1:
            return self._with(path[:-1], [], careful=False)
        start = self._dash(sequence, items[index])
        at = self._line_end(self._end(items[index]))
        end = self.text.find("\n", at) + 1 or len(self.text)
        return self.text[:start] + self.text[end:]

    def _dash(self, sequence: Node, item: Node) -> int:
        """Return where the line begins that has the dash of an item of a list in block style."""
        column = int(sequence.start_mark.column)
        start = self._line_start(self._start(item))
        while (
            self.text[start : start + column].strip() or self.text[start + column : start + column + 1] != "-"
        ):
            start = self._line_start(start - 1)
        return start


def flow_text(value: Any) -> str:
    """Return a value as the text within brackets or braces, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key_text(key)}: {flow_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow_text, value)) + "]"
    if not isinstance(value, str):
        return scalar_text(value, "")
    return value if _FLOW_PLAIN.fullmatch(value) and reads_as_text(value) else in_quotes(value)
