"""JSON of any size read in pieces: only one piece, and its values, are in memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from bruscript.records import record

WINDOW = 1 << 20
"""Characters per window: a smaller value is read as a whole, a larger one in parts."""

_DEEPEST = 500
"""Levels of values that are read in parts; no real JSON is so deep."""

_SPACE = re.compile(r"[ \t\n\r]*")
_ITEMS = re.compile(
    r'(?:[^"\\]+|\\[^u]'
    # A letter beyond U+FFFF is two escapes; the first alone is one only if no other follows.
    r"|\\u(?![dD][89abAB])[0-9a-fA-F]{4}"
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}(?:\\u[0-9a-fA-F]{4}|(?=[^\\]|\\[^u])))*"
)
"""The part of a string that can be read on its own."""


@record(frozen=True)
class Whole:
    """The whole JSON text, where it is short."""

    value: Any


@record(frozen=True)
class Some:
    """Items of the list, or fields of the object, that was begun last."""

    values: list[Any] | dict[str, Any]


@record(frozen=True)
class Begin:
    """A list or an object begins: `bracket` is `[` or `{`."""

    bracket: str
    key: str | None = None


@record(frozen=True)
class End:
    """The list or object that was begun last is complete."""


@record(frozen=True)
class LongText:
    """A string, in pieces: they have to be taken before the next event."""

    pieces: Iterator[str]
    key: str | None = None


Event = Whole | Some | Begin | End | LongText


def events(text: Iterator[str], decoder: json.JSONDecoder) -> Iterator[Event]:
    """Read a JSON text that comes in pieces. Raises ValueError where it is not JSON."""
    return _Reader(text, decoder).events()


class _Reader:
    def __init__(self, text: Iterator[str], decoder: json.JSONDecoder) -> None:
        self._text = text
        self._decoder = decoder
        self._buffer = ""
        self._at = 0
        self._over = False
        self._size = 0
        self._held: Event | None = None

    def events(self) -> Iterator[Event]:
        brackets: list[str] = []
        event = self._value(None)
        while True:
            yield event
            if isinstance(event, Begin):
                brackets.append(event.bracket)
                if len(brackets) > _DEEPEST:
                    raise ValueError("it is nested too deeply")
            elif isinstance(event, End):
                brackets.pop()
            if not brackets:
                break
            event = self._next(brackets[-1] == "{", first=isinstance(event, Begin))
        if self._peek():
            raise ValueError("more follows")

    def _next(self, is_object: bool, first: bool) -> Event:
        """Return the next values of a list or an object: all short ones in the window together."""
        if self._held is not None:
            event, self._held = self._held, None
            return event
        items: list[Any] = []
        fields: dict[str, Any] = {}
        budget = WINDOW // 8
        while budget > 0:
            if self._peek() == ("}" if is_object else "]"):
                self._at += 1
                self._held = End()
                break
            if not first:
                self._expect(",")
            first = False
            key = self._key() if is_object else None
            event = self._value(key)
            if not isinstance(event, Whole):
                self._held = event
                break
            if key is None:
                items.append(event.value)
            else:
                fields[key] = event.value
            budget -= self._size + 8
        if items or fields:
            return Some(fields if is_object else items)
        assert self._held is not None
        event, self._held = self._held, None
        return event

    def _fill(self) -> bool:
        """Get another piece; return whether there was one."""
        piece = next(self._text, None)
        if piece is None:
            self._over = True
            return False
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0
        return True

    def _look_ahead(self) -> None:
        """Fill the window, if there is so much."""
        while len(self._buffer) - self._at < WINDOW and not self._over:
            self._fill()

    def _peek(self) -> str:
        """Return the next character that is not blank; "" at the end."""
        while True:
            self._at = _SPACE.match(self._buffer, self._at).end()  # type: ignore[union-attr]  # always matches
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if self._over or not self._fill():
                return ""

    def _expect(self, char: str) -> None:
        if self._peek() != char:
            raise ValueError(f"{char} is missing")
        self._at += 1

    def _key(self) -> str:
        self._peek()
        self._look_ahead()
        key, self._at = self._decoder.raw_decode(self._buffer, self._at)
        if not isinstance(key, str):
            raise ValueError("a key is missing")
        self._expect(":")
        return key

    def _value(self, key: str | None) -> Event:
        char = self._peek()
        self._look_ahead()
        try:
            value, end = self._decoder.raw_decode(self._buffer, self._at)
        except (ValueError, RecursionError):
            if self._over:
                raise ValueError("it is not JSON") from None
        else:
            # A number may go on in the next piece.
            if end < len(self._buffer) or self._over:
                self._size, self._at = end - self._at, end
                return Whole(value)
        if char == '"':
            self._at += 1
            return LongText(self._string(), key)
        if char not in ("[", "{"):
            raise ValueError("it is not JSON")
        self._at += 1
        return Begin(char, key)

    def _string(self) -> Iterator[str]:
        """Yield the string whose quotation mark was read, in pieces."""
        while True:
            self._look_ahead()
            end = _ITEMS.match(self._buffer, self._at).end()  # type: ignore[union-attr]  # always matches
            piece, following = self._buffer[self._at : end], self._buffer[end : end + 1]
            if following != '"' and (self._over or not piece):
                raise ValueError("a string is not closed")
            self._at = end
            yield json.loads(f'"{piece}"')
            if following == '"':
                self._at += 1
                return
