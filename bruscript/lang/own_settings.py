"""Settings of a request that bruscript has and the reference does not: how often it is sent again.

The reference's parser drops them, so they are not in a document's JSON; a run takes them from the file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from bruscript.lang import js

OWN_SETTINGS: Final = ("retries", "retryDelay")


def own_settings(settings: Mapping[str, Any]) -> dict[str, float]:
    """Return those of `settings`, a block of settings, that are valid: `retryDelay` is in ms."""
    texts = {key: js.to_string(settings[key]) for key in OWN_SETTINGS if key in settings}
    values = {key: _number(key, text) for key, text in texts.items()}
    return {key: value for key, value in values.items() if value is not None}


def _number(key: str, text: str) -> float | None:
    value = js.number(text)
    if value is None or not math.isfinite(value) or value < 0:
        return None
    return None if key == "retries" and value != int(value) else value
