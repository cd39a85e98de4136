"""The worker's loop: keep a warm isolate, run the parent's jobs in it, replace it when it is dirty."""

from __future__ import annotations

import json
import os
import select
from collections import deque

from bruscript.sandbox.engine.isolate import Isolate
from bruscript.sandbox.engine.job_run import GRACE, JobRun, LimitMet
from bruscript.sandbox.engine.sources import Library, read_sources
from bruscript.sandbox.engine.v8 import V8, V8Error, V8MemoryError, V8Timeout
from bruscript.sandbox.engine.warm import warm_isolate
from bruscript.sandbox.wire import frames
from bruscript.sandbox.wire.message import Message

_IN, _OUT = 0, 1


def heap_flags(memory: int) -> str:
    """V8's flags for scripts that may have `memory` MiB. Past the second limit V8 ends the process itself."""
    return f"--max-old-space-size={memory + 64}"


class PipeLink:
    """Sends an isolate's messages to the parent and waits for its answers."""

    def __init__(self, library: Library) -> None:
        self.steps = 0
        self.pending: set[int] = set()
        self.ended = False
        self._answers: deque[tuple[int, bytes]] = deque()
        self._library = library

    def begin(self) -> None:
        """Forget the last job, and notify the parent that the next one is taken."""
        self.steps = 0
        self.pending.clear()
        self.ended = False
        self._answers.clear()
        self._send(frames.BEGUN, 0, b"")

    def call_sync(self, request: bytes) -> bytes:
        """Ask the parent and wait for its answer; libraries at hand are not asked for."""
        answer = self._library.known(request)
        if answer is not None:
            return answer
        return self._ask(frames.CALL_SYNC, request)

    def body(self, start: int) -> bytes:
        """Ask the parent for a piece of the response's body."""
        return self._ask(frames.BODY, b"%d" % start)

    def _ask(self, kind: int, request: bytes) -> bytes:
        """Ask the parent and wait for its answer; others that come first are kept."""
        self._send(kind, 0, request)
        while True:
            ident, answer = self._receive()
            if ident == 0:
                return answer
            self._answers.append((ident, answer))

    def call(self, ident: int, request: bytes) -> None:
        """Ask the parent; it answers when it can."""
        self.pending.add(ident)
        self._send(frames.CALL, ident, request)

    def cancel(self, ident: int) -> None:
        """Notify the parent that nobody waits for this answer; it may be on its way."""
        if ident in self.pending:
            self.pending.discard(ident)
            self._send(frames.CANCEL, ident, b"")

    def step(self, index: int, outcome: bytes, last: bool) -> None:
        """Notify the parent at once, in case the next step ends the worker."""
        self.steps = index + 1
        self.ended = last
        self._send(frames.DONE if last else frames.STEP, index, outcome)

    def answer(self, timeout: float) -> bytes | None:
        """Return the next answer, or None after `timeout` seconds, or where nobody waits for it any more."""
        if not self._answers:
            if not select.select([_IN], [], [], timeout)[0]:
                return None
            self._answers.append(self._receive())
        ident, answer = self._answers.popleft()
        if ident not in self.pending:
            return None
        self.pending.discard(ident)
        return b"[%d,%s]" % (ident, answer)

    def _send(self, kind: int, ident: int, payload: bytes) -> None:
        try:
            frames.write_frame(_OUT, kind, ident, payload)
        except OSError:
            os._exit(0)

    def _receive(self) -> tuple[int, bytes]:
        try:
            kind, ident, payload = frames.read_frame(_IN)
        except (OSError, frames.ProtocolError):
            # The parent is gone, and with it whoever waits for this script.
            os._exit(0)
        if kind != frames.ANSWER:
            os._exit(1)
        return ident, payload


class Server:
    """Runs jobs one after the other. Takes mini-racer's directory and a script's memory limit in MiB."""

    def __init__(self, mini_racer: str, memory: int) -> None:
        self._memory = memory
        self._v8 = V8(mini_racer, heap_flags(memory))
        self._program, self._sources = read_sources()
        self._library = Library()
        self._link = PipeLink(self._library)
        self._owner: int | None = None
        """Whose jobs have run in the isolate."""
        self._isolate = self._make()

    def serve(self) -> None:
        """Answer the parent until it closes the pipe."""
        while True:
            try:
                kind, _, payload = frames.read_frame(_IN)
            except (OSError, frames.ProtocolError):
                return
            if kind == frames.JOB:
                self._run(payload)
            # An answer here is for a job that has ended: nobody waits for it any more.

    def _run(self, payload: bytes) -> None:
        link = self._link
        link.begin()
        job = Message.unpack(payload)
        if self._owner not in (None, job.owner):
            self._replace()
        self._owner = job.owner
        job_run = JobRun(self._isolate, link, job, self._memory)
        dirty = False
        try:
            job_run.run()
        except LimitMet as limit_met:
            if not link.ended:
                reason = json.dumps({"kind": limit_met.kind, "message": limit_met.message}).encode()
                frames.write_frame(_OUT, frames.FAIL, 0, reason)
                os._exit(0)
            dirty = True
        # The parent works by now, and so do we: what follows costs no one time.
        if dirty:
            # V8 may be in the midst of what cannot be interrupted: to close it would wait for that.
            os._exit(0)
        if job_run.dirty or not self._is_clean():
            self._replace()

    def _replace(self) -> None:
        self._isolate.close()
        self._isolate = self._make()
        self._owner = None

    def _is_clean(self) -> bool:
        try:
            return self._isolate.finish(GRACE) and not self._isolate.memory_exhausted
        except (V8Timeout, V8MemoryError, MemoryError):
            os._exit(0)
        except V8Error:
            return False

    def _make(self) -> Isolate:
        return warm_isolate(self._v8, self._program, self._sources, self._library, self._memory)
