"""Variables in OpenCollection files: environments, and the collection's own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from bruscript.collection.writeback.format import check_written, without_null
from bruscript.lang.document import Kind
from bruscript.lang.yml.document import YmlDocument
from bruscript.lang.yml.edit import remove_entries, secret_names, set_values


class YmlCollection:
    """The variables of an opencollection.yml; see VariablesFile."""

    unix: ClassVar[bool] = True
    trims: ClassVar[bool] = False
    empty: ClassVar[str] = "info:\n  name: empty\n"
    _kind: Kind = "collection"
    _block = "vars:pre-request"

    def __init__(self, text: str, path: Path) -> None:
        self._document = YmlDocument.parsed(text, self._kind, str(path))

    def values(self) -> dict[str, Any]:
        """Return the enabled variables."""
        return self._values(self._document)

    def _values(self, document: YmlDocument) -> dict[str, Any]:
        return {entry["name"]: entry["value"] for entry in self._entries(document) if entry["enabled"]}

    def set(self, values: Mapping[str, Any]) -> Collection[str]:
        """Set the variables to these values, unless they are secrets."""
        secrets = self.secrets()
        written = without_null({name: value for name, value in values.items() if name not in secrets})
        if not written:
            return ()
        document = set_values(self._document, self._block, list(written.items()))
        check_written(self._values(document), written)
        self._document = document
        return written.keys()

    def remove(self, names: Sequence[str]) -> None:
        """Take the variables out; the names of secrets stay."""
        self._document = remove_entries(self._document, self._block, names)

    def text(self) -> str:
        """Return the text."""
        return self._document.text

    def _entries(self, document: YmlDocument) -> list[dict[str, Any]]:
        variables: list[dict[str, Any]] = document.content().get("vars", {}).get("req", [])
        return variables

    def secrets(self) -> frozenset[str]:
        """Return the names of the secret variables, enabled or not."""
        return secret_names(self._document, self._block)


class YmlEnvironment(YmlCollection):
    """The variables of an environment's file; see VariablesFile."""

    empty = "name: empty\n"
    _kind = "environment"
    _block = "vars"

    def _entries(self, document: YmlDocument) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = document.content()["variables"]
        return entries
