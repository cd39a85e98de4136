"""Reads the plain part of YAML that Bruno and most people write, several times as fast as a whole parser.

That is: mappings and lists in block style with keys of the format, texts on one line, blocks of text that
begin with `|`, and comments on separate lines. Where a text has anything else, or is not YAML, the answer
is None, and the whole parser has to read it; what is answered is what that would have said.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final, NamedTuple

from bruscript.lang.yml.disguise import ODD
from bruscript.lang.yml.places import Spot
from bruscript.lang.yml.scalars import plain_value
from bruscript.lang.yml.schema import all_keys

_KEYS: Final = all_keys()
_LETTERS: Final = frozenset("abcdeghijklmopqrsuvwxyzABCDEGHIJKLMOPQRSUVWXYZ/_$()^;")
"""Characters that can only begin a plain text in YAML: not n, t, f as in `null`, `true`, `false`."""
_OTHERS: Final = frozenset("nNtTfF.+0123456789")
_USUAL: Final = bytes(range(0x20, 0x7F)) + b"\t\n"
_TAB: Final = re.compile(r"^ *\t", re.MULTILINE)


_NOTHING, _SCALAR, _BLOCK, _LIST, _MAPPING = range(5)


class Quick(NamedTuple):
    """The value of a text. `codes` has the places of scripts' code, by the id of their mapping."""

    value: dict[str, Any]
    codes: dict[int, Spot]


def quick(text: str) -> Quick | None:
    """Read a text; None for one that the whole parser has to read."""
    if unusual(text):
        return None
    root: dict[str, Any] = {}
    codes: dict[int, Spot] = {}
    # Open collections with their columns, the innermost last.
    columns = [0]
    stack: list[Any] = [root]
    # A key that has no value yet, in the innermost mapping.
    waiting = ""
    lines = text.split("\n")
    count = len(lines)
    at = -1
    while (at := at + 1) < count:
        parsed = _line(lines[at])
        if parsed is None:
            continue
        column, dash, key, sort, value = parsed
        if column < 0:
            return None
        if waiting:
            # A list may begin in the column of its key.
            if column > columns[-1] or (dash and column == columns[-1]):
                inner: Any = [] if dash else {}
                stack[-1][waiting] = inner
                stack.append(inner)
                columns.append(column)
            else:
                stack[-1][waiting] = None
            waiting = ""
        kind = list if dash else dict
        while columns[-1] > column or type(stack[-1]) is not kind:
            columns.pop()
            stack.pop()
            if not stack:
                return None
        if columns[-1] != column:
            return None
        owner: Any = stack[-1]
        if dash and key:
            column += 2
            item: dict[str, Any] = {}
            owner.append(item)
            stack.append(item)
            columns.append(column)
            owner = item
        elif key in owner and not dash:
            return None
        if sort == _NOTHING:
            owner[key] = None
            waiting = key
            continue
        if sort == _BLOCK:
            block = _block(lines, at, column, value)
            if block is None:
                return None
            if key == "code":
                codes[id(owner)] = Spot(at, len(lines[at]) - len(value), "|")
            value, at = block
        elif sort == _SCALAR:
            if key == "code":
                codes[id(owner)] = _spot(lines[at], at, column)
        else:
            # A new value, since the receiver may fill an empty list.
            value = [] if sort == _LIST else {}
        if key:
            owner[key] = value
        else:
            owner.append(value)
    return Quick(root, codes) if root else None


def unusual(text: str) -> bool:
    """Whether a text has line ends, control characters or tabs that only the whole parser knows."""
    if "\r" in text or ("\t" in text and _TAB.search(text)):
        return True
    # Bytes are searched a hundred times as fast as characters.
    return bool(text.encode().translate(None, _USUAL) if text.isascii() else ODD.search(text))


def _spot(line: str, at: int, column: int) -> Spot:
    begin = line.index(": ", column) + 2
    return Spot(at, begin, line[begin] if line[begin] in "'\"" else "")


_REFUSED: Final = (-1, False, "", _NOTHING, None)


@lru_cache(maxsize=4096)
def _line(line: str) -> tuple[int, bool, str, int, Any] | None:
    """Read one line: column, whether it has a dash, key, sort of value and value; None if it has nothing.

    Most lines of a collection are like others of it, so that they need not be read again.
    """
    rest = line.lstrip(" ")
    if not rest or rest[0] == "#":
        return None
    column = len(line) - len(rest)
    dash = rest[0] == "-"
    if dash:
        rest = rest[2:] if rest[1:2] == " " else ""
        if not rest or rest[0] in " #-":
            return _REFUSED
    key, colon, value = rest.partition(": ")
    if not colon and rest[-1] == ":":
        key = rest[:-1]
        return (column, dash, key, _NOTHING, None) if key in _KEYS else _REFUSED
    if not colon:
        if not dash:
            return _REFUSED
        key, value = "", rest
    elif key not in _KEYS or not value:
        return _REFUSED
    if value == "[]" or value == "{}":
        return column, dash, key, _LIST if value == "[]" else _MAPPING, None
    if value[0] == "|":
        return column, dash, key, _BLOCK, value
    scalar = one_line(value)
    return _REFUSED if scalar is _REFUSED else (column, dash, key, _SCALAR, scalar)


def one_line(value: str) -> Any:
    """Read a scalar on one line; `_REFUSED` for one that is not simple."""
    first = value[0]
    if "\t" in value:
        return _REFUSED
    if first in _LETTERS or first in _OTHERS:
        if ": " in value or " #" in value or value[-1] in " :":
            return _REFUSED
        return value if first in _LETTERS else plain_value(value)
    if first in "'\"" and "\\" not in value and len(value) > 1 and value.find(first, 1) == len(value) - 1:
        return value[1:-1]
    return _REFUSED


def _block(lines: list[str], at: int, parent: int, header: str) -> tuple[str, int] | None:
    """Read a block of text below the line `at`, whose column is `parent`; and its last line."""
    if header not in ("|-", "|", "|+"):
        return None
    begin = at + 1
    first = begin
    count = len(lines)
    while first < count and not lines[first]:
        first += 1
    if first == count:
        return None
    line = lines[first]
    margin = len(line) - len(line.lstrip(" "))
    if margin <= parent or margin == len(line):
        return None
    pad = line[:margin]
    end = first
    while end < count and (lines[end].startswith(pad) or not lines[end]):
        end += 1
    if end < count:
        follower = lines[end]
        if len(follower) - len(follower.lstrip(" ")) > parent or not follower.strip(" "):
            # Neither text nor below the block; or blanks, which may be either.
            return None
    content = [line[margin:] for line in lines[begin:end]]
    if end == count and content and not content[-1]:
        # What follows the last line's end is not a line.
        content.pop()
    text = "\n".join(content) + "\n"
    if header == "|+":
        return text, end - 1
    text = text.rstrip("\n")
    return (text if header == "|-" else f"{text}\n"), end - 1
