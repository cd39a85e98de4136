"""Variables in `.bru` files: environments, and the collection's own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from bruscript.collection.writeback.format import check_written, without_null
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.document import Kind


class BruCollection:
    """The variables of a collection.bru; see VariablesFile."""

    unix: ClassVar[bool] = False  # in quotes, the reference reads the "\r" of a line end as part of the value
    trims: ClassVar[bool] = True
    empty: ClassVar[str] = ""
    _kind: Kind = "collection"
    _block = "vars:pre-request"
    _local: ClassVar[bool] = True
    """Whether `@` marks a local variable, instead of being part of the name."""

    def __init__(self, text: str, path: Path) -> None:
        self._document = BruDocument.parsed(text, self._kind, str(path))

    def values(self) -> dict[str, Any]:
        """Return the enabled variables."""
        return self._values(self._document)

    def _values(self, document: BruDocument) -> dict[str, Any]:
        return {
            entry["name"]: entry.get("value") for entry in self._entries(document) if entry.get("enabled")
        }

    def secrets(self) -> frozenset[str]:
        """Return no names: the collection's own variables are not secret."""
        return frozenset()

    def set(self, values: Mapping[str, Any]) -> Collection[str]:
        """Set the variables to these values."""
        for name, value in values.items():
            _check_text(name)
            _check_text(value)
        # Imported here: most runs write nothing.
        from bruscript.lang.bru.edit import set_values

        written = without_null(values)
        keys = self._keys(written)
        pairs = [(keys[name][-1] if keys[name] else name, value) for name, value in written.items()]
        document = set_values(self._document, self._block, pairs)
        check_written(self._values(document), written)
        self._document = document
        return written.keys()

    def remove(self, names: Sequence[str]) -> None:
        """Take the variables out."""
        from bruscript.lang.bru.edit import remove_pairs

        if self._local and len({name.lstrip("@") for name in names}) < len(names):
            raise ValueError("two of the names may be those of the same variable")
        keys = [key for keys in self._keys(names).values() for key in keys]
        self._document = remove_pairs(self._document, self._block, keys)

    def text(self) -> str:
        """Return the text."""
        return self._document.text

    def _entries(self, document: BruDocument) -> list[dict[str, Any]]:
        variables = document.to_json().get("vars") or {}
        return _named(variables.get("req"))

    def _keys(self, names: Iterable[str]) -> dict[str, list[str]]:
        """Return for each name how the enabled pairs of it are written: with `@` or without."""
        keys: dict[str, list[str]] = {name: [] for name in names}
        for block in self._document.blocks:
            if block.name == self._block:
                for pair in getattr(block, "pairs", ()):
                    same_name = keys.get(pair.name if self._local else pair.key)
                    if same_name is not None and pair.enabled and pair.key not in same_name:
                        same_name.append(pair.key)
        return keys


class BruEnvironment(BruCollection):
    """The variables of an environment's file; see VariablesFile."""

    unix = True
    _kind = "environment"
    _block = "vars"
    _local = False

    def set(self, values: Mapping[str, Any]) -> Collection[str]:
        """Set the variables to these values, unless they are secrets."""
        secrets = self.secrets()
        return super().set({name: value for name, value in values.items() if name not in secrets})

    def _entries(self, document: BruDocument) -> list[dict[str, Any]]:
        return _named(document.to_json().get("variables"))

    def secrets(self) -> frozenset[str]:
        """Return the names of the secrets."""
        return frozenset(entry["name"] for entry in self._entries(self._document) if entry.get("secret"))


def _named(entries: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Return the entries that have a name: a pair `__proto__` comes without, as in the reference."""
    return [entry for entry in entries or () if "name" in entry]


def _check_text(text: Any) -> None:
    """Raise ValueError for half a character, which no UTF-8 file can hold."""
    if isinstance(text, str):
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError(
                "it has half of a character (a lone surrogate), which UTF-8 cannot encode"
            ) from None
