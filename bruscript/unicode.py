"""Texts as UTF-8: JavaScript's strings may have halves of characters, which UTF-8 cannot hold."""

from __future__ import annotations

import codecs
from typing import Final

_MARKS: Final = (
    # That of UTF-32 begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def well_formed(text: str) -> str:
    """Join pairs of surrogates, and replace lone ones by U+FFFD, as Node encodes them."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def utf8(text: str) -> bytes:
    """Return the well-formed text as UTF-8: what files, reports and requests are written with."""
    return well_formed(text).encode()


def wide_encoding(data: bytes) -> str | None:
    """Return the encoding of a file in UTF-16 or UTF-32; None for any other.

    Without a byte-order mark it is that of a text that begins in ASCII.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    if len(data) > 1 and (data[0] == 0) != (data[1] == 0):
        return "utf-16-be" if data[0] == 0 else "utf-16-le"
    return None
