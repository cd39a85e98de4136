"""JSON that users write: syntax and shape are checked, and each mistake is named with its line and column."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

from bruscript.collection.json_text import members, skip_space
from bruscript.lang.place import KeyPath, place_at

Kind: TypeAlias = Literal["object", "entry", "list", "string", "text", "boolean"]
"""The expected type of a value. An entry is an object or null; a text may be a number, too."""

_KINDS: Final[dict[Kind, tuple[str, tuple[type, ...]]]] = {
    "object": ("an object", (dict,)),
    "entry": ("an object", (dict, type(None))),
    "list": ("a list", (list,)),
    "string": ("a string", (str,)),
    "text": ("a string", (str, int, float)),
    "boolean": ("true or false", (bool,)),
}
# Python reads no longer ones (`sys.set_int_max_str_digits`).
_LONG_NUMBER: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\d{4301,}', re.DOTALL)


class JsonMistake(ValueError):
    """A mistake in a JSON text, at `line` and `column`, 1-based."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}"


def parse(text: str) -> Any:
    """Return the value of a JSON text, strictly as JavaScript reads it. Raises JsonMistake."""
    try:
        return json.loads(text, parse_constant=refuse_constant)
    except json.JSONDecodeError as error:
        raise JsonMistake(f"not valid JSON: {error.msg}", error.lineno, error.colno) from None
    except _Constant as error:
        at = next(word.start() for word in _words(text) if word[0] == error.name)
        raise _mistake(text, at, f"not valid JSON: {error}") from None
    except RecursionError:
        raise JsonMistake("nested too deeply", 1, 1) from None
    except ValueError as error:
        number = next((word for word in _LONG_NUMBER.finditer(text) if word[0][0] != '"'), None)
        if number is None:
            raise JsonMistake(f"not valid JSON: {error}", 1, 1) from None
        raise _mistake(text, number.start(), f"a number of {len(number[0])} digits is too long") from None


def check(data: Any, shapes: Mapping[KeyPath, Kind], text: str) -> None:
    """Raise the first of `mistakes`."""
    for mistake, _ in mistakes(data, shapes, text):
        raise mistake


def mistakes(data: Any, shapes: Mapping[KeyPath, Kind], text: str) -> Iterator[tuple[JsonMistake, KeyPath]]:
    """Yield the parts of `data`, the value of `text`, that are of another kind, with their paths.

    `shapes` has the kinds by path; `*` means every item of a list. What is missing or null is in order,
    except as an item.
    """
    for pattern, kind in shapes.items():
        for path, value in _matches(data, pattern, ()):
            words, types = _KINDS[kind]
            if value is None and path and not isinstance(path[-1], int):
                continue
            if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
                message = f"expected {words}{_place(path)}, not {_describe(value)}"
                yield mistake_at(text, path, message), path


def mistake_at(text: str, path: KeyPath, message: str) -> JsonMistake:
    """Return a mistake at the value that `path` leads to in `text`, which is valid JSON."""
    at = skip_space(text, 1 if text.startswith("\ufeff") else 0)
    for key in path:
        # Of a key that repeats, the last one counts.
        at = next(member.value for member in reversed(members(text, at)) if member.key == key)
    return _mistake(text, at, message)


def _matches(value: Any, pattern: KeyPath, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    if not pattern:
        yield path, value
    elif pattern[0] == "*":
        for index, item in enumerate(value if isinstance(value, list) else ()):
            yield from _matches(item, pattern[1:], (*path, index))
    elif isinstance(value, dict) and pattern[0] in value:
        yield from _matches(value[pattern[0]], pattern[1:], (*path, pattern[0]))


def _mistake(text: str, at: int, message: str) -> JsonMistake:
    return JsonMistake(message, *place_at(text, at))


def _place(path: KeyPath) -> str:
    if not path:
        return ""
    words = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return f" in {words.removeprefix('.')}"


def _describe(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    words: dict[type, str] = {dict: "an object", list: "a list", str: "a string"}
    return words.get(type(value), "a number")


class _Constant(ValueError):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not JSON")
        self.name = name


def read_number(text: str) -> int:
    """Return a whole number of JSON; raises ValueError for more digits than Python reads."""
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"a number of {len(text)} digits is too long") from None


def refuse_constant(name: str) -> Any:
    """Reject NaN and Infinity, which Python reads as JSON and JavaScript does not. Raises ValueError."""
    raise _Constant(name)


def _words(text: str) -> Iterator[re.Match[str]]:
    """Return the words outside strings."""
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|-?[A-Za-z]+', text, re.DOTALL):
        if not match[0].startswith('"'):
            yield match
