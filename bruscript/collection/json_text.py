"""Where the parts of a JSON text are."""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple

_SPACE: Final = re.compile(r"[ \t\n\r]*")


class Member(NamedTuple):
    """A member of an object, by its name, or of a list, by its index: offsets of name, value and end."""

    key: str | int
    start: int
    value: int
    end: int


def skip_space(text: str, at: int) -> int:
    """Return the offset of the first character from `at` on that is not white space."""
    match = _SPACE.match(text, at)
    return match.end() if match else at


def members(text: str, at: int) -> list[Member]:
    """Return the members of the object or list that begins at the offset `at` of a valid JSON text."""
    decoder = json.JSONDecoder()
    result: list[Member] = []
    is_object, end = text[at] == "{", at + 1
    while True:
        start = value = skip_space(text, end)
        if text[start] in "}]":
            return result
        key: str | int = len(result)
        if is_object:
            key, value = decoder.raw_decode(text, start)
            value = skip_space(text, skip_space(text, value) + 1)
        end = decoder.raw_decode(text, value)[1]
        result.append(Member(key, start, value, end))
        end = skip_space(text, end)
        if text[end] == ",":
            end += 1
