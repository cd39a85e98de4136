"""One budget of bytes for scripts' concurrent calls: requests, files, archives; sent and received."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from contextvars import ContextVar

BUDGET = 64 << 20
"""Bytes. One claim at a time may exceed it, so that one can always go on."""


FREE = 64 << 10
"""Bytes of each call that do not count, so that small calls do not wait for large ones."""


class Budget:
    """Bytes that claims share. May be used from several threads and event loops."""

    def __init__(self, size: int | None = None) -> None:
        self._lock = threading.Lock()
        self._left = BUDGET if size is None else size
        self._overdrawn: Claim | None = None
        self._waiting: deque[_Turn] = deque()

    def claim(self) -> Claim:
        """Return a claim that holds nothing yet."""
        return Claim(self)

    def take(self, claim: Claim, count: int) -> _Turn | None:
        """Return `claim` so many bytes more; return what to wait for where there are not enough."""
        with self._lock:
            # Whoever waits came first, but for the one that may go beyond the budget: it waits for nobody.
            if (not self._waiting or self._overdrawn is claim) and self._give(claim, count):
                return None
            turn = _Turn(claim, count)
            self._waiting.append(turn)
            return turn

    def give_back(self, claim: Claim, count: int) -> None:
        """Take so many bytes from `claim`; one that holds nothing any more does not wait either."""
        with self._lock:
            claim.held -= count
            self._left += count
            if self._overdrawn is claim and (claim.held == 0 or self._left >= 0):
                self._overdrawn = None
            if claim.held == 0:
                self._waiting = deque(turn for turn in self._waiting if turn.claim is not claim)
            while self._waiting and self._give(self._waiting[0].claim, self._waiting[0].count):
                self._waiting.popleft().begin()

    def _give(self, claim: Claim, count: int) -> bool:
        if count > self._left:
            if self._overdrawn not in (None, claim):
                return False
            self._overdrawn = claim
        claim.held += count
        self._left -= count
        return True


class _Turn:
    """A place in the queue: of `claim`, for `count` bytes."""

    def __init__(self, claim: Claim, count: int) -> None:
        self.claim, self.count = claim, count
        self._loop = asyncio.get_running_loop()
        self.come: asyncio.Future[None] = self._loop.create_future()

    def begin(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_settle, self.come)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class Claim:
    """One call's share of the budget, from the first byte until the script has the answer."""

    def __init__(self, budget: Budget) -> None:
        self.held = 0
        self._size = 0
        self._budget = budget

    async def take(self, count: int) -> None:
        """Count so many bytes more, as soon as the budget has room for them."""
        await self.settle(self._size + count)

    async def settle(self, size: int) -> None:
        """Count `size` bytes in all, as soon as the budget has room for them."""
        self._size = size
        more = max(size - FREE, 0) - self.held
        if more > 0:
            turn = self._budget.take(self, more)
            if turn is not None:
                await turn.come
        elif more < 0:
            self._budget.give_back(self, -more)

    def release(self) -> None:
        """Release everything."""
        self._size = 0
        self._budget.give_back(self, self.held)


_current: ContextVar[Claim | None] = ContextVar("bruscript_claim", default=None)


def current_claim() -> Claim | None:
    """Return the claim of the call that is answered in this context, if it has to share a budget."""
    return _current.get()


def enter(claim: Claim | None) -> None:
    """Assign calls in this context to a claim."""
    _current.set(claim)
