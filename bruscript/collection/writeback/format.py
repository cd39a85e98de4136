"""The interface of a file format for write-back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

from bruscript.collection.writeback.changes import same


class VariablesFile(Protocol):
    """The variables in the text of a file, and their edits, which leave everything else as it is.

    It is made of the text, if `unix` with line ends of Unix, and the file's path, which is only for messages.
    Raises BruSyntaxError or BruscriptError for a text that is not in the format.
    """

    unix: ClassVar[bool]

    def __init__(self, text: str, path: Path) -> None: ...

    def values(self) -> dict[str, Any]:
        """Return the enabled variables by name, read from the current text.

        Of a secret it is whatever the file has.
        """

    def set(self, name: str, value: Any) -> None:
        """Set the variable to this value; add it if it is missing. The value of a secret is not written.

        Raises ValueError or TypeError where the text would not read back as this value; then nothing has
        changed. Only null may read back as an empty text.
        """

    def remove(self, name: str) -> None:
        """Take the variable out; raises as `set` does."""

    def text(self) -> str:
        """Return the file's text with all edits."""


def check_written(values: Mapping[str, Any], name: str, value: Any) -> None:
    """Raise ValueError unless `values`, read from an edited text, have the value under the name."""
    if name not in values:
        raise ValueError("no variable in a file can have this name")
    if not same(values[name], value):
        raise ValueError("it does not read back as it is")
