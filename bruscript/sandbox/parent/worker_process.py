"""The parent's end of a worker process: starts it, gives it jobs, answers its calls, ends it."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bruscript.errors import BruscriptError
from bruscript.sandbox.parent.exchange import CRASH, Exchange
from bruscript.sandbox.parent.pool import RunnerLost
from bruscript.sandbox.wire import frames
from bruscript.sandbox.wire.message import Message, exhausted, overrun

if TYPE_CHECKING:
    from bruscript.sandbox.parent.budget import Budget
    from bruscript.sandbox.parent.codec import Outcome
    from bruscript.sandbox.parent.host import Host

_PACKAGE = Path(__file__).resolve().parents[2]
WORKER_MAIN = _PACKAGE / "sandbox" / "worker" / "main.py"
"""What a worker process runs."""

_OVERTIME = 5.0
"""Seconds after a step's limit in which a worker must have ended itself, before it is killed."""

_FLOOD = f"The script sent a message of more than {frames.MAX_PAYLOAD >> 20} MiB"
_TRUSTED = 'Scripts that you trust can run without a worker process: isolation="thread".'


class SandboxError(BruscriptError):
    """The sandbox itself cannot work here."""


def mini_racer_directory() -> str:
    """Where mini-racer's library lies. Raises SandboxError."""
    spec = importlib.util.find_spec("py_mini_racer")
    if spec is None or not spec.submodule_search_locations:
        raise SandboxError("mini-racer is not installed", hint="pip install mini-racer")
    return str(next(iter(spec.submodule_search_locations)))


def _place() -> list[str]:
    """The settings of time zone and language, as NAME=VALUE."""
    names = ("TZ", "LC_ALL", "LC_MESSAGES", "LANG")
    return [f"{name}={os.environ[name]}" for name in names if os.environ.get(name)]


class Worker:
    """A worker process. One job at a time; jobs may come from different event loops.

    Takes a script's memory limit in MiB. Raises SandboxError if the process cannot be started.
    """

    def __init__(self, memory: int) -> None:
        self._memory = memory
        command = [sys.executable or "python3", "-I", "-S", str(WORKER_MAIN)]
        try:
            self._process = subprocess.Popen(
                [*command, str(_PACKAGE), mini_racer_directory(), str(memory), *_place()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                env={},
                cwd="/",
                close_fds=True,
                # Ctrl-C is for the parent: it decides what becomes of its workers.
                start_new_session=True,
            )
        except OSError as error:
            raise SandboxError(
                f"The sandbox's worker process cannot be started: {error}",
                hint=_TRUSTED,
            ) from None
        assert self._process.stdin
        assert self._process.stdout
        assert self._process.stderr
        self._in = self._process.stdin.fileno()
        self._out = self._process.stdout.fileno()
        for fd in (self._in, self._out, self._process.stderr.fileno()):
            os.set_blocking(fd, False)
        self._owner = os.getpid()
        self._alive = True
        self._frames = frames.Frames()
        # A new one that fails has nobody to blame; later ones say when they are done with the last job.
        self._ready = True

    @property
    def alive(self) -> bool:
        """Whether it may be given a job: it was not ended, and is no worker of the process that forked us."""
        return self._alive and self._owner == os.getpid()

    async def run(self, job: Message, host: Host, budget: Budget) -> Outcome:
        """Run a job and give what came of it. Raises RunnerLost if the job was not even begun."""
        limit = job.limit
        exchange = Exchange(self._in, self._out, host, limit + _OVERTIME, self._frames, self._ready)
        try:
            outcome = await exchange.run(job, budget)
        except BaseException:
            self.kill()
            raise
        begun, self._ready = exchange.begun, exchange.ready
        if not begun and (exchange.closed or exchange.overran):
            self.kill()
            raise RunnerLost
        if exchange.broken:
            self.kill()
            outcome.failure = {"kind": "memory", "message": _FLOOD}
        elif exchange.overran:
            self.kill()
            outcome.failure = {"kind": "timeout", "message": overrun(limit)}
        elif exchange.closed:
            try:
                outcome.failure = outcome.failure or self._post_mortem()
            finally:
                self.kill()
        elif outcome.failure is not None or exchange.unsent:
            self.kill()
        return outcome

    def _post_mortem(self) -> dict[str, str]:
        """Why the process died, by what V8 wrote last. Raises SandboxError for a failure of our own."""
        assert self._process.stderr
        said = b""
        with suppress(OSError, subprocess.TimeoutExpired):
            self._process.wait(1)
        with suppress(OSError, subprocess.TimeoutExpired):
            said = self._process.stderr.read() or b""
        if b"Traceback" in said and b"MemoryError" not in said:
            reason = said.decode("utf-8", "replace").strip().splitlines()[-1]
            raise SandboxError(f"The sandbox's worker process failed: {reason}", hint=_TRUSTED)
        # V8 says why it gives up; its allocator, at the process's own limit, only traps.
        trapped = not said and -(self._process.returncode or 0) in (
            signal.SIGTRAP,
            signal.SIGILL,
            signal.SIGKILL,
        )
        if trapped or b"out of memory" in said.lower() or b"MemoryError" in said:
            return {"kind": "memory", "message": exhausted(self._memory)}
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
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)

    def __del__(self) -> None:
        # At the interpreter's end much is gone already; the worker ends by itself when its pipe closes.
        with suppress(Exception):
            if getattr(self, "alive", False):
                self.kill()


_spare: dict[int, Worker] = {}


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


def worker(memory: int) -> Worker:
    """A worker with this memory limit, one that `prestart` started if there is one."""
    spare = _spare.pop(memory, None)
    return spare if spare is not None and spare.alive else Worker(memory)
