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
    """Return those of `settings`, a block of settings, that are numbers from 0 on: `retryDelay` is in ms."""
    result = {}
    for key in OWN_SETTINGS:
        if key in settings:
            value = js.number(js.to_string(settings[key]))
            if value is not None and math.isfinite(value) and value >= 0:
                result[key] = value
    return result
