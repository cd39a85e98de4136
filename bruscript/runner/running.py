"""Runs a collection to its end: in the caller's event loop, or for a caller without one."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bruscript.runner.engine import Engine

if TYPE_CHECKING:
    from bruscript.collection import Collection
    from bruscript.runner.events import Reporter
    from bruscript.runner.options import RunOptions
    from bruscript.runner.run_result import RunResult


async def run_in_loop(
    collection: Collection, options: RunOptions, reporters: Iterable[Reporter]
) -> RunResult:
    """Run in the current event loop; see `arun_collection`."""
    result = await Engine(collection, options, reporters).run()
    if result.interrupted:
        # A cancellation that ended here would be none for time limits and task groups around it.
        raise asyncio.CancelledError
    return result


def run_to_end(collection: Collection, options: RunOptions, reporters: list[Reporter]) -> RunResult:
    """Run in its own loop; see `run_collection`."""
    if _in_a_loop():
        return _in_thread(collection, options, reporters)
    return asyncio.run(_interruptible(collection, options, reporters))


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _interruptible(collection: Collection, options: RunOptions, reporters: list[Reporter]) -> RunResult:
    task = asyncio.ensure_future(Engine(collection, options, reporters).run())
    if threading.current_thread() is threading.main_thread():
        loop = asyncio.get_running_loop()
        # Windows has no signal handlers in the loop: there an interrupt cancels through asyncio.run.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(signal.SIGINT, task.cancel)
    return await task


def _in_thread(collection: Collection, options: RunOptions, reporters: list[Reporter]) -> RunResult:
    outcome: list[RunResult] = []
    failure: list[BaseException] = []

    def target() -> None:
        try:
            outcome.append(asyncio.run(Engine(collection, options, reporters).run()))
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=target, name="bruscript-run")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]
