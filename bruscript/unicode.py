"""Texts as UTF-8: JavaScript's strings may have halves of characters, which UTF-8 cannot hold."""

from __future__ import annotations


def well_formed(text: str) -> str:
    """Join pairs of surrogates, and replace lone ones by U+FFFD, as Node encodes them."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def utf8(text: str) -> bytes:
    """Return the well-formed text as UTF-8: what files, reports and requests are written with."""
    return well_formed(text).encode()
