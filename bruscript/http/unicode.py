"""JavaScript strings that can be sent: no lone surrogates, and in headers only Latin-1."""

from __future__ import annotations

import re


def well_formed(text: str) -> str:
    """Join pairs of surrogates, and replace lone ones by U+FFFD, as Node encodes them."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_UNSENDABLE = re.compile(r"[^\t\x20-\x7e\x80-\xff]+")


def sendable(value: str) -> str:
    """Remove from `value` what a header cannot carry: line breaks, control characters, all beyond Latin-1."""
    return _UNSENDABLE.sub("", value).strip(" \t")
