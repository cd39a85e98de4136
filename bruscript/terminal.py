"""Text fit for a terminal: nothing in it can move the cursor, hide or disguise what follows."""

from __future__ import annotations

import os
import re

_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_HARMLESS = re.compile(r"\x1b\[(?:[0-4]|2[1-4]|3[1-69]|9[1-6]|38;5;214)?m")
"""Resets, bold, dim, italic, underlined, and colours that show on any background."""
_CONTROLS = re.compile(
    r"\x1b(?!\[[0-9;:]*m)|\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)
# As ranges of what is suspect: the pattern of what is not would take 7 ms to compile.
_SUSPECT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_COMMAND = re.compile(r"^(\s*)::|##\[", re.MULTILINE)


def plain(text: str) -> str:
    """Return `text` without colours; replacement characters replace its control characters."""
    return _controlled(_COLOUR.sub("", text)) if _SUSPECT.search(text) else text


def coloured(text: str) -> str:
    """As `plain`, but what changes only how readable text looks stays."""
    if not _SUSPECT.search(text):
        return text
    return _controlled(_COLOUR.sub(lambda code: code[0] if _HARMLESS.fullmatch(code[0]) else "", text))


def closed(text: str) -> str:
    """As `coloured`, leaving the colours as they were before it."""
    text = coloured(text)
    return f"{text}\x1b[0m" if "\x1b" in text else text


def _controlled(text: str) -> str:
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def printable(text: str) -> str:
    """Return `text` as an output shows it that may be a terminal or a log of CI: plain, and no commands."""
    return without_commands(plain(text))


def without_commands(text: str) -> str:
    """Return `text` in a log of GitHub's, where lines that begin with `::` would be commands to it."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return text
    return _COMMAND.sub(
        lambda found: f"{found[1] or ''}{found[0].lstrip()[:1]}\u200b{found[0].lstrip()[1:]}", text
    )
