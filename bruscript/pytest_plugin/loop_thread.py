"""An event loop in its own thread, so that pytest's thread can be interrupted while it waits."""

from __future__ import annotations

import asyncio
import contextvars
import os
import queue
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any, TypeVar

T = TypeVar("T")
_PATIENCE = 5.0
"""Seconds that a request may take to end after it was cancelled."""
_TICK = 0.1 if os.name == "nt" else None
"""On Windows nothing interrupts a thread that waits, Ctrl-C included: it has to look up now and then."""


class LoopThread:
    """Runs coroutines for the thread that made it, which meanwhile does what their side asks it to do.

    So a time limit or Ctrl-C raises in pytest's own thread, and WSGI applications run there: beside the
    fixtures, with the same thread-local connections.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bruscript-items", daemon=True)
        self._thread.start()
        self.caller = Caller()
        """The thread that waits in `run`, for as long as it does."""
        self.is_stuck = False
        """Whether something that was cancelled does not end: nothing can run here any more."""

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run `coroutine` to its end and return what it returns; an interrupt cancels it."""
        __tracebackhide__ = True
        self.caller = caller = Caller()
        started: Future[asyncio.Task[T]] = Future()

        def start() -> None:
            task = self._loop.create_task(coroutine)
            task.add_done_callback(lambda _: caller.release())
            started.set_result(task)

        # Context variables that fixtures have set are the application's too.
        self._loop.call_soon_threadsafe(start, context=contextvars.copy_context())
        try:
            caller.serve()
        except BaseException:
            try:
                self._loop.call_soon_threadsafe(started.result(_PATIENCE).cancel)
                caller.refuse(_PATIENCE)
            except (FutureTimeoutError, queue.Empty):
                self.is_stuck = True
            raise
        return started.result().result()

    def close(self) -> None:
        """End the loop and its thread."""
        if not self.is_stuck:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()


class Caller:
    """A thread that waits, and meanwhile runs calls of other threads."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._is_over = False
        self._lock = threading.Lock()

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call `function` in that thread; return its result, or raise its exception."""
        call = _Call(function, arguments)
        with self._lock:
            if self._is_over:
                call.refuse()
            else:
                self._calls.put(call)
        return call.result.result()

    def serve(self) -> None:
        """Run requested calls until `release`."""
        __tracebackhide__ = True
        while (call := self._next()) is not None:
            call()
        self.release()
        self.refuse(0)

    def _next(self) -> _Call | None:
        __tracebackhide__ = True
        while True:
            try:
                return self._calls.get(timeout=_TICK)
            except queue.Empty:
                continue

    def release(self) -> None:
        """Let the thread go on with its own work."""
        self._calls.put(None)

    def refuse(self, patience: float) -> None:
        """Do nothing any more; raise queue.Empty unless the thread is released within `patience` seconds."""
        with self._lock:
            self._is_over = True
        while (call := self._calls.get(timeout=patience)) is not None:
            call.refuse()


class _Call:
    """A call in another thread, and its result."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.result: Future[Any] = Future()
        self._function = function
        self._arguments = arguments

    def __call__(self) -> None:
        try:
            self.result.set_result(self._function(*self._arguments))
        except (Exception, SystemExit) as error:
            self.result.set_exception(error)
        except BaseException:
            # A time limit or Ctrl-C: it is for pytest, which is in this thread.
            self.refuse()
            raise

    def refuse(self) -> None:
        """Let the other thread go on without a result."""
        self.result.set_exception(RuntimeError("The request was cancelled"))
