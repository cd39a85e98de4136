"""A new isolate, warmed up: what scripts need is loaded and compiled before the first one comes."""

from __future__ import annotations

from bruscript.sandbox.engine.isolate import Isolate
from bruscript.sandbox.engine.job_run import JobRun
from bruscript.sandbox.engine.sources import Library, warm_up_job
from bruscript.sandbox.engine.v8 import V8
from bruscript.sandbox.wire.message import Message

_LIMIT = 30.0
_HEAP_BESIDE = 24 << 20
"""Bytes of the heap that are ours: the API, libraries, compiled code."""


class _Silent:
    """Serves the warm-up job: libraries are at hand, nothing else is there."""

    def __init__(self, library: Library) -> None:
        self.steps = 0
        self.pending: set[int] = set()
        self.call_sync = library.read

    def call(self, ident: int, request: bytes) -> None:
        """Answer nothing."""

    def cancel(self, ident: int) -> None:
        """Do nothing: no call was begun."""

    def body(self, start: int) -> bytes:
        """There is none."""
        return b""

    def step(self, index: int, outcome: bytes, last: bool) -> None:
        """Do nothing: nothing listens."""
        self.steps = index + 1

    def answer(self, timeout: float) -> bytes | None:
        """There is none."""
        return None


def warm_isolate(v8: V8, program: str, sources: str, library: Library, memory: int) -> Isolate:
    """Make an isolate for scripts that may have `memory` MiB. Raises LimitMet, V8Error if it is broken."""
    size = memory << 20
    # Memory that V8 never frees (registered symbols) could otherwise leave the next script almost none.
    isolate = Isolate(v8, program, sources, size + _HEAP_BESIDE, size // 4 + _HEAP_BESIDE)
    JobRun(isolate, _Silent(library), Message(warm_up_job(), None, _LIMIT), memory).run()
    isolate.finish(_LIMIT)
    return isolate
