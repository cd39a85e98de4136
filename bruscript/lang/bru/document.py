"""A parsed .bru file."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from bruscript.lang.bru.automaton import Unexpected
from bruscript.lang.bru.build import Rejected, automaton, check_values
from bruscript.lang.nodes import Block, Dictionary, Text

Kind = Literal["request", "collection", "folder", "environment"]
"""The kinds of file; a folder's has the language of a collection's."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


class Document:
    """The text of a .bru file with its syntax tree.

    A document never changes: an edit gives another one. `kind` says which language it is in, `text` is the
    file's text, `filename` its name as the caller gave it, `blocks` its tree.
    """

    __slots__ = ("_blocks", "filename", "kind", "text")

    def __init__(
        self, text: str, kind: Kind, blocks: tuple[Block, ...] | None = None, filename: str | None = None
    ) -> None:
        self.text = text
        self.kind: Kind = kind
        self.filename = filename
        self._blocks = blocks

    def __repr__(self) -> str:
        return f"<Document {self.filename or self.kind}>"

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The syntax tree. Raises BruSyntaxError where JSON was printed as a text that cannot be read."""
        if self._blocks is None:
            self._blocks = parse(self.text, self.kind, filename=self.filename).blocks
        return self._blocks

    def to_json(self) -> dict[str, Any]:
        """Give the JSON that the reference's parser gives for this text."""
        from bruscript.lang.bru import tojson

        if self.kind == "environment":
            return tojson.environment_json(self.blocks)
        if self.kind == "request":
            return tojson.request_json(self.blocks)
        return tojson.collection_json(self.blocks)

    @classmethod
    def from_json(cls, data: dict[str, Any], kind: Kind = "request") -> Document:
        """Make a document from the JSON that the reference's printer takes.

        Its text is what that printer writes, readable or not (a line end in a key makes it unreadable).
        Raises ValueError if a name is not text, and for an unknown kind.
        """
        from bruscript.lang.bru.printer import print_bru

        _check_kind(kind)
        return cls(print_bru(data, kind), kind)

    def to_bru(self) -> str:
        """Give the text."""
        return self.text

    def block(self, name: str) -> Block | None:
        """Give the last block of this name, which is the one that counts, or None."""
        return next((block for block in reversed(self.blocks) if block.name == name), None)

    def content_line(self, name: str) -> int | None:
        """Give the line, 1-based, on which the content of the block `name` begins; None without the block."""
        block = self.block(name)
        if isinstance(block, Text):
            return block.content_line
        if isinstance(block, Dictionary) and block.pairs:
            return block.pairs[0].line
        return None if block is None else block.line

    def with_text(self, text: str) -> Document:
        """Give the document of another text, of the same kind and name. Raises BruSyntaxError."""
        return parse(text, self.kind, filename=self.filename)

    def set(self, block: str, key: str, value: Any) -> Document:
        """Give the document with this value for `key` in the blocks named `block`, and no other change.

        `key` is as in the file, unquoted, with `~` for a disabled pair; the last pair of that key is
        changed. One that is missing is added to the last such block, a missing block to the file. In `vars`
        and `vars:pre-request` the value may be a number, boolean, dict or list (the type annotation follows
        it); elsewhere it is text. Raises TypeError for another type, ValueError for what the language cannot
        write.
        """
        from bruscript.lang.bru.edit import set_value

        return set_value(self, block, key, value)

    def remove(self, block: str, key: str) -> Document:
        """Give the document without the pairs of this key in blocks named `block`, empty blocks staying."""
        from bruscript.lang.bru.edit import remove_pairs

        return remove_pairs(self, block, key)

    def set_text(self, block: str, content: str) -> Document:
        """Give the document with `content` as the text of the last block named `block`, which may be new.

        Raises ValueError for an empty text, and for a block of another sort.
        """
        from bruscript.lang.bru.edit import set_text

        return set_text(self, block, content)

    def add_secret(self, name: str) -> Document:
        """Give an environment's document with `name` in `vars:secret`."""
        from bruscript.lang.bru.edit import add_secret

        return add_secret(self, name)

    def remove_secret(self, name: str) -> Document:
        """Give an environment's document without `name` in `vars:secret`."""
        from bruscript.lang.bru.edit import remove_secret

        return remove_secret(self, name)


def parse(text: str, kind: Kind = "request", *, filename: str | None = None) -> Document:
    """Parse the text of a .bru file of the given kind.

    `filename` is only for messages. Raises BruSyntaxError, and ValueError for an unknown kind.
    """
    _check_kind(kind)
    grammar = "collection" if kind == "folder" else kind
    try:
        blocks: tuple[Block, ...] = automaton(grammar).parse(text)
        check_values(blocks, grammar)
    except (Unexpected, Rejected) as failure:
        from bruscript.lang.bru.diagnose import syntax_error

        raise syntax_error(text, kind, failure, filename) from None
    return Document(text, kind, blocks, filename)


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}, expected one of {', '.join(KINDS)}")
