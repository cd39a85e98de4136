"""The interface of a file format for write-back."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol


class VariablesFile(Protocol):
    """The variables in the text of a file, and their edits, which leave everything else as it is.

    It is made of the text, with line ends of Unix, and the file's path, which is only for messages. Raises
    BruSyntaxError or BruscriptError for a text that is not in the format.
    """

    def __init__(self, text: str, path: Path) -> None: ...

    def values(self) -> dict[str, Any]:
        """Return the enabled variables by name, read from the current text.

        Of a secret it is whatever the file has.
        """

    def set(self, name: str, value: Any) -> None:
        """Set the variable to this value; add it if it is missing. The value of a secret is not written.

        Raises ValueError or TypeError for a value that the format cannot hold; then nothing has changed.
        """

    def remove(self, name: str) -> None:
        """Take the variable out; raises as `set` does."""

    def text(self) -> str:
        """Return the file's text with all edits."""


def data_type(value: Any) -> str | None:
    """Return the type that is written beside a value; None for a text."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return "object" if isinstance(value, (dict, list)) else None
