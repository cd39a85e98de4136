"""Tags: the labels by which a run chooses its requests."""

from __future__ import annotations

import re
from typing import Any, Final

TAG: Final = re.compile(r"[A-Za-z0-9_-]+")
"""Texts that the language can write as an item of a list."""
_WORD: Final = re.compile(r"[^\s~#/;|()<>{}\[\]\"'`\\][^\s;|()<>{}\[\]\"'`\\]*")
"""Tags on one line may have more characters, but none that seems to separate, enclose or comment."""


def tags_of(meta: Any) -> tuple[str, ...]:
    """Return the tags in the `meta` of a request or folder.

    The language knows lists only. `tags: smoke`, `tags: a, b` and `tags: [a, b]`, which it reads as text,
    mean the same to whoever writes them, and to drop them would send requests that are excluded by a tag.
    """
    tags = meta.get("tags") if isinstance(meta, dict) else None
    if isinstance(tags, str):
        return tags_on_a_line(tags)
    return tuple(map(str, tags)) if isinstance(tags, list) else ()


def tags_on_a_line(text: str) -> tuple[str, ...]:
    """Return the tags that are written on one line, with or without brackets and quotes."""
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    tags = (tag.strip().strip("\"'`").strip() for tag in text.split(","))
    return tuple(tag for tag in tags if tag)


def wrong_tag(text: str) -> str | None:
    """Return the first of the tags on a line that cannot be one; None if all can."""
    return next((tag for tag in tags_on_a_line(text) if not _WORD.fullmatch(tag)), None)
