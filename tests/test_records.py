"""Records behave as dataclasses do."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from typing import Any

import pytest

from bruscript.records import record


def _made(decorator: Any, **options: Any) -> Any:
    class Book:
        """A book."""

        title: str
        pages: list[int] = field(default_factory=list, compare=False)
        secret: str = field(default="", repr=False)

    Book.__annotations__ = {"title": "str", "pages": "list[int]", "secret": "str"}
    return decorator(**options)(Book)


@pytest.mark.parametrize("options", [{}, {"frozen": True}, {"eq": False}, {"repr": False}])
def test_it_compares_shows_and_hashes_as_a_dataclass_does(options: dict[str, bool]) -> None:
    ours, theirs = _made(record, **options), _made(dataclass, **options)
    for one, same, other in [
        (made("Dune", [1], "x"), made("Dune", [2], secret="x"), made("Emma")) for made in (ours, theirs)
    ]:
        assert (one == same, one == other, one == "Dune") == (options != {"eq": False}, False, False)
        assert asdict(one) == {"title": "Dune", "pages": [1], "secret": "x"}
        assert replace(one, title="Emma").pages == [1]
    if options != {"repr": False}:
        assert repr(ours("Dune", [1], "x")) == repr(theirs("Dune", [1], "x"))
    assert [each.name for each in fields(ours)] == [each.name for each in fields(theirs)]
    if options == {}:
        for made in (ours, theirs):
            with pytest.raises(TypeError, match="unhashable"):
                hash(made("Dune"))
    if options == {"frozen": True}:
        assert hash(ours("Dune", [1])) == hash(ours("Dune", [2]))


def test_a_frozen_one_keeps_its_fields() -> None:
    for made in (_made(record, frozen=True), _made(dataclass, frozen=True)):
        book = made("Dune")
        for name in ("title", "pages", "author"):
            with pytest.raises(FrozenInstanceError, match=f"cannot assign to field '{name}'"):
                setattr(book, name, "x")
        with pytest.raises(FrozenInstanceError, match="cannot delete field 'title'"):
            del book.title
        assert book.title == "Dune"


def test_own_methods_stay() -> None:
    @record(frozen=True)
    class Word:
        """A word that is equal in any case."""

        text: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Word) and other.text.lower() == self.text.lower()

        def __hash__(self) -> int:
            return hash(self.text.lower())

        def __repr__(self) -> str:
            return self.text

    assert {Word("a"), Word("A")} == {Word("A")}
    assert repr(Word("b")) == "b"


def test_one_that_holds_itself_can_be_shown() -> None:
    @record
    class Node:
        """A node."""

        next: Any = None

    node = Node()
    node.next = node
    assert repr(node).endswith("Node(next=...)")


def test_no_url_shows_its_password_or_its_query() -> None:
    shown = repr(_made(record)("http://bob:hunter2hunter2@h.test/t?key=abcdefghij#x"))
    assert shown == "Book(title='http://…@h.test/t?…', pages=[])".replace("Book", shown.partition("(")[0])
