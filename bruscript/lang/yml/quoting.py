"""Texts that are written in double quotes instead of in the form that the reference prefers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from bruscript.lang.yml.compose import compose
from bruscript.lang.yml.emit import QuotedText, reads_as_text, text_text
from bruscript.lang.yml.values import build

_PLAIN: Final = re.compile(r"[A-Za-z0-9_/](?:[A-Za-z0-9_./ -]*[A-Za-z0-9_/])?")
_KEEPS_LINES: Final = re.compile(r"\|[0-9]*\+")


def is_plain(text: str) -> bool:
    """Return whether a text needs no quotes anywhere, not even within brackets."""
    return _PLAIN.fullmatch(text) is not None and reads_as_text(text)


def quoted(value: Any, needs_quotes: Callable[[str], bool]) -> Any:
    """Return a value with those texts in quotes that need them, but for keys and plain texts."""
    if isinstance(value, dict):
        return {key: quoted(item, needs_quotes) for key, item in value.items()}
    if isinstance(value, list):
        return [quoted(item, needs_quotes) for item in value]
    if isinstance(value, str) and not is_plain(value) and needs_quotes(value):
        return QuotedText(value)
    return value


def keeps_lines(text: str) -> bool:
    """Return whether a block of this text would take the empty lines that follow it for its own."""
    return "\n" in text and _KEEPS_LINES.match(text_text(text, "")) is not None


def does_not_read_back(text: str) -> bool:
    """Return whether a text reads otherwise in the form that the reference prefers."""
    try:
        return bool(build(compose(f"- {text_text(text, '  ')}\n")) != [text])
    except Exception:
        # Whatever makes it unreadable, quotes are the form for it.
        return True
