"""How many examples hypothesis tries: enough for every run, and more where somebody asks for them.

`BRUSCRIPT_EXAMPLES=3` tries three times as many. They are the same each time, so that nobody's run fails by
chance; `BRUSCRIPT_NEW_EXAMPLES=1` tries new ones.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_FACTOR = float(os.environ.get("BRUSCRIPT_EXAMPLES") or 1)


def examples(usual: int) -> settings:
    """Return the settings of a test that tries `usual` examples, without limits of time."""
    return settings(
        max_examples=max(1, round(usual * _FACTOR)),
        derandomize=not os.environ.get("BRUSCRIPT_NEW_EXAMPLES"),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
