"""Colours of the terminal, if enabled."""

from __future__ import annotations

import os
from typing import TextIO


class Style:
    """Wraps text in ANSI codes, or leaves it alone."""

    def __init__(self, enabled: bool) -> None:
        self.enabled = enabled

    @classmethod
    def of(cls, stream: TextIO) -> Style:
        """Return the style for `stream`: coloured on a terminal, unless NO_COLOR (no-color.org) is set.

        FORCE_COLOR asks for colours elsewhere too.
        """
        if os.environ.get("NO_COLOR"):
            return cls(False)
        if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
            return cls(True)
        return cls(is_terminal(stream) and os.environ.get("TERM") != "dumb")

    def _wrap(self, text: str, *codes: str) -> str:
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.enabled and text else text

    def red(self, text: str) -> str:
        """Failures."""
        return self._wrap(text, "31")

    def green(self, text: str) -> str:
        """Return what passed."""
        return self._wrap(text, "32")

    def yellow(self, text: str) -> str:
        """Warnings."""
        return self._wrap(text, "33")

    def magenta(self, text: str) -> str:
        """Return what a script skipped."""
        return self._wrap(text, "35")

    def orange(self, text: str) -> str:
        """Return what `--bail` skipped."""
        return self._wrap(text, "38", "5", "214")

    def dim(self, text: str) -> str:
        """Return what matters less."""
        return self._wrap(text, "2")

    def bold(self, text: str) -> str:
        """Headings."""
        return self._wrap(text, "1")


def is_terminal(stream: TextIO) -> bool:
    """Return whether `stream` is a terminal; a closed stream, or None in its place, is not."""
    try:
        return stream.isatty()
    except (ValueError, AttributeError):
        return False
