"""Runs requests and collections, and emits the events that reporters consume."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bruscript.runner.options import RunOptions

if TYPE_CHECKING:
    from bruscript.collection import Collection
    from bruscript.runner.events import Reporter
    from bruscript.runner.run_result import RunResult

__all__ = ["RunOptions", "arun_collection", "run_collection"]


async def arun_collection(
    collection: Collection, options: RunOptions | None = None, reporters: Iterable[Reporter] = ()
) -> RunResult:
    """Run `collection` in the current event loop and return what came of it.

    Cancelling the task ends the request in flight; the reporters then get what was done so far, and
    CancelledError is raised. Raises BruscriptError where the run cannot begin.
    """
    result = await _run(collection, options, reporters)
    if result.interrupted:
        # A cancellation that ended here would be none for time limits and task groups around it.
        raise asyncio.CancelledError
    return result


async def _run(
    collection: Collection, options: RunOptions | None, reporters: Iterable[Reporter]
) -> RunResult:
    # The engine brings the HTTP client and the sandbox with it, which who only reads events does without.
    from bruscript.runner.engine import Engine

    return await Engine(collection, options or RunOptions(), reporters).run()


def run_collection(
    collection: Collection, options: RunOptions | None = None, reporters: Iterable[Reporter] = ()
) -> RunResult:
    """Run `collection` to its end; usable inside a running event loop too (a thread of its own then).

    On the main thread an interrupt (Ctrl-C) ends the request in flight; the reporters then get what was done
    so far, and the result is returned with `interrupted` set.
    """
    reporters = list(reporters)
    if _in_a_loop():
        return _in_thread(collection, options, reporters)
    return asyncio.run(_interruptible(collection, options, reporters))


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _interruptible(
    collection: Collection, options: RunOptions | None, reporters: list[Reporter]
) -> RunResult:
    task = asyncio.ensure_future(_run(collection, options, reporters))
    if threading.current_thread() is threading.main_thread():
        loop = asyncio.get_running_loop()
        # Windows has no signal handlers in the loop: there an interrupt cancels through asyncio.run.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(signal.SIGINT, task.cancel)
    return await task


def _in_thread(collection: Collection, options: RunOptions | None, reporters: list[Reporter]) -> RunResult:
    outcome: list[RunResult] = []
    failure: list[BaseException] = []

    def target() -> None:
        try:
            outcome.append(asyncio.run(_run(collection, options, reporters)))
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=target, name="bruscript-run")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]
