"""The syntax tree: immutable nodes that know their line and the span of text that they came from.

Named tuples, which are defined and made faster than dataclasses: files have many.
"""

from __future__ import annotations

from typing import NamedTuple


class Annotation(NamedTuple):
    """`@name` or `@name(argument)` above a pair; `value` is None without parentheses."""

    name: str
    value: str | None
    line: int
    start: int
    end: int


class Pair(NamedTuple):
    """A `key: value` of a block.

    `key` is unquoted and keeps its marks (`~` for disabled, `@` for local); `value` is the text without
    quotes or indentation, or a tuple for a list. `start` and `end` span the pair from its first annotation
    or key to the end of its value, `key_start` is where the key begins, `value_start` where the value does.
    """

    key: str
    value: str | tuple[str, ...]
    annotations: tuple[Annotation, ...]
    line: int
    start: int
    key_start: int
    value_start: int
    end: int

    @property
    def enabled(self) -> bool:
        """Whether the key has no `~`."""
        return not self.key.startswith("~")

    @property
    def name(self) -> str:
        """The key without `~` and without the `@` of a local variable."""
        return self.key.removeprefix("~").removeprefix("@")


class Dictionary(NamedTuple):
    """A block of pairs. `close` is the offset of the line end before its `}`, `end` the offset after that."""

    name: str
    pairs: tuple[Pair, ...]
    line: int
    start: int
    close: int
    end: int


class Text(NamedTuple):
    """A text block, as in the file; `content_line` is the line on which its text begins."""

    name: str
    source: str
    line: int
    content_line: int
    start: int
    content_start: int
    end: int


class Item(NamedTuple):
    """One name in a list of secrets; `name` keeps the `~` of a disabled one."""

    name: str
    annotations: tuple[Annotation, ...]
    line: int
    start: int
    end: int


class Secrets(NamedTuple):
    """`vars:secret [...]`: the names of variables whose values are kept elsewhere."""

    name: str
    items: tuple[Item, ...]
    line: int
    start: int
    close: int
    end: int


class Color(NamedTuple):
    """`color: ...`, which takes the rest of an environment file."""

    name: str
    value: str
    line: int
    start: int
    end: int


Block = Dictionary | Text | Secrets | Color
"""The blocks of a document."""
