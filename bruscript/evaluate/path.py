"""Dotted paths into values, as the reference's templates write them: `a.b[0].c`, `a["b c"]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from bruscript.lang.js import UNDEFINED

_DEEP: Final = re.compile(r"""\.|\[(?:[^\[\]]*|(["'])(?:(?!\1)[^\\]|\\.)*?\1)\]""", re.DOTALL)
_STEP: Final = re.compile(
    r"""(?P<name>[^.\[\]]+)
      | \[(?:(?P<index>-?\d+(?:\.\d+)?)|(?P<quote>["'])(?P<quoted>(?:(?!(?P=quote))[^\\]|\\.)*?)(?P=quote))\]
      | (?=(?:\.|\[\])(?:\.|\[\]|$))""",
    re.VERBOSE | re.DOTALL,
)


def lookup(values: Mapping[str, Any], path: str) -> Any:
    """Return the value at `path`, or UNDEFINED.

    A key that is written like the path comes first.
    """
    if path in values:
        return values[path]
    if not _DEEP.search(path):
        return UNDEFINED
    steps = split(path)
    value: Any = values
    for step in steps:
        value = _child(value, step)
        if value is UNDEFINED:
            return UNDEFINED
    return value if steps else UNDEFINED


@lru_cache(maxsize=4096)
def split(path: str) -> tuple[str, ...]:
    """Return the steps of a path: `a.b[0]["c d"]` has the steps a, b, 0 and `c d`."""
    steps = [""] if path.startswith(".") else []
    for match in _STEP.finditer(path):
        if match["quote"]:
            steps.append(re.sub(r"\\(\\)?", r"\1", match["quoted"]))
        else:
            steps.append(match["name"] or match["index"] or "")
    return tuple(steps)


def _child(value: Any, step: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(step, UNDEFINED)
    if isinstance(value, (list, str)):
        if step == "length":
            return len(value)
        if step.isascii() and step.isdigit() and str(int(step)) == step and int(step) < len(value):
            return value[int(step)]
    return UNDEFINED
