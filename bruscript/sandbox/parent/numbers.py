"""JSON for the isolate: as Python writes it, but for numbers that JSON has no form for."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

_INFINITE = 10**309
"""Reads as Infinity in JavaScript, as `1e400` does."""


def isolate_json(value: Any, default: Callable[[Any], Any] | None = None) -> bytes:
    """Return the JSON of a value: Infinity as a number that is read so, NaN as null."""
    try:
        text = json.dumps(value, default=default, separators=(",", ":"), allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), default=default, separators=(",", ":"), allow_nan=False)
    return text.encode()


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else _INFINITE if value > 0 else -_INFINITE
    return value
