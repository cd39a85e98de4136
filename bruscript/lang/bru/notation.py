"""How a value can be written after `key: `, and what no way of writing it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bruscript.lang import js
from bruscript.lang.values import variable_text


def notations(value: Any, newline: str) -> Iterator[str]:
    """Yield the texts that may read back as `value`; the one that Bruno writes comes first."""
    text = variable_text(value)
    if "\n" not in text:
        yield text
    # Reading removes four blanks, whatever the margin.
    yield newline.join(["'''", *[f"    {line}" for line in text.split("\n")], "  '''"])
    if isinstance(value, (dict, list)):
        yield js.stringify(value, None)


def loss(value: Any) -> str | None:
    """Return what a text would lose in every notation, or None."""
    if not isinstance(value, str):
        return None
    if js.trim(value) != value:
        return "blanks and line ends at its start or end would be lost"
    if "\r" in value:
        return "its carriage returns would be lost"
    return "the three quotes in it would end it" if "'''" in value else None
