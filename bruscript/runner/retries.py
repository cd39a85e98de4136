"""How often a request that failed is sent again, and how long after."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bruscript.collection import Request
    from bruscript.runner.options import RunOptions


def retrying(request: Request, options: RunOptions) -> tuple[int, float]:
    """Return how often, and the delay in ms: the request's own settings, else the run's options."""
    own = request.data.get("settings") or {}
    return int(own.get("retries", options.retries)), own.get("retryDelay", options.retry_delay_ms)
