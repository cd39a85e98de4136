"""A parsed OpenCollection file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from bruscript.lang.document import Document, Finding, Format, Kind, Script, check_kind
from bruscript.lang.place import Place
from bruscript.lang.yml.content import content
from bruscript.lang.yml.fitting import fits
from bruscript.lang.yml.places import SCRIPTS, Spot, content_node, spot
from bruscript.lang.yml.quick import quick
from bruscript.lang.yml.reader import finite, read
from bruscript.lang.yml.scalars import unspelled
from bruscript.lang.yml.shapes import Refused

if TYPE_CHECKING:
    from bruscript.lang.yml.compose import Composed, Node

D = TypeVar("D", bound="YmlDocument")


class YmlDocument(Document):
    """The text of an OpenCollection file with its nodes and values, which are made when they are needed."""

    __slots__ = ("_codes", "_composed", "_passed_over", "_spots", "_value")

    format: ClassVar[Format] = "yml"

    def __init__(self, text: str, kind: Kind, filename: str | None = None) -> None:
        super().__init__(text, kind, filename)
        self._composed: Composed | None = None
        self._value: Any = None
        self._codes: dict[int, Spot] | None = None
        self._spots: dict[str, Spot | None] | None = None
        self._passed_over: list[Finding] = []

    @classmethod
    def printed(cls, data: dict[str, Any], kind: Kind) -> YmlDocument:
        """Make a document from JSON."""
        from bruscript.lang.yml.printer import print_yml

        check_kind(kind)
        return cls(print_yml(data, kind), kind)

    @classmethod
    def parsed(cls: type[D], text: str, kind: Kind, filename: str | None = None) -> D:
        """Parse the text of an OpenCollection file: a text that the reference rejects is rejected.

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
        document = cls(text, kind, filename)
        document._compose()
        return document

    @classmethod
    def opened(cls: type[D], text: str, kind: Kind, filename: str | None = None) -> D:
        """Make a document that is to be run, the quick way where its text allows it.

        Whether the reference would refuse it is left to `content`. Raises BruSyntaxError.
        """
        document = cls(text, kind, filename)
        document._open_once()
        return document

    def with_reading(self: D, text: str, composition: Composed, value: Any) -> D:
        """Return the document of another text that has been read already. Raises BruSyntaxError."""
        document = type(self)(text, self.kind, self.filename)
        document._composed, document._value = composition, value
        document._refusing(read)
        return document

    def _open_once(self) -> None:
        """Read the values, the quick way where the text allows it, unless they are there."""
        if self._value is not None or self._composed is not None:
            return
        reading = quick(self.text)
        if reading is None:
            self._compose()
        else:
            self._value, self._codes = reading

    def _compose(self) -> Composed:
        # Imported here: most files are read the quick way, and then nothing needs PyYAML.
        import yaml

        from bruscript.lang.yml.compose import compose
        from bruscript.lang.yml.values import Misuse, build

        try:
            composed = self._composed = compose(self.text)
            self._value = build(composed)
        except (yaml.YAMLError, Misuse, RecursionError) as error:
            from bruscript.lang.yml.diagnose import syntax_error

            raise syntax_error(self.text, error, self.filename) from None
        return composed

    @property
    def composition(self) -> Composed:
        """The nodes, with what it takes to read them."""
        return self._composed or self._compose()

    @property
    def root(self) -> Node | None:
        """The root of PyYAML's nodes, None for a file without content."""
        return self.composition.root

    @property
    def value(self) -> Any:
        """The text as YAML: dicts, lists and scalars; numbers keep their spelling."""
        if self._value is None and self._composed is None:
            self._compose()
        return self._value

    def to_json(self) -> dict[str, Any]:
        """Return the JSON that the reference's parser gives for this text."""
        return self._refusing(_json)

    def content(self) -> dict[str, Any]:
        """Return what a run takes from the file, in the shape of `.bru` JSON.

        Nodes and values are let go: a collection has many files, and a run needs them no more. Raises
        BruSyntaxError for what would be dropped without a word.
        """
        self._open_once()
        if self._codes is None or not fits(self._value, self.kind):
            from bruscript.lang.yml.lint import run_warnings, serious

            problem = serious(self.root, self.kind)
            if problem is not None:
                from bruscript.lang.yml.diagnose import misuse

                raise misuse(self.text, problem.node, problem.message, problem.hint, self.filename)
            self._passed_over = run_warnings(self.root, self.kind)
        result = self._refusing(content)
        self._spots = self._scripts()
        self._composed = self._value = self._codes = None
        return result

    @property
    def passed_over(self) -> Sequence[Finding]:
        """What `content` has found that is not used as its author probably meant."""
        return self._passed_over

    def _refusing(self, reader: Any) -> dict[str, Any]:
        try:
            result: dict[str, Any] = reader(self.value, self.kind)
            return result
        except RecursionError as error:
            from bruscript.lang.yml.diagnose import syntax_error

            raise syntax_error(self.text, error, self.filename) from None
        except Refused as error:
            from bruscript.lang.yml.diagnose import refusal

            raise refusal(self.text, self.root, self.kind, str(error), self.filename) from None

    def _scripts(self) -> dict[str, Spot | None]:
        """Return where the scripts that run begin."""
        self._open_once()
        if self._codes is None or self._composed is not None:
            return {name: spot(content_node(self.root, self.kind, name)) for name in SCRIPTS}
        block = self._value.get("runtime" if self.kind == "request" else "request")
        rows = block.get("scripts") if isinstance(block, dict) else None
        spots: dict[str, Spot | None] = {}
        for name, kind in SCRIPTS.items():
            codes = (row for row in reversed(rows or ()) if row["type"] == kind and row.get("code"))
            spots[name] = self._codes.get(id(next(codes, None)))
        return spots

    def _spot(self, name: str) -> Spot | None:
        if name not in SCRIPTS:
            return spot(content_node(self.root, self.kind, name))
        if self._spots is None:
            self._spots = self._scripts()
        return self._spots[name]

    def to_yml(self) -> str:
        """Return the text."""
        return self.text

    def _content_line(self, name: str) -> int | None:
        """Return the line, 1-based, on which the content of the block `name` begins.

        None without the block.
        """
        spot = self._spot(name)
        if spot is not None:
            return spot.content_line
        node = None if name in SCRIPTS else content_node(self.root, self.kind, name)
        return None if node is None else int(node.start_mark.line) + 1

    def _entry_places(self, name: str) -> list[Place]:
        """Return the place of each entry of the block `name`."""
        node = content_node(self.root, self.kind, name)
        entries = node.value if getattr(node, "id", None) == "sequence" else ()
        return [Place(entry.start_mark.line + 1, entry.start_mark.column + 1) for entry in entries]

    def _margin(self, name: str, code: str) -> int:
        """Return how many columns of the file precede the text of the block `name`, read as `code`."""
        spot = self._spot(name)
        return 0 if spot is None else spot.margin(self.text, code)

    def scripts(self) -> Iterator[Script]:
        """Yield the scripts and tests."""
        for name in SCRIPTS:
            node = content_node(self.root, self.kind, name)
            if getattr(node, "id", None) == "scalar" and node.value:
                yield Script(name, node.value, self.content_line(name) or 1)

    def _set(self, block: str, key: str, value: Any) -> YmlDocument:
        """Return the document with this value for `key` in `block`; see Document.set."""
        from bruscript.lang.yml.edit import set_value

        return set_value(self, block, key, value)

    def _remove(self, block: str, key: str) -> YmlDocument:
        """Return the document without the entries of this key in `block`."""
        from bruscript.lang.yml.edit import remove_entries

        return remove_entries(self, block, [key])

    def _set_text(self, block: str, content: str) -> YmlDocument:
        """Return the document with `content` as the text of `block`; see Document.set_text."""
        from bruscript.lang.yml.edit import set_text

        return set_text(self, block, content)

    def _add_secret(self, name: str) -> YmlDocument:
        """Return an environment's document with `name` among the secret variables."""
        from bruscript.lang.yml.edit import add_secret

        return add_secret(self, name)

    def _remove_secret(self, name: str) -> YmlDocument:
        """Return an environment's document without the secret variable `name`."""
        from bruscript.lang.yml.edit import remove_secret

        return remove_secret(self, name)


def _json(value: Any, kind: str) -> Any:
    return finite(read(unspelled(value), kind))


FORMAT = YmlDocument
