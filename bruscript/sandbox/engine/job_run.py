"""Running one job: turns of the isolate until its last step is done or a limit is met."""

from __future__ import annotations

import json
import time

from bruscript.sandbox.engine.isolate import Isolate
from bruscript.sandbox.engine.v8 import V8Error, V8MemoryError, V8Timeout
from bruscript.sandbox.wire.message import Message, exhausted, overrun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from bruscript.sandbox.engine.isolate import Link

    class JobLink(Link, Protocol):
        """A link whose answers to asynchronous calls can be waited for."""

        steps: int
        """How many steps have ended."""

        pending: set[int]
        """The asynchronous calls that are unanswered."""

        def answer(self, timeout: float) -> bytes | None:
            """Wait for the next answer, [ident, answer] as JSON; None after `timeout` seconds, or where
            nobody waits for it any more.
            """


GRACE = 1.0
"""Seconds that an isolate has for its own work: cleaning up, ending a step that was interrupted."""

STALLED = (
    "The script waits for a promise that nothing can settle any more: "
    "no timer, request or other call is pending"
)


class LimitMet(Exception):
    """A limit ended the job; the isolate is lost. `kind` is "timeout" or "memory"."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class JobRun:
    """Runs one job in an isolate, whose memory limit is `memory` MiB."""

    def __init__(self, isolate: Isolate, link: JobLink, job: Message, memory: int) -> None:
        self._isolate = isolate
        self._link = link
        self._job = job
        self._limit = job.limit
        self._memory = memory
        self._step = 0
        self._ended = -1
        self._reason = "", ""
        self._deadline = time.monotonic() + job.limit
        self.dirty = job.fresh
        """Whether to discard the isolate: something of the job may still run, or the job asks for it."""

    def run(self) -> None:
        """Run it. Raises LimitMet where the isolate itself had to be given up."""
        isolate = self._isolate
        isolate.link = self._link
        try:
            wait = isolate.enter(self._job, self._left)
            while not self._is_done(wait):
                wait = isolate.pulse(self._left)
        except V8Timeout:
            # A step that was asked to end has little time for it: the first reason counts, not this one.
            reason = self._reason if self._ended == self._step else ("timeout", overrun(self._limit))
            raise LimitMet(*reason) from None
        except (V8MemoryError, MemoryError):
            raise LimitMet("memory", exhausted(self._memory)) from None
        except V8Error as error:
            if isolate.memory_exhausted:
                raise LimitMet("memory", exhausted(self._memory)) from None
            # What follows the first line is the source, with all that the job was given.
            first = str(error).partition("\n")[0]
            raise LimitMet("crash", f"The script ended its sandbox: {first}") from None

    def _left(self) -> float:
        """Seconds that the step still has; every step has its own limit, and what is left running after the
        last one next to nothing.
        """
        if self._isolate.done:
            return max(self._isolate.stepped + GRACE - time.monotonic(), 0.0)
        if self._link.steps != self._step:
            self._step = self._link.steps
            self._deadline = self._isolate.stepped + self._limit
        return max(self._deadline - time.monotonic(), 0.0)

    def _is_done(self, wait: float) -> bool:
        """Return whether that was all.

        Else waits for what there is to wait for, `wait` milliseconds at the most.
        """
        isolate, link = self._isolate, self._link
        if isolate.memory_exhausted:
            raise V8MemoryError
        if isolate.done or wait == 0:
            return isolate.done
        if wait < 0 and not link.pending:
            self._end_step("error", STALLED)
            return False
        left = self._left()
        answer = link.answer(min(wait / 1000, left) if wait > 0 else left)
        if answer is not None:
            isolate.deliver(answer, self._left)
        elif self._left() <= 0:
            self._end_step("timeout", overrun(self._limit))
        return False

    def _end_step(self, kind: str, message: str) -> None:
        again = self._ended == self._step
        if again and self._left() <= 0:
            # It did not end when asked: the script prevented it.
            raise LimitMet(*self._reason)
        if not again:
            self._reason = kind, message
        self._ended = self._step
        self.dirty = True
        kind, message = self._reason
        reason = json.dumps({"kind": kind, "message": message}).encode()
        if not self._isolate.interrupt(reason, GRACE):
            raise LimitMet(kind, message)
        # The rest of the step is our own work: putting its results together.
        if not again:
            self._deadline = time.monotonic() + GRACE
