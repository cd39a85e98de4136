"""How often a request that failed is sent again, and how long after."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bruscript.collection import Request
    from bruscript.runner.options import RunOptions


def own_retrying(request: Request) -> tuple[int, float]:
    """Return the same for a request that a script runs: the options repeat it with the one that runs it."""
    own = request.data.get("settings") or {}
    return int(own.get("retries", 0)), own.get("retryDelay", 0)


def retrying(request: Request, options: RunOptions) -> tuple[int, float]:
    """Return how often, and the delay in ms: the request's own settings, else the run's options."""
    own = request.data.get("settings") or {}
    return int(own.get("retries", options.retries)), own.get("retryDelay", options.retry_delay_ms)
