"""Bounds the number of jobs at once, and tracks how deeply they are nested."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from contextvars import ContextVar

_depth: ContextVar[int] = ContextVar("bruscript_job_depth", default=0)


def depth() -> int:
    """Return how many jobs what runs in this context is inside of."""
    return _depth.get()


def mark_nested(levels: int) -> None:
    """Say that what runs in this context answers a host call of a job inside of `levels` - 1 others."""
    _depth.set(levels)


class Gate:
    """Lets `size` through at once; the others wait in order. For any number of threads and event loops."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self.busy = 0
        """How many are inside."""
        self.waiting = 0
        """How many wait, or were woken and are on their way in."""
        self._queue: deque[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = deque()

    async def enter(self) -> None:
        """Wait for a place, and take it."""
        waits = False
        while True:
            with self._lock:
                if self.busy < self._size:
                    self.busy += 1
                    self.waiting -= waits
                    return
                loop = asyncio.get_running_loop()
                self.waiting += not waits
                waits = True
                future: asyncio.Future[None] = loop.create_future()
                self._queue.append((loop, future))
            try:
                await future
            except BaseException:
                with self._lock:
                    self.waiting -= 1
                    unwoken = (loop, future) in self._queue
                    if unwoken:
                        self._queue.remove((loop, future))
                if not unwoken:
                    # It was woken, and leaves: its turn is the next one's.
                    self._wake()
                raise

    def leave(self) -> None:
        """Release the place, and wake the next one."""
        with self._lock:
            self.busy -= 1
        self._wake()

    def _wake(self) -> None:
        if not self._queue:
            return
        with self._lock:
            open_loops = [place for place in self._queue if not place[0].is_closed()]
            if open_loops:
                # One whose loop is stopped would take the turn, and never pass it on.
                place = next((place for place in open_loops if place[0].is_running()), open_loops[0])
                self._queue.remove(place)
                loop, future = place
                loop.call_soon_threadsafe(_settle, future)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
