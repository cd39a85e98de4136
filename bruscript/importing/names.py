"""The names of files and folders, as Bruno makes them of the names of requests."""

from __future__ import annotations

import re
from typing import Final

from bruscript.unicode import utf8, well_formed

_INVALID: Final = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
# JavaScript's blanks; Python counts four control characters among them.
_BLANK: Final = r"\t\n\v\f\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_HEAD: Final = re.compile(rf"\A[.\-{_BLANK}]+")
_TAIL: Final = re.compile(rf"[.{_BLANK}]+\Z")
_DEVICE: Final = re.compile(r"(?:CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])(?:\.|\Z)", re.IGNORECASE)
_MOST: Final = 240
"""Bytes; file systems allow 255, and a number may follow."""


def sanitized(name: str) -> str:
    """Return a name without what file systems refuse, as the reference does."""
    return _TAIL.sub("", _HEAD.sub("", _INVALID.sub("-", name)))


class Names:
    """The names that are taken in a directory: each is given once, however a file system compares them.

    The reference overwrites the first of two files of one name.
    """

    def __init__(self, *reserved: str) -> None:
        self._taken = {name.casefold() for name in reserved}

    def take(self, name: str, suffix: str = "") -> str:
        """Return a file's name for `name`, with a number where it is taken, ending in `suffix`."""
        # The reference sanitizes the name with the ending: a dot before it stays.
        name = well_formed(name)
        stem = _cut(sanitized(name + suffix).removesuffix(suffix)) if sanitized(name) else "Untitled"
        if _DEVICE.match(stem):
            stem = f"{stem}_"
        number, candidate = 1, stem + suffix
        while candidate.casefold() in self._taken:
            number += 1
            candidate = f"{stem} {number}{suffix}"
        self._taken.add(candidate.casefold())
        return candidate


def _cut(name: str) -> str:
    data = utf8(name)
    return name if len(data) <= _MOST else _TAIL.sub("", data[:_MOST].decode("utf-8", "ignore"))
