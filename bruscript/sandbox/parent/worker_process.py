"""The parent's end of a worker process: starts it, gives it jobs, answers its calls, ends it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from contextlib import suppress
from typing import Any

from bruscript.sandbox.parent import host as hosts
from bruscript.sandbox.parent.codec import Outcome
from bruscript.sandbox.parent.host import Host
from bruscript.sandbox.parent.pool import RunnerLost
from bruscript.sandbox.parent.start import (
    TRUSTED,
    SandboxError,
    address_space_error,
    start_error,
    start_worker,
)
from bruscript.sandbox.wire import frames
from bruscript.sandbox.wire.message import PIECE, Message, exhausted, overrun

_OVERTIME = 5.0
"""Seconds after a step's limit in which a worker must have ended itself, before it is killed."""

_START = 60.0
"""Seconds in which a worker must have started, or cleaned up after its last job, and taken the next one."""

_PIPE = 1 << 16
"""Bytes that a pipe holds: to ask for more would allocate more."""

_MOST_CALLS = 1000
"""Calls of one job that are answered at once; more of them wait."""

_MOST_WAITING = 32 << 20
"""Bytes of calls that wait; while there are more, the worker is not listened to."""

_CRASH = "The script ended the sandbox's process (V8 gave up); the next script gets a fresh one"
_FLOOD = f"The script sent a message of more than {frames.MAX_PAYLOAD >> 20} MiB"


class Worker:
    """A worker process. One job at a time; jobs may come from different event loops.

    Takes a script's memory limit in MiB. Raises SandboxError if the process cannot be started.
    """

    def __init__(self, memory: int) -> None:
        self._memory = memory
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
        """Whether it may be given a job: it was not ended, and is no worker of the process that forked us."""
        return self._alive and self._owner == os.getpid()

    async def run(self, job: Message, host: Host) -> Outcome:
        """Run a job and return its outcome. Raises RunnerLost if the job was not even begun."""
        limit = job.limit
        exchange = _Exchange(self._in, self._out, host, limit + _OVERTIME, self._frames)
        try:
            outcome = await exchange.run(job)
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
            return SandboxError(
                f"The sandbox's worker process was not ready after {_START:g} s", hint=TRUSTED
            )
        said = self._last_words()
        return start_error(self._process.returncode, said)

    def _last_words(self) -> str:
        """What the process wrote before it died. Raises SandboxError for a failure of our own."""
        assert self._process.stderr
        said = b""
        with suppress(OSError, subprocess.TimeoutExpired):
            # Its pipes are closed: what is left is the system's work.
            self._process.wait(10)
            said = self._process.stderr.read() or b""
        text = said.decode("utf-8", "replace")
        if "Traceback" in text and "MemoryError" not in text:
            reason = text.strip().splitlines()[-1]
            raise SandboxError(f"The sandbox's worker process failed: {reason}", hint=TRUSTED)
        return text

    def _post_mortem(self) -> dict[str, str]:
        """Why the process died in a job, by what V8 wrote last. Raises SandboxError."""
        said = self._last_words()
        limited = address_space_error(said) if "reserv" in said else None
        if limited is not None:
            raise limited
        # V8 says why it gives up; its allocator, at the process's own limit, only traps.
        trapped = not said and -(self._process.returncode or 0) in (
            signal.SIGTRAP,
            signal.SIGILL,
            signal.SIGKILL,
        )
        if trapped or "out of memory" in said.lower() or "MemoryError" in said:
            return {"kind": "memory", "message": exhausted(self._memory)}
        return {"kind": "crash", "message": _CRASH}

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


class _Exchange:
    """One job on its way: writes it, reads what the worker says, and answers."""

    def __init__(self, into: int, out: int, host: Host, patience: float, frames: frames.Frames) -> None:
        self._loop = asyncio.get_running_loop()
        self._into, self._out, self._host, self._patience = into, out, host, patience
        self._frames = frames
        self._body = b""
        self._waiting: dict[int, bytes] = {}
        self._size = 0
        self._unsent = bytearray()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._tasks: set[asyncio.Task[None]] = set()
        self._begun: dict[int, asyncio.Task[None]] = {}
        self._outcome = Outcome()
        self._timer: asyncio.TimerHandle | None = None
        self.begun = False
        """Whether the worker has taken the job."""
        self.closed = False
        self.overran = False
        self.broken = False
        """Whether it sent what is no message."""

    async def run(self, job: Message) -> Outcome:
        """Give the job and wait for its end, or the worker's."""
        loop = self._loop
        loop.add_reader(self._out, self._readable)
        try:
            self._body = job.body or b""
            self._send(frames.JOB, 0, job.pack())
            self._restart_timer(_START)
            await self._ended
        finally:
            loop.remove_reader(self._out)
            loop.remove_writer(self._into)
            if self._timer is not None:
                self._timer.cancel()
            for task in self._tasks:
                task.cancel()
        return self._outcome

    @property
    def unsent(self) -> bool:
        """Whether an answer was cut off: the worker would take what comes next for the rest of it."""
        return bool(self._unsent)

    def _restart_timer(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, self._overrun)

    def _overrun(self) -> None:
        self.overran = True
        self._end()

    def _end(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)

    def _readable(self) -> None:
        try:
            data = os.read(self._out, _PIPE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.closed = True
            self._end()
            return
        try:
            for kind, ident, payload in self._frames.feed(data):
                self._take(kind, ident, payload)
        except frames.ProtocolError:
            self.broken = True
            self._end()

    def _take(self, kind: int, ident: int, payload: bytes) -> None:
        if kind == frames.STEP:
            self._outcome.steps.append(payload)
            self._restart_timer(self._patience)
        elif kind == frames.CALL and len(self._tasks) >= _MOST_CALLS:
            self._waiting[ident] = payload
            self._size += len(payload)
            if self._size > _MOST_WAITING:
                self._loop.remove_reader(self._out)
        elif kind in (frames.CALL, frames.CALL_SYNC):
            self._begin(ident, payload)
        elif kind == frames.BODY:
            self._send_piece(payload)
        elif kind == frames.CANCEL:
            self._size -= len(self._waiting.pop(ident, b""))
            if begun := self._begun.get(ident):
                begun.cancel()
        elif kind == frames.BEGUN:
            self.begun = True
            self._restart_timer(self._patience)
        elif kind == frames.FAIL:
            self._outcome.failure = _failure(payload)
            self._end()
        elif kind == frames.DONE:
            self._outcome.steps.append(payload)
            self._end()
        else:
            raise frames.ProtocolError(f"a frame of unknown kind {kind}")

    def _send_piece(self, start: bytes) -> None:
        """Send the piece of the response's body that a script waits for."""
        if not start.isdigit() or len(self._unsent) > frames.MAX_PAYLOAD:
            raise frames.ProtocolError("no worker of ours asks like that")
        begin = int(start)
        self._send(frames.ANSWER, 0, self._body[begin : begin + PIECE])

    def _begin(self, ident: int, request: bytes) -> None:
        task = self._loop.create_task(self._answer(ident, request))
        self._tasks.add(task)
        if ident:
            self._begun[ident] = task
        task.add_done_callback(lambda done: self._answered(ident, done))

    def _answered(self, ident: int, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._begun.pop(ident, None)
        paused = self._size > _MOST_WAITING
        while self._waiting and len(self._tasks) < _MOST_CALLS and not self._ended.done():
            first = next(iter(self._waiting))
            request = self._waiting.pop(first)
            self._size -= len(request)
            self._begin(first, request)
        if paused and self._size <= _MOST_WAITING and not self._ended.done():
            self._loop.add_reader(self._out, self._readable)

    async def _answer(self, ident: int, request: bytes) -> None:
        answer = await hosts.answer(self._host, request)
        if not self._ended.done():
            self._send(frames.ANSWER, ident, answer)

    def _send(self, kind: int, ident: int, payload: bytes) -> None:
        self._unsent += frames.encode(kind, ident, payload)
        self._writable()

    def _writable(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: os.write(self._into, self._unsent)]
        except BlockingIOError:
            self._loop.add_writer(self._into, self._writable)
            return
        except OSError:
            # The worker is gone; its end of the other pipe says so, too.
            self._unsent.clear()
        self._loop.remove_writer(self._into)


def _failure(payload: bytes) -> dict[str, Any]:
    try:
        failure = json.loads(payload)
        return {"kind": str(failure["kind"]), "message": str(failure["message"])}
    except (ValueError, KeyError, TypeError):
        return {"kind": "crash", "message": _CRASH}


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
