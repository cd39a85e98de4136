"""Secrets that occur in any text: short ones, words, numbers. They are found as separate words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bruscript.masking.spellings import escapes
from bruscript.masking.words import stands_alone

_SHORTEST_SPELT = 4
_SHORTEST_CUT = 6
_CUT = re.compile(r"…|\.\.\.")


class Ordinary:
    """Values that are ordinary text, their case as it is."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[str, ...]] = {}
        self._written: frozenset[str] = frozenset()
        self._beginnings: frozenset[str] = frozenset()
        self._longest = 0
        self._stale = False

    def __bool__(self) -> bool:
        return bool(self._values)

    def add(self, value: str) -> None:
        """Find this one too, and how URLs and JSON write it."""
        # An escape in a URL is as likely to be another's, if the value is one character, or signs alone.
        spelt = len(value) >= _SHORTEST_SPELT or (len(value) > 1 and any(map(str.isalnum, value)))
        written = [value, *(escapes(value) if spelt else ())]
        self._values[value] = tuple(dict.fromkeys(written))
        self._stale = True

    def discard(self, value: str) -> None:
        """Stop finding this one."""
        self._stale = self._values.pop(value, None) is not None or self._stale

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Find one as a separate word in `text`, or its beginning before the mark of a text that was cut."""
        if self._stale:
            self._catch_up()
        for value in self._written:
            at = text.find(value)
            while at >= 0:
                end = at + len(value)
                if stands_alone(text, at, end):
                    yield at, end
                at = text.find(value, end)
        if self._longest and ("…" in text or "..." in text):
            yield from self._cut(text)

    def _cut(self, text: str) -> Iterator[tuple[int, int]]:
        for match in _CUT.finditer(text):
            end = match.start()
            for length in range(min(self._longest, end), _SHORTEST_CUT - 1, -1):
                if text[end - length : end] in self._beginnings and stands_alone(text, end - length, end):
                    yield end - length, end
                    break

    def _catch_up(self) -> None:
        self._written = frozenset(text for written in self._values.values() for text in written)
        self._beginnings = frozenset(
            value[:length] for value in self._values for length in range(_SHORTEST_CUT, len(value))
        )
        self._longest = max(map(len, self._beginnings), default=0)
        self._stale = False
