"""A parsed .bru file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, TypeVar

from bruscript.lang.bru import quick
from bruscript.lang.bru.automaton import Unexpected
from bruscript.lang.bru.build import Rejected, automaton, check_values
from bruscript.lang.bru.entries import mapping
from bruscript.lang.document import Document, Format, Kind, Script, check_kind
from bruscript.lang.errors import BruSyntaxError
from bruscript.lang.nodes import Block, Dictionary, Secrets, Text
from bruscript.lang.own_settings import own_settings
from bruscript.lang.place import Place, place_at
from bruscript.lang.tags import wrong_tag
from bruscript.lang.values import outdent

SCRIPTS = ("script:pre-request", "script:post-response", "tests")
"""The blocks that hold JavaScript."""

D = TypeVar("D", bound="BruDocument")


class BruDocument(Document):
    """The text of a .bru file with its syntax tree, `blocks`."""

    __slots__ = ("_blocks",)

    format: ClassVar[Format] = "bru"

    def __init__(
        self, text: str, kind: Kind, blocks: tuple[Block, ...] | None = None, filename: str | None = None
    ) -> None:
        super().__init__(text, kind, filename)
        self._blocks = blocks

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The syntax tree. Raises BruSyntaxError where JSON was printed as a text that cannot be read."""
        if self._blocks is None:
            grammar = _grammar(self.kind)
            self._blocks = quick.tree(self.text, grammar) or syntax_tree(self.text, self.kind, self.filename)
        return self._blocks

    def to_json(self) -> dict[str, Any]:
        """Return the JSON that the reference's parser gives for this text."""
        from bruscript.lang.bru import tojson

        if self.kind == "environment":
            return tojson.environment_json(self.blocks)
        # What the quick reader accepts has its JSON without a tree.
        parts = quick.parts(self.text, _grammar(self.kind)) if self._blocks is None else None
        if parts is None:
            parts = tojson.parts(self.blocks)
        return tojson.request_json(parts) if self.kind == "request" else tojson.collection_json(parts)

    @classmethod
    def printed(cls, data: dict[str, Any], kind: Kind) -> BruDocument:
        """Make a document from JSON; a line end in a key makes it unreadable."""
        from bruscript.lang.bru.printer import print_bru

        check_kind(kind)
        return cls(print_bru(data, kind), kind)

    @classmethod
    def parsed(cls: type[D], text: str, kind: Kind, filename: str | None = None) -> D:
        """Parse the text of a .bru file. Raises BruSyntaxError."""
        if quick.sections(text, _grammar(kind)) is not None:
            return cls(text, kind, None, filename)
        return cls(text, kind, syntax_tree(text, kind, filename), filename)

    @classmethod
    def outlined(cls: type[D], text: str, filename: str | None = None) -> tuple[D, dict[str, Any] | None]:
        """Make the document of a request whose `content` may never be wanted, and its `meta`.

        Where that is not None, `content` has the same and raises nothing. Raises BruSyntaxError.
        """
        sections = quick.sections(text, "request")
        if sections is None:
            return cls(text, "request", syntax_tree(text, "request", filename), filename), None
        meta = quick.heading(text, sections)
        if meta and isinstance(meta.get("tags"), str):
            # Only `content` says whether they are tags.
            meta = None
        return cls(text, "request", None, filename), meta

    def to_bru(self) -> str:
        """Return the text."""
        return self.text

    def block(self, name: str) -> Block | None:
        """Return the last block of this name, which is the one that counts, or None."""
        return next((block for block in reversed(self.blocks) if block.name == name), None)

    def text_of(self, name: str, key: str) -> str:
        """Return the value of the first pair with this key in the block that counts; "" without one."""
        block = self.block(name)
        pairs = block.pairs if isinstance(block, Dictionary) else ()
        return next((pair.value for pair in pairs if pair.key == key and isinstance(pair.value, str)), "")

    def _content_line(self, name: str) -> int | None:
        """Return the line, 1-based, on which the content of the block `name` begins.

        None without the block.
        """
        block = self.block(name)
        if isinstance(block, Text):
            return block.content_line
        if isinstance(block, Dictionary) and block.pairs:
            return block.pairs[0].line
        return None if block is None else block.line

    def _entry_places(self, name: str) -> list[Place]:
        """Return the place of each pair in the blocks named `name`."""
        pairs = [
            pair
            for block in self.blocks
            if block.name == name and isinstance(block, Dictionary)
            for pair in block.pairs
        ]
        # Annotations are above the key.
        return [place_at(self.text, pair.key_start) for pair in pairs]

    def content(self) -> dict[str, Any]:
        """Return what a run takes from the file: the JSON, and settings that only bruscript has.

        Raises BruSyntaxError for tags on one line that cannot be tags.
        """
        data = self.to_json()
        meta = data.get("meta")
        if (
            self.kind in ("request", "folder")
            and isinstance(meta, dict)
            and isinstance(meta.get("tags"), str)
        ):
            self._check_tags(meta["tags"])
        if self.kind == "environment":
            self._check_secrets()
        if self.kind == "folder" and (data.get("auth") or {}).get("mode") == "none" and not self._has_mode():
            # The reference has `none` for a block without a mode, too; only the word itself ends inheritance.
            data["auth"]["mode"] = "inherit"
        if "settings" in data and "retr" in self.text:  # most have neither, and thousands are loaded
            block = self.block("settings")
            if isinstance(block, Dictionary):
                data["settings"].update(own_settings(mapping(block.pairs)))
        return data

    def _check_tags(self, text: str) -> None:
        """Raise BruSyntaxError if a text has something else than tags: a run would not select by them."""
        wrong = wrong_tag(text)
        if wrong is None:
            return
        from bruscript.lang.bru.diagnose import syntax_error

        pair = next(
            pair
            for block in reversed(self.blocks)
            if block.name == "meta" and isinstance(block, Dictionary)
            for pair in reversed(block.pairs)
            if pair.key == "tags" and isinstance(pair.value, str)
        )
        at = self.text.find(wrong, pair.value_start, pair.end)
        shown = wrong.partition("\n")[0].rstrip()
        failure = Rejected(
            at if at >= 0 else pair.value_start,
            f"found `{shown}`, expected a tag such as `smoke`",
            "Separate tags by commas: tags: smoke, slow",
        )
        raise syntax_error(self.text, self.kind, failure, self.filename)

    def _check_secrets(self) -> None:
        """Raise BruSyntaxError for a block of secrets that declares none, or others than are meant."""
        for block in self.blocks:
            if not isinstance(block, Secrets):
                continue
            at = block.start + len(block.name)
            at += len(self.text[at:]) - len(self.text[at:].lstrip())
            if self.text.startswith("{", at):
                raise self._wrong_secrets(at, "found `{`, expected `[` after the block name `vars:secret`")
            for item in block.items:
                if item.name.endswith(":"):
                    raise self._wrong_secrets(item.end - 1, "found `:`, expected only the names of secrets")

    def _wrong_secrets(self, position: int, message: str) -> BruSyntaxError:
        from bruscript.lang.bru.diagnose import syntax_error

        hint = "Write the names of secrets in brackets, separated by commas: vars:secret [ token, password ]"
        return syntax_error(self.text, self.kind, Rejected(position, message, hint), self.filename)

    def _has_mode(self) -> bool:
        block = self.block("auth")
        return isinstance(block, Dictionary) and bool(mapping(block.pairs).get("mode"))

    def _margin(self, name: str, code: str) -> int:
        """Return how many columns the language took off the lines of a block of text, by its first line."""
        line = self.content_line(name) or 1
        lines = self.text.split("\n", line)
        written = lines[line - 1] if len(lines) >= line else ""
        return max(_blanks(written) - _blanks(code.split("\n", 1)[0]), 0)

    def scripts(self) -> Iterator[Script]:
        """Yield the scripts and tests."""
        for block in self.blocks:
            if isinstance(block, Text) and block.name in SCRIPTS:
                yield Script(block.name, outdent(block.source), block.content_line)

    def _set(self, block: str, key: str, value: Any) -> BruDocument:
        """Return the document with this value for `key` in the blocks named `block`, and no other change.

        `key` is as in the file, unquoted, with `~` for a disabled pair; the last pair of that key is
        changed. One that is missing is added to the last such block, a missing block to the file. In `vars`
        and `vars:pre-request` the value may be a number, boolean, dict or list (the type annotation follows
        it); elsewhere it is text. Raises TypeError for another type, ValueError for what the language cannot
        write.
        """
        from bruscript.lang.bru.edit import set_value

        return set_value(self, block, key, value)

    def _remove(self, block: str, key: str) -> BruDocument:
        """Return the document without the pairs of this key in blocks named `block`, empty blocks staying."""
        from bruscript.lang.bru.edit import remove_pairs

        return remove_pairs(self, block, [key])

    def _set_text(self, block: str, content: str) -> BruDocument:
        """Return the document with `content` as the text of the last block named `block`, which may be new.

        Raises ValueError for an empty text, and for a block of another sort.
        """
        from bruscript.lang.bru.edit import set_text

        return set_text(self, block, content)

    def _add_secret(self, name: str) -> BruDocument:
        """Return an environment's document with `name` in `vars:secret`."""
        from bruscript.lang.bru.edit import add_secret

        return add_secret(self, name)

    def _remove_secret(self, name: str) -> BruDocument:
        """Return an environment's document without `name` in `vars:secret`."""
        from bruscript.lang.bru.edit import remove_secrets

        return remove_secrets(self, [name])


def _grammar(kind: Kind) -> str:
    return "collection" if kind == "folder" else kind


def syntax_tree(text: str, kind: Kind, filename: str | None = None) -> tuple[Block, ...]:
    """Return the syntax tree as the automaton makes it. Raises BruSyntaxError."""
    grammar = _grammar(kind)
    try:
        blocks: tuple[Block, ...] = automaton(grammar).parse(text)
        check_values(blocks, grammar)
    except (Unexpected, Rejected) as failure:
        from bruscript.lang.bru.diagnose import syntax_error

        raise syntax_error(text, kind, failure, filename) from None
    return blocks


def _blanks(text: str) -> int:
    return len(text) - len(text.lstrip(" \t"))


FORMAT = BruDocument
