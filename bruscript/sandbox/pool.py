"""Workers that wait for jobs: as many as run at once, kept for the next job, replaced when one is lost."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from contextvars import ContextVar
from typing import Any, Protocol

from bruscript.sandbox.host import Host
from bruscript.sandbox.message import Message
from bruscript.sandbox.outcome import Outcome


class Runner(Protocol):
    """What runs a job: a worker process, or an isolate in a thread."""

    @property
    def alive(self) -> bool:
        """Whether it may be given another job."""

    async def run(self, job: Message, host: Host) -> Outcome:
        """Run a job."""

    def kill(self) -> None:
        """End it, whatever it does."""


class Make(Protocol):
    """Makes a runner."""

    def __call__(self) -> Runner:
        """Raises SandboxError."""


_nested: ContextVar[bool] = ContextVar("bruscript_nested_job", default=False)


def mark_nested() -> None:
    """Say that what runs in this context answers a host call: its own jobs must not wait for others."""
    _nested.set(True)


class Pool:
    """Hands runners out. At most `size` jobs run at once; a job inside of another's host call always runs.

    May be used from several threads and event loops.
    """

    def __init__(self, make: Make, size: int | None = None) -> None:
        self._make = make
        self._size = size or max(os.cpu_count() or 1, 2)
        self._lock = threading.Lock()
        self._idle: list[Runner] = []
        self._busy = 0
        self._waiting: deque[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = deque()
        self._closed = False

    def start(self) -> None:
        """Have one runner ready. Returns at once."""
        with self._lock:
            if self._idle or self._closed:
                return
            self._idle.append(self._make())

    async def run(self, job: Message, host: Host) -> Outcome:
        """Run a job on a runner of the pool."""
        nested = _nested.get()
        if not nested:
            await self._enter()
        try:
            runner = self._take()
            token = _nested.set(True)
            try:
                return await runner.run(job, host)
            finally:
                _nested.reset(token)
                self._give_back(runner)
        finally:
            if not nested:
                self._leave()

    async def _enter(self) -> None:
        while True:
            loop = asyncio.get_running_loop()
            with self._lock:
                if self._busy < self._size:
                    self._busy += 1
                    return
                future: asyncio.Future[None] = loop.create_future()
                self._waiting.append((loop, future))
            try:
                await future
            except asyncio.CancelledError:
                self._wake()
                raise

    def _leave(self) -> None:
        with self._lock:
            self._busy -= 1
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            while self._waiting:
                loop, future = self._waiting.popleft()
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
        with self._lock:
            closed = self._closed
            if not closed and runner.alive:
                self._idle.append(runner)
                return
        runner.kill()
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
