"""The events of a request, with their times."""

from __future__ import annotations

import logging
import time
from contextvars import ContextVar
from typing import Any


class Timeline:
    """The events of one exchange in order; each a dict with `event`, `at` (ms since the start) and details.

    Events are "request", "dns", "connect", "proxy", "tls", "first byte", "done", "redirect", "auth" and
    "error"; an event that took time has `duration` (ms). Details never hold headers or bodies: those are
    in the request and the response.
    """

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._start = time.perf_counter()

    def add(self, event: str, *, since: float | None = None, **details: Any) -> None:
        """Record `event` as ending now; `since` is the `time.perf_counter()` at which it began."""
        now = time.perf_counter()
        entry: dict[str, Any] = {"event": event, "at": round((now - self._start) * 1000, 3)}
        if since is not None:
            entry["duration"] = round((now - since) * 1000, 3)
        entry.update(details)
        self.events.append(entry)

    def has(self, event: str, *, after: int = 0) -> bool:
        """Return whether `event` is among the entries from the index `after` on."""
        return any(entry["event"] == event for entry in self.events[after:])


# The network backend learns from here whose connection it makes; a pool has no other way to pass it on.
current: ContextVar[Timeline | None] = ContextVar("bruscript_timeline", default=None)


def record(event: str, *, since: float | None = None, **details: Any) -> None:
    """Add an event to the exchange that runs in this task, if one does."""
    timeline = current.get()
    if timeline is not None:
        timeline.add(event, since=since, **details)


def tls_facts(ssl_object: Any) -> dict[str, Any]:
    """Return the details of a "tls" event: protocol, cipher, and the protocol agreed on above it."""
    return {
        "protocol": ssl_object.version(),
        "cipher": (ssl_object.cipher() or ("",))[0],
        "alpn": ssl_object.selected_alpn_protocol(),
    }


_LOGGERS = (
    "httpx",
    *("httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.socks"),
    *("hpack.hpack", "hpack.table", "h2.connection"),
)
"""The loggers that write URLs and headers."""


class _Unlogged(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return current.get() is None


_unlogged = _Unlogged()


def keep_out_of_logs() -> None:
    """Keep the HTTP libraries from logging our own exchanges: URLs and headers may be secret.

    Other requests of the process by these libraries are logged as before.
    """
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_unlogged)
