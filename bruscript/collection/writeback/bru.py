"""Variables in `.bru` files: environments, and the collection's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from bruscript.collection.writeback.format import check_written
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.document import Kind


class BruCollection:
    """The variables of a collection.bru; see VariablesFile."""

    unix: ClassVar[bool] = False  # in quotes, the reference reads the "\r" of a line end as part of the value
    _kind: Kind = "collection"
    _block = "vars:pre-request"

    def __init__(self, text: str, path: Path) -> None:
        self._document = BruDocument.parsed(text, self._kind, str(path))

    def values(self) -> dict[str, Any]:
        """Return the enabled variables."""
        return self._values(self._document)

    def _values(self, document: BruDocument) -> dict[str, Any]:
        return {
            entry["name"]: entry.get("value") for entry in self._entries(document) if entry.get("enabled")
        }

    def set(self, name: str, value: Any) -> None:
        """Set the variable to this value."""
        _check_text(name)
        _check_text(value)
        keys = self._keys(name)
        # null has no notation; as in the reference its text is empty.
        written = "" if value is None else value
        document = self._document.set(self._block, keys[-1] if keys else name, written)
        check_written(self._values(document), name, written)
        self._document = document

    def remove(self, name: str) -> None:
        """Take the variable out."""
        for key in self._keys(name):
            self._document = self._document.remove(self._block, key)

    def text(self) -> str:
        """Return the text."""
        return self._document.text

    def _entries(self, document: BruDocument) -> list[dict[str, Any]]:
        variables = document.to_json().get("vars") or {}
        return variables.get("req") or []

    def _keys(self, name: str) -> list[str]:
        """Return how the enabled pairs of this name are written: with `@` or without."""
        pairs = [
            pair
            for block in self._document.blocks
            if block.name == self._block
            for pair in getattr(block, "pairs", ())
        ]
        return list(dict.fromkeys(pair.key for pair in pairs if pair.enabled and pair.name == name))


class BruEnvironment(BruCollection):
    """The variables of an environment's file; see VariablesFile."""

    unix = True
    _kind = "environment"
    _block = "vars"

    def set(self, name: str, value: Any) -> None:
        """Set the variable to this value, unless it is a secret."""
        if name not in self._secrets():
            super().set(name, value)

    def remove(self, name: str) -> None:
        """Take the variable out, from the list of secrets too."""
        super().remove(name)
        if name in self._secrets():
            self._document = self._document.remove_secret(name)

    def _entries(self, document: BruDocument) -> list[dict[str, Any]]:
        return document.to_json().get("variables") or []

    def _secrets(self) -> frozenset[str]:
        return frozenset(entry["name"] for entry in self._entries(self._document) if entry.get("secret"))


def _check_text(text: Any) -> None:
    """Raise ValueError for half a character, which no UTF-8 file can hold."""
    if isinstance(text, str):
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError(
                "it has half of a character (a lone surrogate), which UTF-8 cannot encode"
            ) from None
