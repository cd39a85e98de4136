"""Workers that wait for jobs: as many as run at once, kept for the next job, replaced when one is lost."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import defaultdict, deque
from contextvars import ContextVar
from typing import Any, Protocol

from bruscript.sandbox.parent.budget import Budget
from bruscript.sandbox.parent.codec import Outcome
from bruscript.sandbox.parent.host import Host
from bruscript.sandbox.wire.message import Message


class Runner(Protocol):
    """What runs a job: a worker process, or an isolate in a thread."""

    @property
    def alive(self) -> bool:
        """Whether it may be given another job."""

    async def run(self, job: Message, host: Host, budget: Budget) -> Outcome:
        """Run a job, whose calls share `budget` with others'. Raises RunnerLost if it was not even begun."""

    def kill(self) -> None:
        """End it, whatever it does."""


class RunnerLost(Exception):
    """A runner ended before it had begun a job: what it ran before has ended it, or somebody else.

    `error`, of one that had run nothing before, is what to raise if others end like it.
    """

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__(error)
        self.error = error


class Make(Protocol):
    """Makes a runner."""

    def __call__(self) -> Runner:
        """Raises SandboxError."""


_ATTEMPTS = 3
"""How many new runners a job is given to before it is plain that none can run."""

_depth: ContextVar[int] = ContextVar("bruscript_job_depth", default=0)


def depth() -> int:
    """How many jobs what runs in this context is inside of."""
    return _depth.get()


def mark_nested(levels: int) -> None:
    """Say that what runs in this context answers a host call of a job inside of `levels` - 1 others."""
    _depth.set(levels)


class _Level:
    """The jobs of one depth: how many run, who waits to run, and the budget of what they ask for."""

    def __init__(self) -> None:
        self.busy = 0
        self.budget = Budget()
        self.waiting: deque[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = deque()


class Pool:
    """Hands runners out. At most `size` jobs of each depth run at once: a job inside of another's host call
    waits for none but its like, so that no two wait for each other.

    May be used from several threads and event loops.
    """

    def __init__(self, make: Make, size: int | None = None) -> None:
        self._make = make
        self._size = size or max(os.cpu_count() or 1, 2)
        self._lock = threading.Lock()
        self._idle: list[Runner] = []
        self._levels: defaultdict[int, _Level] = defaultdict(_Level)
        self._closed = False

    def start(self) -> None:
        """Have one runner ready. Returns at once."""
        with self._lock:
            if self._idle or self._closed:
                return
            self._idle.append(self._make())

    async def run(self, job: Message, host: Host) -> Outcome:
        """Run a job on a runner of the pool."""
        inside = depth()
        with self._lock:
            level = self._levels[inside]
        await self._enter(level)
        attempts = _ATTEMPTS
        try:
            while True:
                runner = self._take()
                token = _depth.set(inside + 1)
                try:
                    return await runner.run(job, host, level.budget)
                except RunnerLost as lost:
                    attempts -= lost.error is not None
                    if lost.error is not None and attempts == 0:
                        raise lost.error from None
                finally:
                    _depth.reset(token)
                    self._give_back(runner)
        finally:
            self._leave(level)

    async def _enter(self, level: _Level) -> None:
        while True:
            loop = asyncio.get_running_loop()
            with self._lock:
                if level.busy < self._size:
                    level.busy += 1
                    return
                future: asyncio.Future[None] = loop.create_future()
                level.waiting.append((loop, future))
            try:
                await future
            except asyncio.CancelledError:
                with self._lock:
                    unwoken = (loop, future) in level.waiting
                    if unwoken:
                        level.waiting.remove((loop, future))
                if not unwoken:
                    # It was woken, and leaves: its turn is the next one's.
                    self._wake(level)
                raise

    def _leave(self, level: _Level) -> None:
        with self._lock:
            level.busy -= 1
        self._wake(level)

    def _wake(self, level: _Level) -> None:
        with self._lock:
            while level.waiting:
                loop, future = level.waiting.popleft()
                if not loop.is_closed():
                    loop.call_soon_threadsafe(_settle, future)
                    return

    def _take(self) -> Runner:
        with self._lock:
            while self._idle:
                runner = self._idle.pop()
                if runner.alive:
                    return runner
        return self._make()

    def _give_back(self, runner: Runner) -> None:
        surplus: list[Runner] = []
        with self._lock:
            closed = self._closed
            if not closed and runner.alive:
                self._idle.append(runner)
                # What jobs inside of jobs needed is not needed for long.
                most = self._size * sum(level.busy > 0 for level in self._levels.values())
                while len(self._idle) > most:
                    surplus.append(self._idle.pop(0))
            else:
                surplus.append(runner)
        for each in surplus:
            each.kill()
        if not closed:
            # The next job should not have to wait for a process to start.
            self.start()

    def close(self) -> None:
        """End all runners that are idle; those that run end with their jobs."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for runner in idle:
            runner.kill()


def _settle(future: asyncio.Future[Any]) -> None:
    if not future.done():
        future.set_result(None)
