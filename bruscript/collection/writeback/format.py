"""The interface of a file format for write-back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

from bruscript.collection.writeback.changes import same


class VariablesFile(Protocol):
    """The variables in the text of a file, and their edits, which leave everything else as it is.

    It is made of the text, if `unix` with line ends of Unix, and the file's path, which is only for messages.
    Raises BruSyntaxError or BruscriptError for a text that is not in the format.
    """

    unix: ClassVar[bool]
    trims: ClassVar[bool]
    """Whether the format has no value with blanks or line ends around it."""

    empty: ClassVar[str]
    """The text of a file without any variables."""

    def __init__(self, text: str, path: Path) -> None: ...

    def values(self) -> dict[str, Any]:
        """Return the enabled variables by name, read from the current text.

        Of a secret it is whatever the file has.
        """

    def secrets(self) -> frozenset[str]:
        """Return the names of the secrets, enabled or not."""

    def set(self, values: Mapping[str, Any]) -> Collection[str]:
        """Set the variables to these values, one after the other; add those that are missing.

        Return the names of those that the file has now; the value of a secret is not written. Raises
        ValueError or TypeError where the text would not read back as these values; then nothing has changed.
        Only null may read back as an empty text. Several at once may be refused where one after the other
        is not: the file is read again only once or twice.
        """

    def remove(self, names: Sequence[str]) -> None:
        """Take the variables out, one after the other; raises as `set` does.

        The name of a secret stays, so that a value that is set later is one, too.
        """

    def text(self) -> str:
        """Return the file's text with all edits."""


def check_written(values: Mapping[str, Any], written: Mapping[str, Any]) -> None:
    """Raise ValueError unless `values`, read from an edited text, have all that was written."""
    for name, value in written.items():
        if name not in values:
            raise ValueError("no variable in a file can have this name")
        if not same(values[name], value):
            raise ValueError("it does not read back as it is")


def without_null(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as they are written: null has no notation; as in the reference its text is empty."""
    return {name: "" if value is None else value for name, value in values.items()}
