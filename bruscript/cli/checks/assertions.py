"""Checks the operators of assertions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from bruscript.cli.checks.problem import Problem, place_of
from bruscript.lang import Document
from bruscript.lang.choices import OPERATORS, UNARY_OPERATORS, nearest_word

_ELSEWHERE: Final = {
    **dict.fromkeys(("equals", "equal", "==", "===", "=", "toEqual", "toBe"), "eq"),
    **dict.fromkeys(("!=", "!==", "<>", "ne", "notEquals", "notEqual"), "neq"),
    ">": "gt",
    ">=": "gte",
    "<": "lt",
    "<=": "lte",
    "ge": "gte",
    "le": "lte",
    **dict.fromkeys(("includes", "include", "has"), "contains"),
    **dict.fromkeys(("match", "regex", "=~"), "matches"),
    "not_in": "notIn",
    "len": "length",
}
"""Words and signs of other languages and tools, and the operators that they mean."""
_ALL: Final = (*OPERATORS, *UNARY_OPERATORS)


def check_assertions(document: Document, content: dict[str, Any]) -> Iterator[Problem]:
    """Find values that begin with what looks like an operator, but is not: they are compared whole."""
    for at, entry in enumerate(content.get("assertions") or ()):
        value = entry.get("value")
        first, _, rest = value.strip().partition(" ") if isinstance(value, str) else ("", "", "")
        meant = _meant(first, rest.strip())
        if meant is None and document.format == "yml":
            # The operator has a key of its own, so that it cannot be meant as a part of the value.
            meant = _misspelt(first)
        if meant is not None:
            name = str(entry.get("name"))
            place = place_of(document, ("assert", name), ("assert", None))
            if document.format == "yml":
                place = document.entry_places("assert")[at]
            yield Problem(
                place,
                f"`{first}` is not an operator, so `{name}` is compared with the text `{value.strip()}`"
                + (f"; did you mean `{meant}`?" if meant else f". Write one of {', '.join(_ALL)}."),
            )


def _misspelt(word: str) -> str | None:
    """Return the operator that is nearest to an unknown one, or an empty text; None for a known one."""
    if word in ("", "undefined", "null", *_ALL) or "{{" in word:
        return None
    return nearest_word(word, _ALL, 0.5) or ""


def _meant(word: str, operand: str) -> str | None:
    """Return the operator that is meant by `word`, if one is."""
    if word in OPERATORS or word in UNARY_OPERATORS:
        return None
    lower = word.lower()
    for known in UNARY_OPERATORS if not operand else OPERATORS:
        if lower == known.lower():
            return known
    if not operand:
        return None
    if word in _ELSEWHERE:
        return _ELSEWHERE[word]
    longer = tuple(known for known in OPERATORS if len(known) > 4)
    return nearest_word(word, longer, 0.8) if len(word) > 4 else None
