"""An isolate in this process, on its own thread: for trusted scripts."""

from __future__ import annotations

import asyncio
import os
import queue
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from bruscript.sandbox.engine.isolate import Isolate
from bruscript.sandbox.engine.job_run import GRACE, JobRun, LimitMet
from bruscript.sandbox.engine.sources import Library, read_sources
from bruscript.sandbox.engine.v8 import V8, V8Error
from bruscript.sandbox.engine.warm import warm_isolate
from bruscript.sandbox.parent import host as hosts
from bruscript.sandbox.parent.budget import Budget, Claim
from bruscript.sandbox.parent.codec import Outcome
from bruscript.sandbox.parent.gate import depth, mark_nested
from bruscript.sandbox.parent.host import Host
from bruscript.sandbox.parent.pool import Tenant
from bruscript.sandbox.parent.start import SandboxError, check_address_space, mini_racer_directory
from bruscript.sandbox.wire.message import Message

_left_behind: list[Isolate] = []
"""Isolates in which a script still runs while the interpreter ends."""

_GONE = b'{"error":{"message":"the job has ended"}}'


class _Shared:
    """V8, the sources and the libraries' texts: one of each in the process."""

    _made: _Shared | None = None
    _lock = threading.Lock()

    def __init__(self) -> None:
        self.owner = os.getpid()
        check_address_space()
        self.v8 = V8(mini_racer_directory())
        self.program, self.sources = read_sources()
        self.library = Library()

    @classmethod
    def get(cls) -> _Shared:
        with cls._lock:
            if cls._made is None:
                cls._made = cls()
            elif cls._made.owner != os.getpid():
                raise SandboxError(
                    "V8 runs in the process that forked this one, and cannot be started again here",
                    hint='Use isolation="process", or run the first script after the fork.',
                )
            return cls._made


class _LoopLink:
    """Carries an isolate's calls to a host on an event loop, and the answers back."""

    def __init__(self, loop: asyncio.AbstractEventLoop, host: Host, budget: Budget) -> None:
        self.steps = 0
        self.pending: set[int] = set()
        self.outcome = Outcome()
        self._loop, self._host, self._budget = loop, host, budget
        self._depth = depth()
        self._answers: queue.SimpleQueue[tuple[int, bytes, Claim] | None] = queue.SimpleQueue()
        self._calls: set[Future[Any]] = set()
        self._begun: dict[int, Future[Any]] = {}
        self._ended = False

    def call_sync(self, request: bytes) -> bytes:
        """Have the loop answer, and wait."""
        try:
            answer: bytes = self._submit(self._answer(request)).result()
        except (CancelledError, RuntimeError):
            return _GONE
        return answer

    def call(self, ident: int, request: bytes) -> None:
        """Have the loop answer."""
        self.pending.add(ident)

        async def later() -> None:
            claim = self._budget.claim()
            try:
                text = await self._answer(request, claim)
            except BaseException:
                claim.release()
                raise
            self._answers.put((ident, text, claim))
            if self._ended:
                claim.release()

        # Whoever calls on after the job's end is not heard.
        with suppress(RuntimeError):
            self._begun[ident] = self._submit(later())

    def cancel(self, ident: int) -> None:
        """Cancel a call; its answer may be there already."""
        self.pending.discard(ident)
        if call := self._begun.pop(ident, None):
            call.cancel()

    async def _answer(self, request: bytes, claim: Claim | None = None) -> bytes:
        mark_nested(self._depth)
        return await hosts.answer(self._host, request, claim)

    def body(self, start: int) -> bytes:
        """Never called: every body comes with its job."""
        return b""

    def step(self, index: int, outcome: bytes, last: bool) -> None:
        """Keep a step's outcome."""
        self.steps = index + 1
        self.outcome.steps.append(outcome)

    def answer(self, timeout: float) -> bytes | None:
        """Return the next answer, or None after `timeout` seconds, or where nobody waits for it any more."""
        try:
            answer = self._answers.get(timeout=timeout)
        except queue.Empty:
            return None
        if answer is None:
            self._answers.put(None)
            return None
        ident, text, claim = answer
        claim.release()
        self._begun.pop(ident, None)
        if ident not in self.pending:
            return None
        self.pending.discard(ident)
        return b"[%d,%s]" % (ident, text)

    def end(self) -> None:
        """Cancel all unanswered calls."""
        self._ended = True
        with suppress(queue.Empty):
            while (answer := self._answers.get_nowait()) is not None:
                answer[2].release()
        # Who waits for an answer is let go: there will be none.
        self._answers.put(None)
        for call in list(self._calls):
            call.cancel()

    def _submit(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        if self._ended:
            work.close()
            raise RuntimeError("the job has ended")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        self._calls.add(future)
        future.add_done_callback(self._calls.discard)
        return future


class IsolateThread:
    """Runs jobs in one isolate at a time. Takes a script's memory limit in MiB, which here counts
    V8's heap only.
    """

    def __init__(self, memory: int) -> None:
        self.tenant: Tenant | None = None
        self._memory = memory
        self._isolate: Isolate | None = None
        self._owner: int | None = None
        """Whose jobs have run in the isolate."""
        self._lock = threading.Lock()
        self._running = False
        """Whether a script runs in the isolate: not while that is made, or looked through after a job."""
        self.alive = True
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="bruscript-sandbox")
        self._thread.submit(self._get)

    async def run(self, job: Message, host: Host, budget: Budget) -> Outcome:
        """Run a job and return its result."""
        loop = asyncio.get_running_loop()
        link = _LoopLink(loop, host, budget)
        try:
            return await loop.run_in_executor(self._thread, self._run, link, job)
        except asyncio.CancelledError:
            link.end()
            self.kill()
            raise

    def _get(self) -> Isolate:
        if self._isolate is None:
            shared = _Shared.get()
            try:
                self._isolate = warm_isolate(
                    shared.v8, shared.program, shared.sources, shared.library, self._memory
                )
            except (V8Error, LimitMet) as error:
                raise SandboxError(
                    f"V8 cannot start another isolate in this process: {error}",
                    hint='Scripts may hold most of its memory. With isolation="process" that ends with them.',
                ) from None
            self._owner = None
        return self._isolate

    def _run(self, link: _LoopLink, job: Message) -> Outcome:
        if self._owner not in (None, job.owner):
            self._drop()
        isolate = self._get()
        self._owner = job.owner
        with self._lock:
            if not self.alive:
                # Whoever wanted the job has given it up.
                return link.outcome
            self._running = True
        job_run = JobRun(isolate, link, job, self._memory)
        try:
            job_run.run()
        except LimitMet as limit_met:
            # Of what a job leaves running, its result says nothing.
            if not isolate.done:
                link.outcome.failure = {"kind": limit_met.kind, "message": limit_met.message}
            self._abandon()
        finally:
            self._running = False
            link.end()
        # Refused once `kill` was called, which has seen to the isolate then.
        with suppress(RuntimeError):
            self._thread.submit(self._clean, job_run.dirty)
        return link.outcome

    def _clean(self, dirty: bool) -> None:
        """Between two jobs: look whether the isolate is as it was, else make another."""
        if not self.alive:
            return
        if self._isolate is None:
            self._get()
            return
        try:
            if dirty or not self._isolate.finish(GRACE) or self._isolate.memory_exhausted:
                self._drop()
        except V8Error:
            self._abandon()
        if self.alive:
            self._get()

    def _drop(self) -> None:
        isolate, self._isolate = self._isolate, None
        if isolate is not None:
            isolate.close()

    def _abandon(self) -> None:
        """Close the isolate without waiting for it: V8 may be in the midst of what cannot be interrupted."""
        isolate, self._isolate = self._isolate, None
        if isolate is not None:
            try:
                threading.Thread(target=isolate.close, name="bruscript-sandbox-close", daemon=True).start()
            except RuntimeError:
                # The interpreter ends, and starts no thread any more: V8's ends with the process.
                _left_behind.append(isolate)

    def kill(self) -> None:
        """Close the isolate: at once where a script runs in it, which so is ended, else when our own work
        in it is done. Does not wait.
        """
        with self._lock:
            if not self.alive:
                return
            self.alive = False
            if self._running:
                self._abandon()
        # To free an isolate while it is made or cleaned would leave it behind, or end the process.
        try:
            self._thread.submit(self._drop)
        except RuntimeError:
            # The interpreter ends, and has waited for the thread.
            self._drop()
        self._thread.shutdown(wait=False)
