"""Word lists and patterns, as @faker-js/faker has them for English.

The build takes them out of the library that scripts can require (`libraries/words.mjs`) and writes them
beside its bundle. A pattern has expressions in braces:
`{{location.city_prefix}} {{person.first_name.generic}}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from bruscript.dynamic.choice import integer, one

_LISTS: Final = Path(__file__).parents[1] / "sandbox" / "bundles" / "words.json"
_EXPRESSION: Final = re.compile(r"\{\{([\w.]+)(?:\((.*?)\))?\}\}")


@cache
def lists() -> dict[str, list[Any]]:
    """Return all lists, by name. Raises OSError where bruscript was not built."""
    content: dict[str, list[Any]] = json.loads(_LISTS.read_bytes())
    return content


def word(name: str) -> str:
    """Return a random text of a list of texts."""
    text: str = one(lists()[name])
    return text


def of(name: str) -> Callable[[], str]:
    """Return what draws from a list."""
    return lambda: word(name)


def fill(pattern: str, makers: Mapping[str, Callable[[], str]]) -> str:
    """Replace each expression: a call with arguments, the name of a maker, or that of a list."""

    def value(match: re.Match[str]) -> str:
        name, argument = match.groups()
        if argument is not None:
            return _call(name, json.loads(argument))
        return makers[name]() if name in makers else word(name)

    return _EXPRESSION.sub(value, pattern)


def _call(name: str, argument: Any) -> str:
    if name == "number.int":
        return str(integer(argument["min"], argument["max"]))
    assert name == "helpers.arrayElement", name
    return str(one(argument))
