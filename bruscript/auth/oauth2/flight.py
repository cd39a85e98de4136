"""A trip to the server that several requests wait for, each as long as its own timeout allows."""

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
    """One that waits, since when, and how long at most for one exchange, in seconds."""

    limit: float
    since: float
    expired: asyncio.Future[str]
    """The error's message, once an exchange has taken too long for this one."""


class Patience:
    """How long each exchange with the server may take: as long as the most patient waiter allows.

    `limit`, in seconds, is that of a caller who waits all the time.
    """

    def __init__(self, limit: float = 0.0) -> None:
        self._limit = limit
        self._waiters: list[_Waiter] = []
        self._changed = asyncio.Event()

    @property
    def limit(self) -> float:
        """The longest limit of those who wait, in seconds."""
        return max([self._limit, *(waiter.limit for waiter in self._waiters)])

    @property
    def over(self) -> bool:
        """Whether nobody waits any more."""
        return not self._waiters

    def join(self, limit: float) -> _Waiter:
        """Wait too, at most `limit` seconds for each exchange; of one that is running, from now on."""
        loop = asyncio.get_running_loop()
        waiter = _Waiter(limit, loop.time(), loop.create_future())
        self._waiters.append(waiter)
        self._changed.set()
        return waiter

    def leave(self, waiter: _Waiter) -> None:
        """Wait no longer."""
        self._waiters.remove(waiter)
        self._changed.set()

    async def exchange(self, what: str, sending: Awaitable[_T]) -> _T:
        """Return the result of `sending`, `what` in messages.

        A waiter for whom it takes too long is released with a message. Raises OAuth2Error if it takes too
        long for all of them.
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
        """Wait until `task` is done, the next deadline has come, or somebody joins or leaves."""
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


class Flight:
    """A running trip to the server. It ends when nobody waits for it any more."""

    def __init__(self, trip: Callable[[Patience], Coroutine[Any, Any, Renewal]]) -> None:
        self._patience = Patience()
        self._task = asyncio.ensure_future(trip(self._patience))
        self._reported = False

    @property
    def over(self) -> bool:
        """Whether it has arrived, or was given up."""
        return self._task.done() or self._patience.over

    async def wait(self, limit: float) -> Renewal:
        """Return the renewal; only the first who gets it reports it.

        Raises the trip's error, and OAuth2Error if one exchange takes more than `limit` seconds.
        """
        waiter = self._patience.join(limit)
        try:
            await _first(self._task, waiter.expired)
            if waiter.expired.done() and not (self._task.done() and self._task.exception() is None):
                raise OAuth2Error(waiter.expired.result())
            renewal = self._task.result()
        finally:
            self._patience.leave(waiter)
            if self._patience.over:
                self._task.cancel()
        if self._reported:
            return Renewal(REUSED, renewal.credentials)
        self._reported = True
        return renewal


async def _first(*tasks: asyncio.Future[Any], timeout: float | None = None) -> None:
    await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)


def _too_long(what: str, limit: float) -> str:
    return f"{what} did not answer within {limit:g} s."
