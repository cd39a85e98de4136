"""The renewal of a token that several requests wait for, each as long as its own timeout allows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from bruscript.auth.oauth2.authorization import REUSED, Renewal
from bruscript.auth.oauth2.errors import OAuth2Error
from bruscript.records import record

_T = TypeVar("_T")


@record(eq=False)
class _Waiter:
    """A request that waits: at most how long for one exchange, and since when, in seconds."""

    limit: float
    since: float
    expired: asyncio.Future[str]
    """The error's message, once an exchange has taken too long for this one."""


class Waiters:
    """The requests that wait for a renewal: an exchange may take as long as any of them allows.

    `limit`, in seconds, is that of a caller who waits until the end.
    """

    def __init__(self, limit: float = 0.0) -> None:
        self._limit = limit
        self._waiters: list[_Waiter] = []
        self._changed = asyncio.Event()

    @property
    def limit(self) -> float:
        """The longest limit of all, in seconds."""
        return max([self._limit, *(waiter.limit for waiter in self._waiters)])

    @property
    def empty(self) -> bool:
        """Whether no request waits."""
        return not self._waiters

    def add(self, limit: float) -> _Waiter:
        """Add a request that waits `limit` seconds for each exchange; for a running one, counted from now."""
        loop = asyncio.get_running_loop()
        waiter = _Waiter(limit, loop.time(), loop.create_future())
        self._waiters.append(waiter)
        self._changed.set()
        return waiter

    def remove(self, waiter: _Waiter) -> None:
        """Remove a request that no longer waits."""
        self._waiters.remove(waiter)
        self._changed.set()

    async def exchange(self, what: str, sending: Awaitable[_T]) -> _T:
        """Return the result of `sending`, which messages call `what`.

        Requests for which it takes too long are released with a message. Raises OAuth2Error if it takes too
        long for all.
        """
        task = asyncio.ensure_future(sending)
        start = asyncio.get_running_loop().time()
        try:
            while not task.done():
                await self._step(what, task, start)
            return task.result()
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})

    async def _step(self, what: str, task: asyncio.Future[_T], start: float) -> None:
        """Wait until `task` is done, the next deadline has passed, or a request was added or removed."""
        now = asyncio.get_running_loop().time()
        own = start + self._limit
        deadlines = [own, *(max(start, waiter.since) + waiter.limit for waiter in self._waiters)]
        last = max(deadlines)
        for waiter, deadline in zip(self._waiters, deadlines[1:], strict=True):
            if deadline <= now and deadline < last and not waiter.expired.done():
                waiter.expired.set_result(_too_long(what, waiter.limit))
        if last <= now:
            raise OAuth2Error(_too_long(what, self.limit), limit=self.limit, transient=True)
        self._changed.clear()
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            timeout = min(deadline for deadline in deadlines if deadline > now) - now
            await _first(task, changed, timeout=timeout)
        finally:
            changed.cancel()


class SharedRenewal:
    """A renewal in progress. It is cancelled when no request waits for it."""

    def __init__(self, renew: Callable[[Waiters], Coroutine[Any, Any, Renewal]]) -> None:
        self._waiters = Waiters()
        self._task = asyncio.ensure_future(renew(self._waiters))
        self._reported = False

    @property
    def over(self) -> bool:
        """Whether it is done or cancelled."""
        return self._task.done() or self._waiters.empty

    async def wait(self, limit: float) -> Renewal:
        """Return the renewal; only the first request that gets it reports it.

        Raises the renewal's error, and OAuth2Error if one exchange takes more than `limit` seconds.
        """
        waiter = self._waiters.add(limit)
        try:
            await _first(self._task, waiter.expired)
            if waiter.expired.done() and not (self._task.done() and self._task.exception() is None):
                raise OAuth2Error(waiter.expired.result())
            renewal = self._task.result()
        finally:
            self._waiters.remove(waiter)
            if self._waiters.empty:
                self._task.cancel()
        if self._reported:
            return Renewal(REUSED, renewal.credentials)
        self._reported = True
        return renewal


async def _first(*tasks: asyncio.Future[Any], timeout: float | None = None) -> None:
    await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)


def _too_long(what: str, limit: float) -> str:
    return f"{what} did not answer within {limit:g} s."
