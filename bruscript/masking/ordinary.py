"""Secrets that occur in any text: short ones, words, numbers. They are found as separate words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from bruscript.masking.spellings import escapes
from bruscript.masking.words import stands_alone

_SHORTEST_SPELT = 4
_SHORTEST_CUT = 6
_MOST_LOOKS = 4
_CUT = re.compile(r"…|\.\.\.")


def _words(value: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield where `value` stands alone in `text`."""
    at, looks = text.find(value), 0
    while at >= 0 and looks < _MOST_LOOKS:
        end = at + len(value)
        if stands_alone(text, at, end):
            yield at, end
        at, looks = text.find(value, end), looks + 1
    if at >= 0:
        # Texts may have a short value at every other place, nearly always inside a word.
        for match in _not_inside_words(value).finditer(text, at):
            if stands_alone(text, *match.span()):
                yield match.span()


@lru_cache(maxsize=512)
def _not_inside_words(value: str) -> re.Pattern[str]:
    """Return a pattern that leaves out most places of `value` that do not stand alone, and no others."""
    escaped = re.escape(value)
    before = rf"(?:(?<!\w{escaped})|(?<=%[0-9A-Fa-f]{{2}}{escaped})|(?<=\\[nrtbfv]{escaped}))"
    parts = [escaped, r"(?!\w)" if _is_word(value[-1]) else "", before if _is_word(value[0]) else ""]
    return re.compile("".join(parts))


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


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
            yield from _words(value, text)
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
