"""Comparisons and strategies that the tests of YAML files share."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from bruscript.lang.yml.scalars import spelling

_WORDS = [
    "true",
    "null",
    "---",
    "...",
    "é",
    "😀",
    "<<",
    "=",
    "0x1F",
    "1e3",
    ".inf",
    "{{x}}",
    "a\\b",
    "http://h/p?q=1",
]
_BLANKS = ["\n\n", "  ", "\n  ", "a b", "\r", "\x07", "\x85", "\u2028", "\x00", "\x1b", "\xa0", "x" * 30]
PIECES = st.sampled_from([*"ab:#- \n\t'\"{}[],&*!|>%@`?~0.1e_\\", *_WORDS, *_BLANKS])
TEXT = st.lists(PIECES, max_size=8).map("".join)
SCALAR = TEXT | st.none() | st.booleans() | st.sampled_from([0, -5, 1.5, 1e21, 1e-7, 123456789012])
KEY = st.sampled_from(["name", "value", "type", "code", "data", "disabled", "headers", "x", "y-z"]) | TEXT
TREE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3), max_leaves=12
)


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, with the types and spellings of their scalars."""
    if isinstance(one, dict):
        return (
            isinstance(other, dict)
            and one.keys() == other.keys()
            and all(same(one[k], other[k]) for k in one)
        )
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, (bool, str)) or isinstance(other, (bool, str)):
        return type(one) is type(other) and one == other
    return spelling(one) == spelling(other) and (one == other or (one != one and other != other))
