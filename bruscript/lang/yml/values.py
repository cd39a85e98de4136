"""From YAML nodes to values: dicts, lists, texts, numbers, booleans and None, as JavaScript has them."""

from __future__ import annotations

from typing import Any, Final

from yaml.nodes import MappingNode, ScalarNode

from bruscript.lang.js import to_string
from bruscript.lang.yml.compose import PLAIN, TEXT, Composed, Node
from bruscript.lang.yml.disguise import restored
from bruscript.lang.yml.scalars import plain_value, plain_value_1_1, tagged_value

_MOST_ALIASES: Final = 100
"""As many copies as the reference's YAML library allows before it takes a file for an attack."""


class Misuse(Exception):
    """The nodes are well formed, but a rule beyond the syntax is broken: at `node`, `message`."""

    def __init__(self, node: Node, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.node = node
        self.message = message
        self.hint = hint


def build(composed: Composed) -> Any:
    """Return the value of a file's nodes. Raises Misuse for repeated keys, and for too many aliases."""
    return None if composed.root is None else _Builder(composed).value(composed.root)


class _Builder:
    def __init__(self, composed: Composed) -> None:
        self._restore = composed.restore
        self._plain = plain_value_1_1 if composed.version == "1.1" else plain_value
        self._merges = composed.version == "1.1"
        self._shared: dict[int, Any] | None = {} if composed.aliases else None
        self._uses: dict[int, int] = {}
        self._open: set[int] = set()

    def value(self, node: Node) -> Any:
        shared = self._shared
        if shared is not None:
            known = shared.get(id(node), self)
            if known is not self:
                self._count(node)
                return known
            if id(node) in self._open:
                raise Misuse(node, "found an alias within the value that it refers to")
            self._open.add(id(node))
        value: Any
        if type(node) is ScalarNode:
            value = self._scalar(node)
        elif type(node) is MappingNode:
            value = self._mapping(node)
        else:
            value = [self.value(item) for item in node.value]
        if shared is not None:
            shared[id(node)] = value
            self._open.discard(id(node))
        return value

    def _scalar(self, node: Node) -> Any:
        text: str = node.value
        if self._restore:
            text = restored(text, self._restore)
        if node.tag == PLAIN:
            return self._plain(text)
        return text if node.tag == TEXT else tagged_value(text, node.tag)

    def _mapping(self, node: Node) -> dict[str, Any]:
        result: dict[str, Any] = {}
        previous: dict[Any, Node] = {}
        mark: Any
        for key_node, value_node in node.value:
            key = self._scalar(key_node) if type(key_node) is ScalarNode else self.value(key_node)
            value = self.value(value_node)
            if self._merges and key == "<<" and key_node.tag == PLAIN:
                self._merge(result, value)
                continue
            if type(key) is str:
                name, mark = key, key
            elif isinstance(key, (dict, list)):
                name, mark = _flow_text(key_node), id(key_node)
            else:
                name, mark = "" if key is None else to_string(key), (type(key), key)
            if mark in previous:
                first = previous[mark].start_mark.line + 1
                raise Misuse(
                    key_node,
                    f"found the key `{name}` again: line {first} has it already",
                    "A mapping has each key once: remove or rename one of them.",
                )
            previous[mark] = key_node
            result[name] = value
        return result

    def _merge(self, result: dict[str, Any], value: Any) -> None:
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                for key, item in part.items():
                    result.setdefault(key, item)

    def _count(self, node: Node) -> None:
        """Count an alias; the limit is on how many copies of the same value there are in all."""
        uses = self._uses[id(node)] = self._uses.get(id(node), 1) + 1
        if uses * max(self._weight(node), 1) > _MOST_ALIASES:
            raise Misuse(
                node,
                f"found aliases that make more than {_MOST_ALIASES} copies of this value",
                "Write the value out where it is needed.",
            )

    def _weight(self, node: Node) -> int:
        if type(node) is ScalarNode:
            return 1
        children = (
            [child for pair in node.value for child in pair] if type(node) is MappingNode else node.value
        )
        # A child that is an alias itself weighs what its copies do; its own children are within that.
        return max(
            (
                self._uses[id(c)] * self._weight(c) if id(c) in self._uses else self._weight(c)
                for c in children
            ),
            default=0,
        )


def _flow_text(node: Node) -> str:
    """Write a mapping or list that is a key, roughly as in the file."""
    if type(node) is ScalarNode:
        return str(node.value)
    if type(node) is MappingNode:
        pairs = (
            f"{_flow_text(k)}: {_flow_text(v)}" if v.value != "" else _flow_text(k) for k, v in node.value
        )
        return f"{{ {', '.join(pairs)} }}"
    return f"[ {', '.join(map(_flow_text, node.value))} ]"
