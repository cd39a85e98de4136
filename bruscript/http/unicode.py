"""What of JavaScript's strings can be sent: half a surrogate pair never, in headers little but Latin-1."""

from __future__ import annotations

import re


def well_formed(text: str) -> str:
    """`text` with pairs of surrogates joined and lone ones replaced by U+FFFD, as Node encodes them."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_UNSENDABLE = re.compile(r"[^\t\x20-\x7e\x80-\xff]+")


def sendable(value: str) -> str:
    """`value` as a header carries it: without line breaks, control characters and all beyond Latin-1."""
    return _UNSENDABLE.sub("", value).strip(" \t")
