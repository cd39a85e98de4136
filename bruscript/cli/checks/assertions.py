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


def check_assertions(document: Document, content: dict[str, Any]) -> Iterator[Problem]:
    """Find values that begin with what looks like an operator, but is not: they are compared whole."""
    for entry in content.get("assertions") or ():
        value = entry.get("value")
        first, _, rest = value.strip().partition(" ") if isinstance(value, str) else ("", "", "")
        meant = _meant(first, rest.strip())
        if meant:
            name = str(entry.get("name"))
            yield Problem(
                place_of(document, ("assert", name), ("assert", None)),
                f"`{first}` is not an operator, so `{name}` is compared with the text `{value.strip()}`; "
                f"did you mean `{meant}`?",
            )


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
