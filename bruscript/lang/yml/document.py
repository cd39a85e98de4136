"""A parsed OpenCollection file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final, TypeVar

import yaml
from yaml.nodes import ScalarNode, SequenceNode

from bruscript.lang.document import Document, Format, Kind, Script, check_kind
from bruscript.lang.yml.compose import Composed, Node, compose
from bruscript.lang.yml.content import content
from bruscript.lang.yml.places import content_node, margin
from bruscript.lang.yml.reader import finite, read
from bruscript.lang.yml.scalars import unspelled
from bruscript.lang.yml.shapes import Refused
from bruscript.lang.yml.values import Misuse, build

_SCRIPTS: Final = ("script:pre-request", "script:post-response", "tests")

D = TypeVar("D", bound="YmlDocument")


class YmlDocument(Document):
    """The text of an OpenCollection file with its nodes.

    `value` is what YAML makes of the text: dicts, lists and scalars; numbers keep how they are written.
    """

    __slots__ = ("_composed", "_value")

    format: ClassVar[Format] = "yml"

    def __init__(
        self,
        text: str,
        kind: Kind,
        composed: Composed | None = None,
        value: Any = None,
        filename: str | None = None,
    ) -> None:
        super().__init__(text, kind, filename)
        self._composed = composed
        self._value = value

    @classmethod
    def printed(cls, data: dict[str, Any], kind: Kind) -> YmlDocument:
        """Make a document from JSON."""
        from bruscript.lang.yml.printer import print_yml

        check_kind(kind)
        return cls(print_yml(data, kind), kind)

    @classmethod
    def parsed(cls: type[D], text: str, kind: Kind, filename: str | None = None) -> D:
        """Parse the text of an OpenCollection file: what the reference refuses is refused.

        Raises BruSyntaxError.
        """
        document = cls.composed(text, kind, filename)
        document._refusing(read)
        return document

    @classmethod
    def composed(cls: type[D], text: str, kind: Kind, filename: str | None = None) -> D:
        """Make a document of a text that is YAML, whether or not it is a file of this kind.

        Raises BruSyntaxError where it is not YAML.
        """
        try:
            composed = compose(text)
            return cls(text, kind, composed, build(composed), filename)
        except (yaml.YAMLError, Misuse, RecursionError) as error:
            from bruscript.lang.yml.diagnose import syntax_error

            raise syntax_error(text, error, filename) from None

    @property
    def root(self) -> Node | None:
        """The root of PyYAML's nodes, None for a file without content."""
        return self._read()._composed.root  # type: ignore[union-attr]

    @property
    def composition(self) -> Composed:
        """The nodes, with what it takes to read them."""
        found = self._read()._composed
        assert found is not None
        return found

    @property
    def value(self) -> Any:
        """What YAML makes of the text."""
        return self._read()._value

    def _read(self) -> YmlDocument:
        if self._composed is None:
            other = self.composed(self.text, self.kind, self.filename)
            self._composed, self._value = other._composed, other._value
        return self

    def to_json(self) -> dict[str, Any]:
        """Give the JSON that the reference's parser gives for this text."""
        json: dict[str, Any] = finite(read(unspelled(self.value), self.kind))
        return json

    def content(self) -> dict[str, Any]:
        """Give what a run takes from the file, in the shape of `.bru` JSON.

        Raises BruSyntaxError for what would be dropped without a word.
        """
        from bruscript.lang.yml.lint import serious

        problem = serious(self.root, self.kind)
        if problem is not None:
            from bruscript.lang.yml.diagnose import misuse

            raise misuse(self.text, problem.node, problem.message, problem.hint, self.filename)
        return self._refusing(content)

    def _refusing(self, reader: Any) -> dict[str, Any]:
        try:
            result: dict[str, Any] = reader(self.value, self.kind)
            return result
        except Refused as refusal:
            from bruscript.lang.yml.diagnose import refused

            raise refused(self.text, self.root, self.kind, str(refusal), self.filename) from None

    def to_yml(self) -> str:
        """Give the text."""
        return self.text

    def content_line(self, name: str) -> int | None:
        """Give the line, 1-based, on which the content of the block `name` begins; None without the block."""
        node = content_node(self.root, self.kind, name)
        if node is None:
            return None
        in_block = type(node) is ScalarNode and node.style in ("|", ">")
        return int(node.start_mark.line) + (2 if in_block else 1)

    def entry_places(self, name: str) -> list[tuple[int, int]]:
        """Give the line and column, 1-based, of each entry of the block `name`."""
        node = content_node(self.root, self.kind, name)
        entries = node.value if type(node) is SequenceNode else ()
        return [(entry.start_mark.line + 1, entry.start_mark.column + 1) for entry in entries]

    def margin(self, name: str, code: str) -> int:
        """Give how many columns of the file stand before the text of the block `name`, read as `code`."""
        node = content_node(self.root, self.kind, name)
        return 0 if node is None else margin(node, self.text, code)

    def scripts(self) -> Iterator[Script]:
        """Give the scripts and tests."""
        for name in _SCRIPTS:
            node = content_node(self.root, self.kind, name)
            if node is not None and type(node) is ScalarNode and node.value:
                yield Script(name, node.value, self.content_line(name) or 1)

    def set(self, block: str, key: str, value: Any) -> YmlDocument:
        """Give the document with this value for `key` in `block`; see Document.set."""
        from bruscript.lang.yml.edit import set_value

        return set_value(self, block, key, value)

    def remove(self, block: str, key: str) -> YmlDocument:
        """Give the document without the entries of this key in `block`."""
        from bruscript.lang.yml.edit import remove_entries

        return remove_entries(self, block, key)

    def set_text(self, block: str, content: str) -> YmlDocument:
        """Give the document with `content` as the text of `block`; see Document.set_text."""
        from bruscript.lang.yml.edit import set_text

        return set_text(self, block, content)

    def add_secret(self, name: str) -> YmlDocument:
        """Give an environment's document with `name` among the secret variables."""
        from bruscript.lang.yml.edit import add_secret

        return add_secret(self, name)

    def remove_secret(self, name: str) -> YmlDocument:
        """Give an environment's document without the secret variable `name`."""
        from bruscript.lang.yml.edit import remove_secret

        return remove_secret(self, name)


FORMAT = YmlDocument
