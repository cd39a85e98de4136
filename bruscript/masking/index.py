"""Finds many secrets in a text at once, in time that does not depend on how many they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bruscript.masking.spellings import Spelling, fold
from bruscript.masking.words import is_phrase

GRAM, STEP = 5, 4
"""Every STEP characters of a text the next GRAM are looked up: no 8 consecutive ones escape that."""
_STRIDES = (64, 8, 1)
_MOST_PLACES = 8
_MOST_LOOKS = 200_000
"""How many comparisons a text may take, if it is not long; then places where a secret may be are masked."""

_LONG_PHRASE = 24
"""Characters of a secret that consists of words and that our own messages would not have by chance."""


class Index:
    """The spellings of secrets, by short pieces of them.

    Of a text only every fourth place is looked at, and of a spelling so many pieces are kept that each
    stretch of `least` characters has one at such a place, wherever it begins.
    """

    def __init__(self) -> None:
        self._grams: dict[str, list[Spelling]] = {}
        self.longest = 0
        """Characters of the longest spelling that there has been."""

    def add(self, spellings: Iterable[Spelling]) -> None:
        """Find these too."""
        for spelling in spellings:
            self.longest = max(self.longest, len(spelling.text))
            for gram in _grams(spelling):
                self._grams.setdefault(gram, []).append(spelling)

    def remove(self, spellings: Iterable[Spelling]) -> None:
        """Find these no more."""
        for spelling in spellings:
            for gram in _grams(spelling):
                others = [other for other in self._grams[gram] if other is not spelling]
                if others:
                    self._grams[gram] = others
                else:
                    del self._grams[gram]

    def spans(self, text: str, prose: bool = False) -> list[tuple[int, int]]:
        """Find secrets in `text`, or `least` or more characters of one; not in order.

        In `prose`, words are not part of a secret, and one that consists of words has to be long.
        """
        grams = self._grams
        if not grams:
            return []
        folded = fold(text)
        hits = [at for at in range(0, len(folded) - GRAM + 1, STEP) if folded[at : at + GRAM] in grams]
        return list(self._around(folded, hits, prose)) if hits else []

    def _around(self, folded: str, hits: list[int], prose: bool) -> Iterator[tuple[int, int]]:
        covered = looked = 0
        most = max(_MOST_LOOKS, len(folded) // 8)
        for at in hits:
            # The part of another secret that this leaves visible is shorter than a piece with its own hit.
            if at + GRAM <= covered:
                continue
            spellings = self._grams[gram := folded[at : at + GRAM]]
            looked += len(spellings)
            if looked > most:
                # Text made of the beginnings of many secrets: whatever may belong to one is taken for one.
                covered = at + self.longest
                yield max(0, at - self.longest), covered
                continue
            for spelling in spellings:
                for offset in _places(gram, spelling.text):
                    start, end = _common(folded, at, spelling.text, offset)
                    if end - start < spelling.least or (
                        spelling.plain and _is_words(folded, start, end, spelling, prose)
                    ):
                        continue
                    end = _padding(folded, end) if spelling.padded else end
                    covered = max(covered, end)
                    yield start, end


def _places(gram: str, text: str) -> Iterator[int]:
    """Yield where `gram` is in a secret; of one that repeats itself the first few places do."""
    offset = text.find(gram)
    for _ in range(_MOST_PLACES):
        if offset < 0:
            return
        yield offset
        offset = text.find(gram, offset + 1)


def _grams(spelling: Spelling) -> set[str]:
    """Return the pieces to look up: of each run of them, one after the other at STEP, every so many-th."""
    text = spelling.text
    each = max(1, (spelling.least - GRAM + 1) // STEP)
    return {text[at : at + GRAM] for at in range(len(text) - GRAM + 1) if at // STEP % each == 0}


def _common(text: str, at: int, other: str, offset: int) -> tuple[int, int]:
    """Return the longest stretch of `text` around `at` that is that of `other` around `offset`."""
    start, end = at, at + GRAM
    shift = offset - at
    first, last = max(0, -shift), min(len(text), len(other) - shift)
    for step in _STRIDES:
        while (
            start - step >= first
            and text[start - step : start] == other[start - step + shift : start + shift]
        ):
            start -= step
        while end + step <= last and text[end : end + step] == other[end + shift : end + step + shift]:
            end += step
    return start, end


def _is_words(text: str, start: int, end: int, spelling: Spelling, prose: bool) -> bool:
    """Return whether the stretch is mere words that the secret has in it too, and not the secret."""
    stretch = text[start:end]
    if prose and is_phrase(stretch):
        return len(stretch) < max(_LONG_PHRASE, len(spelling.text))
    if stretch.strip("-_./ :@") not in spelling.words:
        return False
    around = text[start - 1 : start] + text[end : end + 1]
    return not any(char.isalnum() for char in around)


def _padding(text: str, end: int) -> int:
    """Return where base64 ends of which all that is certain ends at `end`."""
    if end < len(text) and (text[end].isalnum() or text[end] in "+/-_"):
        end += 1
    while end < len(text) and text[end] == "=":
        end += 1
    return end
