"""The order in which the reference runs folders and requests."""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# ASCII as the Unicode collation algorithm orders it by default; letters follow, whatever their case.
_PUNCTUATION = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789"
_RANKS = {char: rank for rank, char in enumerate(_PUNCTUATION)}
_LETTERS = len(_RANKS)
# After which of these the other characters of a category sort: dashes after the dash, emoji after signs.
_BEHIND = dict(
    pair.split("=", 1)
    for pair in ["Pc=_", "Pd=-", 'Pi="', 'Pf="', "Ps=}", "Pe=}", "Po=%", "Sk=^", "Sm=~", "So=~", "Sc=$"]
) | dict.fromkeys(("Zs", "Zl", "Zp", "Cc"), " ")
_BASES = {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe"}
_BETWEEN = {"ð": "d\uffff", "þ": "z\uffff"}


def collation_key(text: str) -> tuple[object, ...]:
    """Return a sort key in the order of JavaScript's `localeCompare`: letters first, then accents, then case.

    Signs come before digits, these before letters. Exact for ASCII and for accented Latin; other scripts, and
    signs of a kind among themselves, are ordered by code point.
    """
    letters: list[tuple[int, str]] = []
    accents: list[str] = []
    cases: list[int] = []
    for char in unicodedata.normalize("NFKD", text):
        category = unicodedata.category(char)
        if category in ("Mn", "Me", "Cf"):
            # An accent; what only chooses how an emoji looks is one too, which changes little.
            if accents:
                accents[-1] += char
            continue
        folded = char.casefold()
        for part in _BASES.get(folded, folded):
            letters.append(_primary(part, category))
            accents.append("" if folded not in _BASES else char.lower())
            cases.append(int(char != folded))
    return tuple(letters), tuple(accents), tuple(cases), text


def _primary(char: str, category: str) -> tuple[int, str]:
    rank = _RANKS.get(char)
    if rank is not None:
        return rank, ""
    if category == "Nd":
        return _RANKS[str(unicodedata.decimal(char))], ""
    behind = _BEHIND.get(category)
    return (_LETTERS, _BETWEEN.get(char, char)) if behind is None else (_RANKS[behind], char)


def sort_folders(folders: list[T], name: Callable[[T], str], seq: Callable[[T], float | None]) -> list[T]:
    """Folders by name, and those with a whole positive `seq` put at that place (1-based) among them.

    Folders with the same place stay together, in the order of their names.
    """
    by_name = sorted(folders, key=lambda folder: collation_key(name(folder)))
    placed: list[tuple[int, T]] = []
    slots: list[list[T]] = []
    for folder in by_name:
        place = seq(folder)
        if place is not None and math.isfinite(place) and place > 0 and place == int(place):
            placed.append((int(place), folder))
        else:
            slots.append([folder])
    placed.sort(key=lambda item: item[0])
    for place, folder in placed:
        at = place - 1
        if at < len(slots) and seq(slots[at][0]) == place:
            slots[at].append(folder)
        else:
            slots.insert(at, [folder])
    return [folder for slot in slots for folder in slot]


def sort_requests(requests: list[T], seq: Callable[[T], float | None]) -> list[T]:
    """Requests by `seq`, stable; one without compares as equal to every other, as in the reference."""
    if all(seq(request) is not None for request in requests):
        return sorted(requests, key=lambda request: seq(request) or 0)

    def compare(a: T, b: T) -> int:
        left, right = seq(a), seq(b)
        if left is None or right is None:
            return 0
        return (left > right) - (left < right)

    return sorted(requests, key=functools.cmp_to_key(compare))
