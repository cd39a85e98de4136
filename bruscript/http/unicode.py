"""What a header can carry: only Latin-1."""

from __future__ import annotations

import re

_UNSENDABLE = re.compile(r"[^\t\x20-\x7e\x80-\xff]+")


def sendable(value: str) -> str:
    """Remove from `value` what a header cannot carry: line breaks, control characters, all beyond Latin-1."""
    return _UNSENDABLE.sub("", value).strip(" \t")
