"""Sends a worker's messages to its parent, and calls the parent where it has to look at once."""

from __future__ import annotations

import os

from bruscript.sandbox.wire import frames

_QUIET = (frames.BEGUN, frames.STEP)
"""What the parent need not know before the next message, or before the worker has ended."""

_MOST_QUIET = 4096
"""Bytes that may lie in the pipe without a call."""


class Outbox:
    """Writes frames to the pipe `out`, which blocks. The parent looks when `bell`, an eventfd, was rung.

    Without a bell every message wakes the parent: see parent/inbox.py.
    """

    def __init__(self, out: int, bell: int | None) -> None:
        self._out = out
        self._bell = bell
        self._unseen = 0
        self._piece = 0
        if bell is not None:
            import fcntl

            # What is written before the next call must fit into the pipe beside what is unseen. A system that
            # has many pipes gives later ones less room.
            room: int = fcntl.fcntl(out, fcntl.F_GETPIPE_SZ)
            self._piece, self._most_unseen = room // 2, min(room // 8, _MOST_QUIET)

    def send(self, kind: int, ident: int, payload: bytes) -> None:
        """Send one frame. Raises OSError where the parent is gone."""
        frame = memoryview(frames.encode(kind, ident, payload))
        if self._bell is None:
            self._write(frame)
        elif kind in _QUIET and self._unseen + len(frame) <= self._most_unseen:
            self._unseen += len(frame)
            self._write(frame)
        else:
            self._unseen = 0
            for start in range(0, len(frame), self._piece):
                self._write(frame[start : start + self._piece])
                os.eventfd_write(self._bell, 1)

    def _write(self, data: memoryview) -> None:
        while data:
            data = data[os.write(self._out, data) :]
