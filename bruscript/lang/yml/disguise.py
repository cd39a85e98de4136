"""Brings through libyaml, which reads YAML 1.1, what only YAML 1.2 allows.

What it takes for line ends or refuses travels as characters of a private area, one for one, so that every
place in the text stays where it is; the values get the real ones back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

ODD: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]|\r(?!\n)"
)
"""Characters that libyaml refuses, or takes for the end of a line."""
_SURROGATE: Final = re.compile(r"((?<!\\)(?:\\\\)*\\u)([dD][89a-fA-F][0-9a-fA-F]{2})")
_PRIVATE: Final = range(0xE000, 0xF900)


class Disguise:
    """A text as libyaml takes it; `restore` is the table for `str.translate` that undoes it in values.

    `quoted` finds the places of the texts in double quotes.
    """

    def __init__(self, text: str, quoted: Callable[[str], Iterable[tuple[int, int]]]) -> None:
        self.text = text
        self._quoted = quoted
        self.restore: dict[int, str] = {}
        self._codes: dict[str, str] = {}
        if ODD.search(text):
            self.text = ODD.sub(lambda match: self._code(match.group()), text)

    def extend(self, error: Any) -> bool:
        """Disguise what libyaml has just refused, if YAML 1.2 allows it; whether there was anything."""
        mark = error.problem_mark
        if mark is None:
            return False
        if "invalid Unicode character escape" in error.problem:
            return self._surrogates()
        if error.context == "while scanning a block scalar" and "found a tab character" in error.problem:
            # The first line's indentation ends here: the tab belongs to the text.
            return self._replace(mark.index, mark.index + 1, self._code("\t"))
        return False

    def _surrogates(self) -> bool:
        """Disguise the halves of characters that texts in quotes have as `\\ud83d\\ude00`, all at once."""

        def half(found: re.Match[str]) -> str:
            return f"{found[1]}{ord(self._code(chr(int(found[2], 16)))):04x}"

        # As long as before, and the same YAML but for these escapes.
        everywhere = _SURROGATE.sub(half, self.text)
        pieces = []
        position = 0
        for start, end in self._quoted(everywhere):
            pieces += [self.text[position:start], everywhere[start:end]]
            position = end
        before, self.text = self.text, "".join([*pieces, self.text[position:]])
        return before != self.text

    def _replace(self, start: int, end: int, replacement: str) -> bool:
        changed = self.text[start:end] != replacement
        self.text = self.text[:start] + replacement + self.text[end:]
        return changed

    def _code(self, char: str) -> str:
        code = self._codes.get(char)
        if code is None:
            code = next(
                chr(private)
                for private in _PRIVATE
                if private not in self.restore and chr(private) not in self.text
            )
            self._codes[char] = code
            self.restore[ord(code)] = char
        return code


def restored(text: str, table: dict[int, str]) -> str:
    """Return a value with its real characters; halves that belong together become one."""
    text = text.translate(table)
    if any("\ud800" <= char <= "\udfff" for char in text):
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return text
