"""An event loop on its own thread, for callers that have none."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


class BackgroundLoop:
    """Runs coroutines for any number of threads. Started by the first `run`, ended by `close`."""

    def __init__(self) -> None:
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` to its end and return its result, or raise its exception."""
        future = asyncio.run_coroutine_threadsafe(work, self._running())
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name="bruscript-sandbox-loop", daemon=True
                )
                self._thread.start()
            return self._loop

    def __del__(self) -> None:
        with suppress(Exception):
            if self._owner == os.getpid():
                self.close()

    def close(self) -> None:
        """End the thread when nothing runs in it any more; waits five seconds for that at the most."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(_stop_when_done, loop)
            if thread is not threading.current_thread():
                thread.join(5)
            if not loop.is_running():
                loop.close()


def _stop_when_done(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    if tasks:
        asyncio.gather(*tasks, return_exceptions=True).add_done_callback(lambda _: _stop_when_done(loop))
    else:
        loop.stop()
