"""One job in a worker process: sends it, reads the worker's messages, and answers its calls."""

from __future__ import annotations

import asyncio
import json
import os
from collections import deque
from typing import TYPE_CHECKING, Any

from bruscript.sandbox.parent import host as hosts
from bruscript.sandbox.parent.codec import Outcome
from bruscript.sandbox.wire import frames
from bruscript.sandbox.wire.message import PIECE

if TYPE_CHECKING:
    from bruscript.sandbox.parent.budget import Budget, Claim
    from bruscript.sandbox.parent.host import Host
    from bruscript.sandbox.wire.message import Message

_PIPE = 1 << 16
"""Bytes that a pipe holds: to ask for more would allocate more."""

START = 60.0
"""Seconds in which a worker must have started, or cleaned up after its last job, and taken the next one."""

_MOST_CALLS = 1000
"""Calls of one job that are answered at once; more of them wait."""

_MOST_BEGUN = 64 << 20
"""Bytes of calls that are being answered; beyond it, others wait."""

_MOST_WAITING = 32 << 20
"""Bytes of calls that wait; while there are more, the worker is not listened to."""

CRASH = "The script ended the sandbox's process (V8 gave up); the next script gets a fresh one"


class Exchange:
    """One job on its way.

    Takes the pipes to the worker and from it, who answers calls, how many seconds without news are too many
    once the worker has taken the job, and the part of a frame received so far.
    """

    def __init__(self, into: int, out: int, host: Host, patience: float, frames: frames.Frames) -> None:
        self._loop = asyncio.get_running_loop()
        self._into, self._out, self._host, self._patience = into, out, host, patience
        self._frames = frames
        self._body = b""
        self._waiting: dict[int, bytes] = {}
        self._budget: Budget | None = None
        self._waiting_size = 0
        self._begun_size = 0
        self._unsent = bytearray()
        self._sent = 0
        # Where in all that is sent an answer ends for which budget is held, and its claim.
        self._claims: deque[tuple[int, Claim]] = deque()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._tasks: set[asyncio.Task[None]] = set()
        self._begun: dict[int, asyncio.Task[None]] = {}
        self._outcome = Outcome()
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._writing = False
        self.begun = False
        """Whether the worker has taken the job."""
        self.closed = False
        self.overran = False
        self.broken = False
        """Whether it sent anything but a message."""

    async def run(self, job: Message, budget: Budget) -> Outcome:
        """Return the job and wait for its end, or the worker's."""
        loop = self._loop
        self._budget = budget
        loop.add_reader(self._out, self._readable)
        try:
            self._body = job.body or b""
            self._send(frames.JOB, 0, job.pack())
            self._restart_timer(START)
            await self._ended
        finally:
            loop.remove_reader(self._out)
            if self._writing:
                loop.remove_writer(self._into)
            if self._timer is not None:
                self._timer.cancel()
            for task in self._tasks:
                task.cancel()
            self._release()
        return self._outcome

    @property
    def unsent(self) -> bool:
        """Whether an answer was cut off: the worker would take what comes next for the rest of it."""
        return bool(self._unsent)

    def _restart_timer(self, seconds: float) -> None:
        """Wait for news of the worker from now on for `seconds`."""
        self._deadline = self._loop.time() + seconds
        if self._timer is None or self._deadline < self._timer.when():
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(self._deadline, self._overrun)

    def _overrun(self) -> None:
        if self._loop.time() < self._deadline:
            # There was news since the timer was set.
            self._timer = self._loop.call_at(self._deadline, self._overrun)
            return
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
        elif kind == frames.CALL and self._busy:
            self._waiting[ident] = payload
            self._waiting_size += len(payload)
            if self._waiting_size > _MOST_WAITING:
                self._loop.remove_reader(self._out)
        elif kind in (frames.CALL, frames.CALL_SYNC):
            self._begin(ident, payload)
        elif kind == frames.BODY:
            self._send_piece(payload)
        elif kind == frames.CANCEL:
            self._waiting_size -= len(self._waiting.pop(ident, b""))
            if call := self._begun.get(ident):
                call.cancel()
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
            raise frames.ProtocolError("not a valid request from a worker")
        begin = int(start)
        self._send(frames.ANSWER, 0, self._body[begin : begin + PIECE])

    @property
    def _busy(self) -> bool:
        """Whether further calls have to wait."""
        return len(self._tasks) >= _MOST_CALLS or self._begun_size > _MOST_BEGUN

    def _begin(self, ident: int, request: bytes) -> None:
        # The script waits for a synchronous call: it shares no budget, so that it waits for no other.
        claim = self._budget.claim() if ident and self._budget else None
        task = self._loop.create_task(self._answer(ident, request, claim))
        self._tasks.add(task)
        self._begun_size += len(request)
        if ident:
            self._begun[ident] = task
        size = len(request)
        task.add_done_callback(lambda done: self._answered(ident, size, done))

    def _answered(self, ident: int, size: int, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._begun_size -= size
        self._begun.pop(ident, None)
        paused = self._waiting_size > _MOST_WAITING
        while self._waiting and not self._busy and not self._ended.done():
            first = next(iter(self._waiting))
            request = self._waiting.pop(first)
            self._waiting_size -= len(request)
            self._begin(first, request)
        if paused and self._waiting_size <= _MOST_WAITING and not self._ended.done():
            self._loop.add_reader(self._out, self._readable)

    async def _answer(self, ident: int, request: bytes, claim: Claim | None) -> None:
        try:
            answer = await hosts.answer(self._host, request, claim)
        except BaseException:
            if claim is not None:
                claim.release()
            raise
        if claim is not None:
            self._claims.append((self._sent + len(self._unsent) + frames.size(answer), claim))
        if self._ended.done():
            self._release()
        else:
            self._send(frames.ANSWER, ident, answer)

    def _send(self, kind: int, ident: int, payload: bytes) -> None:
        self._unsent += frames.head(kind, ident, payload)
        self._unsent += payload
        self._writable()

    def _writable(self) -> None:
        try:
            while self._unsent:
                count = os.write(self._into, self._unsent)
                del self._unsent[:count]
                self._sent += count
        except BlockingIOError:
            self._loop.add_writer(self._into, self._writable)
            self._writing = True
        except OSError:
            # The worker is gone; its end of the other pipe says so, too.
            self._unsent.clear()
            self._release()
        else:
            if self._writing:
                self._loop.remove_writer(self._into)
                self._writing = False
        while self._claims and self._claims[0][0] <= self._sent:
            self._claims.popleft()[1].release()

    def _release(self) -> None:
        """Release the budget of answers that nobody will read."""
        while self._claims:
            self._claims.popleft()[1].release()


def _failure(payload: bytes) -> dict[str, Any]:
    try:
        failure = json.loads(payload)
        return {"kind": str(failure["kind"]), "message": str(failure["message"])}
    except (ValueError, KeyError, TypeError):
        return {"kind": "crash", "message": CRASH}
