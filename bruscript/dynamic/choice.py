"""Random choices that several kinds of values need."""

from __future__ import annotations

import random


def pick(characters: str, count: int) -> str:
    """Return `count` random characters."""
    return "".join(random.choices(characters, k=count))
