"""Keeps secrets out of whatever is written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

MASKED = "*****"


class Mask:
    """A growing set of secret values, and their removal from text and JSON.

    Values are replaced wherever they occur, the longest first. Values shorter than `shortest` characters are
    not masked: they would blank ordinary text and are no secrets.
    """

    shortest = 3

    def __init__(self, values: Iterable[Any] = ()) -> None:
        self._values: list[str] = []
        self.add(*values)

    def __repr__(self) -> str:
        return f"<Mask of {len(self._values)} values>"

    def add(self, *values: Any) -> None:
        """Mask these values too; None, booleans and what is too short are passed over."""
        known = set(self._values)
        for value in values:
            if value is None or isinstance(value, (bool, dict, list)):
                continue
            text = str(value)
            if len(text) >= self.shortest:
                known.add(text)
        self._values = sorted(known, key=len, reverse=True)

    def text(self, text: str) -> str:
        """`text` with every secret replaced."""
        for value in self._values:
            if value in text:
                text = text.replace(value, MASKED)
        return text

    def json(self, value: Any) -> Any:
        """A copy of a JSON value in which every string, key included, is masked."""
        if not self._values:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.json(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.json(item) for item in value]
        return value
