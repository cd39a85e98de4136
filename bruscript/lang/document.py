"""A parsed file: what the documents of both formats have in common."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any, ClassVar, Final, Literal, NamedTuple, TypeVar, get_args

from bruscript.lang.place import Place
from bruscript.option_values import check_choice, check_strings, text_of, wrong_value

Kind = Literal["request", "collection", "folder", "environment"]
"""The kinds of file."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

Format = Literal["bru", "yml"]
"""The formats: Bruno's own language, and OpenCollection's YAML."""

FORMATS: Final[tuple[Format, ...]] = get_args(Format)


class Finding(NamedTuple):
    """Something that is probably a mistake: the line, 1-based, the message, and the column, if it is known.

    `unread` means that nothing reads it, such as an unknown key: removing it would change nothing.
    """

    line: int
    message: str
    unread: bool = False
    column: int = 0


class Script(NamedTuple):
    """A script of a file: its block, the code, and the line, 1-based, on which the code begins."""

    block: str
    code: str
    line: int


D = TypeVar("D", bound="Document")


class Document(ABC):
    """The text of a file with its syntax tree.

    A document never changes: an edit gives another one. `format` is the format, `kind` the kind of file,
    `text` the file's text, `filename` its name as the caller gave it. Blocks have the same names in both
    formats, those of the `.bru` language: `vars`, `headers`, `script:pre-request`.

    Examples:
        >>> collection.find("health").document.to_json()["assertions"]
        [{'name': 'res.status', 'value': 'eq {{wanted}}', 'enabled': True}]
    """

    __slots__ = ("filename", "kind", "text")

    format: ClassVar[Format]

    def __init__(self, text: str, kind: Kind, filename: str | None = None) -> None:
        self.text = text
        self.kind: Kind = kind
        self.filename = filename

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.filename or self.kind}>"

    @staticmethod
    def from_json(data: dict[str, Any], kind: Kind = "request", *, format: Format = "bru") -> Document:
        """Make a document from the JSON that the reference's printer for `format` takes.

        Its text is what that printer writes, readable or not. Raises ValueError for what it cannot write, and
        for an unknown kind or format.

        Examples:
            >>> variable = {"name": "page", "value": "1", "enabled": True}
            >>> print(bruscript.Document.from_json({"vars": {"req": [variable]}}).text)
            vars:pre-request {
              page: 1
            }
        """
        if not isinstance(data, dict):
            raise wrong_value("data", "a dict", data)
        return document_class(format).printed(data, kind)

    @classmethod
    @abstractmethod
    def printed(cls, data: dict[str, Any], kind: Kind) -> Document:
        """Make a document of this format; see `from_json`."""

    @classmethod
    @abstractmethod
    def parsed(cls: type[D], text: str, kind: Kind, filename: str | None = None) -> D:
        """Parse a text of this format; see `parse`."""

    @classmethod
    def opened(cls: type[D], text: str, kind: Kind, filename: str | None = None) -> D:
        """Make the document of a text whose `content` is all that is wanted. Raises BruSyntaxError."""
        return cls.parsed(text, kind, filename)

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Return the JSON that the reference's parser gives for this text.

        Examples:
            >>> collection.find("health").document.to_json()["http"]["method"]
            'get'
        """

    @abstractmethod
    def content(self) -> dict[str, Any]:
        """Return what a run takes from the file, in the shape of `.bru` JSON whatever the format.

        Raises BruSyntaxError where that would leave out what the author has written to be sent.

        Examples:
            >>> collection.find("health").document.content()["meta"]["name"]
            'health'
        """

    @property
    def passed_over(self) -> Sequence[Finding]:
        """What `content`, once it has been called, has found that is not used as its author probably meant.

        Examples:
            >>> collection.find("health").document.passed_over
            []
        """
        return []

    def content_line(self, name: str) -> int | None:
        """Return the line, 1-based, on which the content of the block `name` begins.

        None without the block.

        Examples:
            >>> collection.find("health").document.content_line("assert")
            14
        """
        check_strings(name=name)
        return self._content_line(name)

    @abstractmethod
    def _content_line(self, name: str) -> int | None: ...

    def entry_places(self, name: str) -> list[Place]:
        """Return the place of each entry of the block `name`, disabled ones too.

        Examples:
            >>> collection.find("health").document.entry_places("assert")
            [Place(line=14, column=3)]
        """
        check_strings(name=name)
        return self._entry_places(name)

    @abstractmethod
    def _entry_places(self, name: str) -> list[Place]: ...

    def margin(self, name: str, code: str) -> int:
        """Return how many columns of the file precede the text of the block `name`, read as `code`.

        Examples:
            >>> script = next(collection.find("get user").document.scripts())
            >>> collection.find("get user").document.margin(script.block, script.code)
            2
        """
        check_strings(name=name, code=code)
        return self._margin(name, code)

    @abstractmethod
    def _margin(self, name: str, code: str) -> int: ...

    @abstractmethod
    def scripts(self) -> Iterator[Script]:
        """Yield the scripts and tests.

        Examples:
            >>> [script.block for script in collection.find("get user").document.scripts()]
            ['tests']
        """

    def with_text(self: D, text: str) -> D:
        """Return the document of another text, of the same kind and name. Raises BruSyntaxError.

        Examples:
            >>> document = collection.find("health").document
            >>> document.with_text(document.text.replace("/health", "/ready")).to_json()["http"]["url"]
            'http://shop.test/ready'
        """
        check_strings(text=text)
        return type(self).parsed(text, self.kind, self.filename)

    def set(self: D, block: str, key: str, value: Any) -> D:
        """Return the document with this value for `key` in the blocks named `block`, and no other change.

        The last entry of that key is changed, one that is missing is added. In blocks of variables the value
        may be a number, boolean, dict or list; elsewhere it is text. Raises TypeError for another type,
        ValueError for what the format cannot write.

        Examples:
            >>> document = collection.find("health").document.set("headers", "accept", "text/plain")
            >>> document.to_json()["headers"]
            [{'name': 'accept', 'value': 'text/plain', 'enabled': True}]
        """
        check_strings(block=block, key=key)
        edited: D = self._set(block, key, value)
        return edited

    @abstractmethod
    def _set(self, block: str, key: str, value: Any) -> Any: ...

    def remove(self: D, block: str, key: str) -> D:
        """Return the document without the entries of this key in blocks named `block`.

        Examples:
            >>> print(bruscript.parse("headers {\\n  a: 1\\n  b: 2\\n}\\n").remove("headers", "a").text)
            headers {
              b: 2
            }
        """
        check_strings(block=block, key=key)
        edited: D = self._remove(block, key)
        return edited

    @abstractmethod
    def _remove(self, block: str, key: str) -> Any: ...

    def set_text(self: D, block: str, content: str) -> D:
        """Return the document with `content` as the text of the block named `block`, which may be new.

        Raises ValueError for an empty text, and for a block of another sort.

        Examples:
            >>> print(bruscript.parse("").set_text("docs", "Returns one user.").text)
            docs {
              Returns one user.
            }
        """
        check_strings(block=block, content=content)
        edited: D = self._set_text(block, content)
        return edited

    @abstractmethod
    def _set_text(self, block: str, content: str) -> Any: ...

    def add_secret(self: D, name: str) -> D:
        """Return an environment's document with `name` among the secret variables.

        Examples:
            >>> print(bruscript.parse("vars {\\n}\\n", "environment").add_secret("token").text)
            vars {
            }
            <BLANKLINE>
            vars:secret [
              token
            ]
        """
        check_strings(name=name)
        edited: D = self._add_secret(name)
        return edited

    @abstractmethod
    def _add_secret(self, name: str) -> Any: ...

    def remove_secret(self: D, name: str) -> D:
        """Return an environment's document without the secret variable `name`.

        Examples:
            >>> environment = bruscript.parse("vars:secret [\\n  token,\\n  other\\n]\\n", "environment")
            >>> print(environment.remove_secret("token").text)
            vars:secret [
              other
            ]
        """
        check_strings(name=name)
        edited: D = self._remove_secret(name)
        return edited

    @abstractmethod
    def _remove_secret(self, name: str) -> Any: ...


def document_class(format: str) -> type[Document]:
    """Return the class of a format's documents; raises ValueError for an unknown format.

    Imported when it is first asked for: who has files of one format need not load the other's parser.
    """
    check_choice("format", format, FORMATS)
    cls: type[Document] = import_module(f"bruscript.lang.{format}.document").FORMAT
    return cls


def parse(
    text: str,
    kind: Kind = "request",
    *,
    format: Format = "bru",
    filename: str | os.PathLike[str] | None = None,
) -> Document:
    """Parse the text of a file of the given kind and format.

    `filename` is only for messages. Raises BruSyntaxError, and ValueError for an unknown kind or format.

    Examples:
        >>> bruscript.parse("get {\\n  url: http://shop.test\\n}\\n").to_json()
        {'http': {'method': 'get', 'url': 'http://shop.test'}}
    """
    check_strings(text=text)
    check_kind(kind)
    name = None if filename is None else text_of("filename", filename)
    return document_class(format).parsed(text, kind, name)


def check_kind(kind: str) -> None:
    """Raise ValueError for a kind that does not exist, TypeError for what is not a string."""
    check_choice("kind", kind, KINDS)
