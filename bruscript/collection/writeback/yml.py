"""Variables in OpenCollection files: environments, and the collection's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from bruscript.collection.writeback.format import check_written
from bruscript.lang.document import Kind
from bruscript.lang.yml.document import YmlDocument


class YmlCollection:
    """The variables of an opencollection.yml; see VariablesFile."""

    unix: ClassVar[bool] = True
    _kind: Kind = "collection"
    _block = "vars:pre-request"

    def __init__(self, text: str, path: Path) -> None:
        self._document = YmlDocument.parsed(text, self._kind, str(path))

    def values(self) -> dict[str, Any]:
        """Return the enabled variables."""
        return self._values(self._document)

    def _values(self, document: YmlDocument) -> dict[str, Any]:
        return {entry["name"]: entry["value"] for entry in self._entries(document) if entry["enabled"]}

    def set(self, name: str, value: Any) -> None:
        """Set the variable to this value."""
        written = "" if value is None else value
        document = self._document.set(self._block, name, written)
        check_written(self._values(document), name, written)
        self._document = document

    def remove(self, name: str) -> None:
        """Take the variable out."""
        self._document = self._document.remove(self._block, name)

    def text(self) -> str:
        """Return the text."""
        return self._document.text

    def _entries(self, document: YmlDocument) -> list[dict[str, Any]]:
        variables: list[dict[str, Any]] = document.content().get("vars", {}).get("req", [])
        return variables


class YmlEnvironment(YmlCollection):
    """The variables of an environment's file; see VariablesFile."""

    _kind = "environment"
    _block = "vars"

    def set(self, name: str, value: Any) -> None:
        """Set the variable to this value, unless it is a secret."""
        if name not in self._secrets():
            super().set(name, value)

    def remove(self, name: str) -> None:
        """Take the variable out, from the secrets too."""
        super().remove(name)
        if name in self._secrets():
            self._document = self._document.remove_secret(name)

    def _entries(self, document: YmlDocument) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = document.content()["variables"]
        return entries

    def _secrets(self) -> frozenset[str]:
        entries = self._entries(self._document)
        return frozenset(entry["name"] for entry in entries if entry["secret"] and entry["enabled"])
