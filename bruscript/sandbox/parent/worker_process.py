"""The parent's end of a worker process: starts it, gives it jobs, answers its calls, ends it."""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from bruscript.sandbox.parent.start import (
    TRUSTED,
    SandboxError,
    address_space_error,
    start_error,
    start_worker,
)
from bruscript.sandbox.wire import frames
from bruscript.sandbox.wire.message import Message, exhausted, overrun

if TYPE_CHECKING:
    from bruscript.sandbox.parent.budget import Budget
    from bruscript.sandbox.parent.codec import Outcome
    from bruscript.sandbox.parent.host import Host
    from bruscript.sandbox.parent.pool import Tenant

_OVERTIME = 5.0
"""Seconds after a step's limit in which a worker must have ended itself, before it is killed."""

_FLOOD = f"The script sent a message of more than {frames.MAX_PAYLOAD >> 20} MiB"


class Worker:
    """A worker process. One job at a time; jobs may come from different event loops.

    Takes a script's memory limit in MiB. Raises SandboxError if the process cannot be started.
    """

    def __init__(self, memory: int) -> None:
        self.tenant: Tenant | None = None
        self._memory = memory
        _reap()
        self._process = start_worker(memory)
        assert self._process.stdin
        assert self._process.stdout
        self._in = self._process.stdin.fileno()
        self._out = self._process.stdout.fileno()
        self._owner = os.getpid()
        self._alive = True
        self._frames = frames.Frames()
        self._new = True

    @property
    def alive(self) -> bool:
        """Whether it can take a job: it was not ended, and does not belong to the process that forked us."""
        return self._alive and self._owner == os.getpid()

    async def run(self, job: Message, host: Host, budget: Budget) -> Outcome:
        """Run a job and return its outcome. Raises RunnerLost if the job was not even begun."""
        # Imported here, as below: a worker gets ready while its parent imports asyncio.
        from bruscript.sandbox.parent.exchange import Exchange
        from bruscript.sandbox.parent.pool import RunnerLost

        limit = job.limit
        exchange = Exchange(self._in, self._out, host, limit + _OVERTIME, self._frames)
        try:
            outcome = await exchange.run(job, budget)
            if not exchange.begun and (exchange.closed or exchange.overran):
                raise RunnerLost(self._start_error(exchange.overran) if self._new else None)
            self._new = False
            if exchange.broken:
                outcome.failure = {"kind": "memory", "message": _FLOOD}
            elif exchange.overran:
                outcome.failure = {"kind": "timeout", "message": overrun(limit)}
            elif exchange.closed:
                outcome.failure = outcome.failure or self._post_mortem()
        except BaseException:
            self.kill()
            raise
        if outcome.failure is not None or exchange.unsent:
            self.kill()
        return outcome

    def _start_error(self, overran: bool) -> SandboxError:
        if overran:
            from bruscript.sandbox.parent.exchange import START

            return SandboxError(f"The sandbox's worker process was not ready after {START:g} s", hint=TRUSTED)
        output = self._last_words()
        return start_error(self._process.returncode, output)

    def _last_words(self) -> str:
        """Return what the process wrote before it died. Raises SandboxError for a failure of our own."""
        assert self._process.stderr
        output = b""
        with suppress(OSError, subprocess.TimeoutExpired):
            # Its pipes are closed: what is left is the system's work.
            self._process.wait(10)
            output = self._process.stderr.read() or b""
        text = output.decode("utf-8", "replace")
        if "Traceback" in text and "MemoryError" not in text:
            reason = text.strip().splitlines()[-1]
            raise SandboxError(f"The sandbox's worker process failed: {reason}", hint=TRUSTED)
        return text

    def _post_mortem(self) -> dict[str, str]:
        """Return why the process died in a job, by what V8 wrote last. Raises SandboxError."""
        output = self._last_words()
        limited = address_space_error(output) if "reserv" in output else None
        if limited is not None:
            raise limited
        # V8 says why it gives up; its allocator, at the process's own limit, only traps.
        trapped = not output and -(self._process.returncode or 0) in (
            signal.SIGTRAP,
            signal.SIGILL,
            signal.SIGKILL,
        )
        if trapped or "out of memory" in output.lower() or "MemoryError" in output:
            return {"kind": "memory", "message": exhausted(self._memory)}
        from bruscript.sandbox.parent.exchange import CRASH

        return {"kind": "crash", "message": CRASH}

    def kill(self) -> None:
        """End the process at once."""
        if not self.alive:
            return
        self._alive = False
        process = self._process
        process.kill()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        _killed.append(process)
        _reap()

    def __del__(self) -> None:
        # At the interpreter's end much is gone already; the worker ends when its pipe closes.
        with suppress(Exception):
            if getattr(self, "alive", False):
                self.kill()


_spare: dict[int, Worker] = {}

_killed: list[subprocess.Popen[bytes]] = []
"""Processes that were killed and not waited for yet: the system takes some milliseconds to end one."""


def _reap(patience: float = 0) -> None:
    """Collect the killed processes that have ended; wait `patience` seconds for each of the others."""
    for process in tuple(_killed):
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            with suppress(ValueError):
                _killed.remove(process)


atexit.register(_reap, 5)


def prestart(memory: int) -> None:
    """Start a worker for the next sandbox with this memory limit (MiB), before there is one.

    It gets ready while the caller imports what it needs: a command that runs one request is a third faster.
    `discard` ends one that nobody took.
    """
    if memory not in _spare:
        _spare[memory] = Worker(memory)


def discard() -> None:
    """End the workers that `prestart` started and no sandbox took."""
    while _spare:
        _spare.popitem()[1].kill()
    _reap(5)


def worker(memory: int) -> Worker:
    """Return a worker with this memory limit, one that `prestart` started if there is one."""
    spare = _spare.pop(memory, None)
    return spare if spare is not None and spare.alive else Worker(memory)
