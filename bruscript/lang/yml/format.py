"""The canonical form of an OpenCollection text: keys in Bruno's order, texts in Bruno's style.

Nothing is added that the author left out, nothing is lost: unknown keys follow the known ones, numbers keep
how they are written, comments stay with the line that they belong to.
"""

from __future__ import annotations

import re
from typing import Any, Final

from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from bruscript.lang.document import Kind
from bruscript.lang.errors import BruSyntaxError
from bruscript.lang.js import stringify
from bruscript.lang.yml.compose import PLAIN, Node
from bruscript.lang.yml.disguise import restored
from bruscript.lang.yml.document import YmlDocument
from bruscript.lang.yml.emit import key_text, spaced, text_text
from bruscript.lang.yml.places import child, item_type
from bruscript.lang.yml.scalars import plain_value
from bruscript.lang.yml.schema import FILES, ITEMS
from bruscript.lang.yml.spec import Either, Keys, Rows, Spec, Typed

_COMMENT: Final = re.compile(r"(?:^|(?<=[ \t\n]))#[^\n]*")
_HEADER_COMMENT: Final = re.compile(r"[|>][-+0-9]*[ \t]+(#[^\n]*)")


class _NotSafe(Exception):
    """The text has something that would not survive: it stays as it is."""


def format_yml(text: str, kind: Kind = "request", *, filename: str | None = None) -> str:
    """Return the canonical form of an OpenCollection text. Raises BruSyntaxError.

    A text with anchors, tags or directives, and one with comments whose position is ambiguous,
    stays as it is.
    """
    document = YmlDocument.parsed(text, kind, filename)
    root = document.root
    if type(root) is not MappingNode:
        return text
    try:
        comments = _Comments(document)
        result = _Writer(comments).file(root, FILES.get(kind) or ITEMS.get(item_type(root)))
        again = YmlDocument.parsed(result, kind)
        kept = _Comments(again).texts
    except (_NotSafe, BruSyntaxError):
        return text
    same = stringify(_ordered(again.value)) == stringify(_ordered(document.value))
    return result if same and sorted(kept) == sorted(comments.texts) else text


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


class _Comments:
    """The comments of a text, by the scalar that they are above or after."""

    def __init__(self, document: YmlDocument) -> None:
        composed = document.composition
        text = document.text.replace("\r\n", "\n") if "\r\n" in document.text else document.text
        if text != document.text:
            document = YmlDocument.composed(text, document.kind)
            composed = document.composition
        self.document = document
        self.above: dict[int, list[str]] = {}
        self.behind: dict[int, str] = {}
        self.below: dict[int, list[tuple[int, str]]] = {}
        self.end: list[str] = []
        self.texts: list[str] = []
        if composed.version != "1.2" or re.search(r"^%", text, re.MULTILINE):
            raise _NotSafe
        leaves: list[Node] = []
        _collect(composed.root, leaves)
        position = 0
        last: Node | None = None
        previous: Node | None = None
        for leaf in [*leaves, None]:
            begin = len(text) if leaf is None else leaf.start_mark.index + composed.shift
            if begin < position or re.search(r"(?:^|[\s,\[{:-])[&*!][^\s,\]}]", _bare(text[position:begin])):
                # An alias, an anchor or a tag.
                raise _NotSafe
            self._gap(text, position, begin, last, previous, leaf)
            if leaf is not None:
                if text[begin : begin + 1] in "&!":
                    raise _NotSafe
                position = leaf.end_mark.index + composed.shift
                last = previous = leaf
                if leaf.style in ("|", ">"):
                    header = _HEADER_COMMENT.match(text, begin)
                    if header:
                        self._behind(leaf, header[1])
                    # Anything after a text block is on separate lines.
                    position = min(position, len(text))
                    last = None

    def _gap(
        self, text: str, begin: int, end: int, last: Node | None, previous: Node | None, leaf: Node | None
    ) -> None:
        for match in _COMMENT.finditer(text, begin, end):
            start = text.rfind("\n", 0, match.start()) + 1
            comment = match.group().rstrip()
            if text[start : match.start()].strip():
                if last is None or last.end_mark.index + self.document.composition.shift < start:
                    # Behind a dash or a bracket.
                    raise _NotSafe
                self._behind(last, comment)
                continue
            self.texts.append(comment)
            column = match.start() - start
            following = 0
            if leaf is not None:
                line = text.rfind("\n", 0, leaf.start_mark.index + self.document.composition.shift) + 1
                following = len(text[line:]) - len(text[line:].lstrip(" "))
            if column > following and previous is not None and id(leaf) not in self.above:
                # Indented further than what follows: it belongs to what is above.
                self.below.setdefault(id(previous), []).append((column, comment))
            elif leaf is None:
                self.end.append(comment)
            else:
                self.above.setdefault(id(leaf), []).append(comment)

    def _behind(self, leaf: Node, comment: str) -> None:
        if id(leaf) in self.behind:
            raise _NotSafe
        self.texts.append(comment.rstrip())
        self.behind[id(leaf)] = comment.rstrip()


def _bare(text: str) -> str:
    return _COMMENT.sub("", text)


def _collect(node: Any, leaves: list[Node]) -> None:
    if type(node) is ScalarNode:
        leaves.append(node)
    elif type(node) is MappingNode:
        for key, value in node.value:
            _collect(key, leaves)
            _collect(value, leaves)
    elif type(node) is SequenceNode:
        for item in node.value:
            _collect(item, leaves)


class _Writer:
    def __init__(self, comments: _Comments) -> None:
        self._comments = comments
        self._restore = comments.document.composition.restore

    def file(self, root: Node, spec: Spec | None) -> str:
        root = self._comments.document.root
        lines = spaced(self._mapping(root, spec, ""))
        return "".join(f"{line}\n" for line in [lines, *self._comments.end])

    def _value(self, node: Node, spec: Spec | None, indent: str) -> str:
        if type(node) is MappingNode and node.value:
            return self._mapping(node, spec, indent)
        if type(node) is SequenceNode and node.value:
            return self._sequence(node, spec, indent)
        if type(node) is ScalarNode:
            return self._scalar(node, indent)
        return "{}" if type(node) is MappingNode else "[]"

    def _scalar(self, node: Node, indent: str) -> str:
        text = restored(node.value, self._restore) if self._restore else node.value
        if node.tag == PLAIN:
            value = plain_value(text)
            if isinstance(value, bool):
                return "true" if value else "false"
            if not isinstance(value, str):
                return str(text)
        return text_text(text, indent)

    def _mapping(self, node: Node, spec: Spec | None, indent: str) -> str:
        order = _keys(node, spec)
        pairs = sorted(
            node.value, key=lambda pair: order.index(pair[0].value) if pair[0].value in order else len(order)
        )
        parts = []
        for key, value in pairs:
            if type(key) is not ScalarNode:
                raise _NotSafe
            inner = _inner(node, spec, key.value)
            text = self._above(key, indent) + self._pair(key, value, inner, indent)
            last = _leaves(value)[-1:] or [key]
            parts.append(text + self._below(last[0], int(key.start_mark.column), indent))
        return f"\n{indent}".join(parts)

    def _above(self, leaf: Node, indent: str) -> str:
        return "".join(f"{comment}\n{indent}" for comment in self._comments.above.pop(id(leaf), ()))

    def _below(self, leaf: Node, column: int, indent: str) -> str:
        """Write the comments below a scalar that are indented like what begins in this column, or further."""
        comments = self._comments.below.get(id(leaf), [])
        mine = [comment for at, comment in comments if at >= column]
        self._comments.below[id(leaf)] = [(at, comment) for at, comment in comments if at < column]
        return "".join(f"\n{indent}{comment}" for comment in mine)

    def _pair(self, key: Node, value: Node, spec: Spec | None, indent: str) -> str:
        inner = indent + "  "
        head = f"{key_text(key.value, top=not indent)}:"
        behind = self._comments.behind.get(id(key), "")
        if type(value) is not ScalarNode:
            if not value.value:
                return self._with(f"{head} {self._value(value, None, inner)}", behind)
            return f"{self._with(head, behind)}\n{inner}{self._value(value, spec, inner)}"
        if behind and id(value) in self._comments.behind:
            raise _NotSafe
        text = self._scalar(value, inner)
        comment = behind or self._comments.behind.get(id(value), "")
        above = self._above(value, indent)
        return above + self._with(f"{head} {text}" if text else head, comment)

    def _with(self, text: str, comment: str) -> str:
        if not comment:
            return text
        first, newline, rest = text.partition("\n")
        if newline and not re.search(r"[|>][-+0-9]*$", first):
            raise _NotSafe
        return f"{first} {comment}{newline}{rest}"

    def _sequence(self, node: Node, spec: Spec | None, indent: str) -> str:
        item_spec = spec.item if isinstance(spec, Rows) else None
        if isinstance(spec, Either):
            item_spec = spec.sequence.item if isinstance(spec.sequence, Rows) else None
        parts = []
        for item in node.value:
            leaf = next(iter(_leaves(item)), None)
            above = self._above(leaf, indent) if leaf is not None else ""
            text = self._value(item, item_spec, indent + "  ")
            if type(item) is ScalarNode:
                text = self._with(text, self._comments.behind.get(id(item), ""))
            below = self._below(_leaves(item)[-1], int(node.start_mark.column), indent) if leaf else ""
            parts.append((f"{above}- {text}" if text else f"{above}-") + below)
        return f"\n{indent}".join(parts)


def _leaves(node: Node) -> list[Node]:
    leaves: list[Node] = []
    _collect(node, leaves)
    return leaves


def _keys(node: Node, spec: Spec | None) -> list[str]:
    """Return the keys of a mapping in Bruno's order."""
    if isinstance(spec, Either):
        return _keys(node, spec.mapping)
    if isinstance(spec, Keys):
        return list(spec.keys)
    if isinstance(spec, Typed):
        kind = child(node, spec.by)
        inner = spec.types.get(kind.value) if type(kind) is ScalarNode else None
        keys = _keys(node, inner)
        at = keys.index(spec.after) + 1 if spec.after in keys else 0
        return [*keys[:at], spec.by, *keys[at:]]
    return []


def _inner(node: Node, spec: Spec | None, key: str) -> Spec | None:
    """Return the shape of a key's value."""
    if isinstance(spec, Either):
        return _inner(node, spec.mapping, key)
    if isinstance(spec, Keys):
        return spec.keys.get(key)
    if isinstance(spec, Typed):
        kind = child(node, spec.by)
        return _inner(node, spec.types.get(kind.value) if type(kind) is ScalarNode else None, key)
    return None
