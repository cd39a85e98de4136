"""Reads what a worker sends during one job: when the worker calls for it, or ends."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from bruscript.sandbox.wire import frames

if TYPE_CHECKING:
    from collections.abc import Callable

    from bruscript.sandbox.parent.start import Pipes

_PIPE = 1 << 16
"""Bytes that a pipe holds: to ask for more would allocate more."""


class Inbox:
    """Gives each frame to `take`: its kind, number and payload.

    Calls `end` when the worker has closed its pipe or has sent something else than a frame. `received` is the
    part of a frame that has come so far.
    """

    def __init__(
        self,
        pipes: Pipes,
        received: frames.Frames,
        take: Callable[[int, int, bytes], None],
        end: Callable[[], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._pipes, self._frames, self._take, self._end = pipes, received, take, end
        self._watched: tuple[int, ...] = ()
        self.closed = False
        """Whether the worker has closed its pipe."""
        self.broken = False
        """Whether it sent anything but a message."""

    def open(self) -> None:
        """Read from now on."""
        pipes = self._pipes
        if pipes.bell is None:
            self._watch(pipes.out)
        else:
            self._watch(pipes.bell, pipes.errors)

    def pause(self) -> None:
        """Read no more until `resume`."""
        self._watch()

    def resume(self) -> None:
        """Read again, beginning with what has come meanwhile."""
        self.open()
        self._loop.call_soon(self.look)

    def close(self) -> None:
        """Read no more, and let go of whoever has read: memory should not wait for the garbage collector."""
        self._watch()
        del self._take, self._end

    def look(self) -> None:
        """Read what the worker did not call for."""
        if self._watched:
            self._read()

    def _watch(self, *descriptors: int) -> None:
        for descriptor in self._watched:
            self._loop.remove_reader(descriptor)
        self._watched = descriptors
        for descriptor in descriptors:
            errors = descriptor == self._pipes.errors
            self._loop.add_reader(descriptor, self._parting if errors else self._called)

    def _called(self) -> None:
        if self._pipes.bell is not None:
            with suppress(BlockingIOError):
                # First, so that what comes from here on calls again.
                os.eventfd_read(self._pipes.bell)
        self._read()

    def _parting(self) -> None:
        """A worker that closes or uses its standard error is about to end: its pipe shows when it has."""
        self._watch(self._pipes.out)

    def _read(self) -> None:
        try:
            data = os.read(self._pipes.out, _PIPE)
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
        else:
            if len(data) == _PIPE:
                # There may be more, which nobody calls for again.
                self._loop.call_soon(self.look)
