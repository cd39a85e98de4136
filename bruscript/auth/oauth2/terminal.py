"""The terminal that a user may sit at."""

from __future__ import annotations

import io
import sys


def is_terminal() -> bool:
    """Return whether there is someone to ask: standard input is a terminal."""
    try:
        return sys.stdin.isatty()
    except (AttributeError, ValueError):
        return False


def qr_code(text: str) -> str:
    """Return a QR code of `text`, drawn with half blocks."""
    import segno

    drawing = io.StringIO()
    segno.make(text, micro=False).terminal(drawing, compact=True)
    return drawing.getvalue()
