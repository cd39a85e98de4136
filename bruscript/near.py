"""The known word that was probably meant by a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable

_SHORT = 5
"""Up to this length, a third of the letters in common says little: `dev` is not `env`."""


def near_word(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the word of `known` that is most like `word`, if one is like it.

    `cutoff` is the least ratio of difflib. A short word must also begin like the other, or have no more
    than one letter too many, missing, exchanged or swapped with the next.
    """
    import difflib

    matches = difflib.get_close_matches(word, known, 3, cutoff)
    return next((match for match in matches if _is_like(word, match)), None)


def _is_like(word: str, other: str) -> bool:
    short, long = sorted((word.lower().lstrip("-$"), other.lower().lstrip("-$")), key=len)
    if short == long or len(short) > _SHORT:
        return True
    if len(short) > 2:
        return long.startswith(short[: max(len(short) - 1, 3)]) or _differ_by_one(short, long)
    # Of two letters, one cannot be another.
    return len(short) == 2 and len(long) != 2 and _differ_by_one(short, long)


def _differ_by_one(short: str, long: str) -> bool:
    """Return whether one letter makes the difference; two that are swapped count as one."""
    start = next((at for at, letter in enumerate(short) if letter != long[at]), len(short))
    rest, other = short[start:], long[start:]
    if len(rest) != len(other):
        return rest == other[1:]
    return rest[1:] == other[1:] or (rest[2:] == other[2:] and rest[:2] == other[1::-1])
