"""JavaScript's strings may hold half a surrogate pair; nothing that is sent can."""

from __future__ import annotations


def well_formed(text: str) -> str:
    """`text` with pairs of surrogates joined and lone ones replaced by U+FFFD, as Node encodes them."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
