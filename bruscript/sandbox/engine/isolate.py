"""An isolate with our JavaScript in it, and the memory through which the two sides talk.

JavaScript writes a message (ASCII JSON) into the shared memory and calls a function that runs here, on V8's
thread; V8 goes on when that returns. So a synchronous call is answered without any polling.
js/kernel/memory.js is the other side, with the same numbers.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from bruscript.sandbox.engine.v8 import V8, Context
from bruscript.sandbox.wire.message import PIECE, Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Link(Protocol):
        """Where an isolate's messages go. All but `call_sync` and `body` return at once; none raises."""

        def call_sync(self, request: bytes) -> bytes:
            """Answer a host call, [name, args]: {"value": …} or {"error": {message, name?, code?}},
            ASCII JSON.
            """

        def call(self, ident: int, request: bytes) -> None:
            """Begin a host call; its answer is delivered later, under `ident`."""

        def cancel(self, ident: int) -> None:
            """Cancel a call: nobody waits for its answer any more."""

        def body(self, start: int) -> bytes:
            """Get the piece that begins at `start` of a body that did not come along with its job."""

        def step(self, index: int, outcome: bytes, last: bool) -> None:
            """Take the outcome of the step `index`: {"result": …, "changes"?: …}; `last` ends the job."""


_LEAST = 0.001
"""Seconds that a call has even where none are left."""

_HEAD, _SIZE = 64, PIECE
_MORE, _ANSWER, _CALL_SYNC, _CALL, _STEP, _DONE, _RECEIVE, _CANCEL = range(1, 9)
_OP, _LENGTH, _IDENT, _TOTAL, _BODY = range(5)


class Isolate:
    """One V8 isolate, booted. Takes the library, the sources' JSON, the heap's limit in bytes (0: V8's own),
    and how many bytes a job may leave to the next one.

    Its functions are called by one thread at a time; `link` may be changed between jobs.
    """

    def __init__(self, v8: V8, program: str, sources: str, heap_limit: int = 0, much: int = 0) -> None:
        self.link: Link | None = None
        self.done = False
        self.stepped = 0.0
        """When the last step ended, by the monotonic clock."""
        self.broken = False
        """Whether a message was lost for lack of memory."""
        self._parts: list[bytes] = []
        self._answer = b""
        self._sent = 0
        self._body: bytes | None = b""
        self._context = Context(v8, self._guarded)
        if heap_limit:
            self._context.limit_heap(heap_limit, much)
        self._memory: Any
        self._memory, functions = self._context.boot(program, sources)
        self._control = self._memory[:_HEAD].cast("i")
        self._enter, self._pulse, self._deliver, self._interrupt, self._finish = functions

    def enter(self, job: Message, left: Callable[[], float]) -> float:
        """Begin a job and continue it as `pulse` does, once for each step and once more.

        So most jobs are done when it returns. `left` returns the remaining seconds of the running step.
        Returns what `pulse` returns. Raises V8Error and its subclasses.
        """
        self.done = False
        self._parts.clear()
        self._body = job.body
        self._control[_BODY] = -1 if job.body_size is None else job.body_size
        pulses = [self._pulse] * (job.steps + 1)
        return self._context.call_in_turn([self._enter, *pulses], job.json, left)

    def pulse(self, left: Callable[[], float]) -> float:
        """Wait until no microtask is left, then let timers run; return the milliseconds until the next.

        0: at once; below 0: never, but by an answer.
        """
        return self._context.call(self._pulse, None, left() + _LEAST, left)

    def deliver(self, answer: bytes, left: Callable[[], float]) -> None:
        """Pass JavaScript the answer to a host call: [ident, answer] as JSON."""
        self._context.call(self._deliver, answer, left() + _LEAST, left)

    def interrupt(self, reason: bytes, timeout: float) -> bool:
        """End the step that waits by an error, {message, kind} as JSON; return whether one was waiting."""
        return bool(self._context.call(self._interrupt, reason, timeout))

    def finish(self, timeout: float) -> bool:
        """Clean up after a job; return whether the isolate is unchanged, and has room for the next one.

        The first call records the baseline.
        """
        self._body = self._answer = b""
        return bool(self._context.call(self._finish, None, timeout)) and not self._context.crowded

    @property
    def memory_exhausted(self) -> bool:
        """Whether the heap's limit, or the process's, has ended something."""
        return self.broken or self._context.limit_reached

    def close(self) -> None:
        """Free it, whatever runs in it."""
        self._context.close()

    def _guarded(self) -> None:
        try:
            self._notified()
        except MemoryError:
            self.broken = True

    def _notified(self) -> None:
        control = self._control
        op, length = control[_OP], control[_LENGTH]
        if op == _ANSWER:
            self._send_piece()
            return
        if op == _RECEIVE:
            self._put(self._piece(control[_IDENT]))
            return
        part = bytes(self._memory[_HEAD : _HEAD + length])
        if op == _MORE:
            self._parts.append(part)
            return
        if self._parts:
            part = b"".join((*self._parts, part))
            self._parts.clear()
        self._dispatch(op, control[_IDENT], part)

    def _piece(self, start: int) -> bytes:
        """Return the piece of the response's body that begins at `start`; nothing once the job has ended."""
        if self.done or self.link is None:
            return b""
        if self._body is None:
            return self.link.body(start)[:_SIZE]
        return self._body[start : start + _SIZE]

    def _dispatch(self, op: int, ident: int, message: bytes) -> None:
        link = self.link
        if link is None:
            # Only while it boots: nothing can answer then.
            self._begin_answer(b'{"error":{"message":"no host is connected"}}')
        elif self.done:
            # A script may live on for a moment; who listened has ended, and would take it for the next job's.
            self._begin_answer(b'{"error":{"message":"the job has ended"}}')
        elif op == _CALL_SYNC:
            self._begin_answer(link.call_sync(message))
        elif op == _CALL:
            link.call(ident, message)
        elif op == _CANCEL:
            link.cancel(ident)
        elif op in (_STEP, _DONE):
            self.stepped = time.monotonic()
            self.done = op == _DONE
            link.step(ident, message, self.done)
            if self.done:
                self._context.recheck()

    def _begin_answer(self, answer: bytes) -> None:
        self._answer, self._sent = answer, 0
        self._control[_TOTAL] = len(answer)
        self._send_piece()

    def _send_piece(self) -> None:
        piece = self._answer[self._sent : self._sent + _SIZE]
        self._sent += len(piece)
        self._put(piece)

    def _put(self, piece: bytes) -> None:
        self._memory[_HEAD : _HEAD + len(piece)] = piece
        self._control[_LENGTH] = len(piece)
