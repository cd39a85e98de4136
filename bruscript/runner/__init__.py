"""Runs requests and collections, and emits the events that reporters consume."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bruscript.runner.options import RunOptions

if TYPE_CHECKING:
    from bruscript.collection import Collection
    from bruscript.runner.events import Reporter
    from bruscript.runner.run_result import RunResult

__all__ = ["RunOptions", "arun_collection", "run_collection"]

# The engine imports the event loop, the HTTP client and the sandbox. Code that only reads events or declares
# options does not need them.


async def arun_collection(
    collection: Collection, options: RunOptions | None = None, reporters: Iterable[Reporter] = ()
) -> RunResult:
    """Run `collection` in the current event loop and return its result.

    Cancelling the task ends the request in flight; the reporters then get what was done so far, and
    CancelledError is raised. Raises BruscriptError where the run cannot begin.
    """
    from bruscript.runner.running import run_in_loop

    return await run_in_loop(collection, options or RunOptions(), reporters)


def run_collection(
    collection: Collection, options: RunOptions | None = None, reporters: Iterable[Reporter] = ()
) -> RunResult:
    """Run `collection` to its end; usable inside a running event loop too (in its own thread).

    On the main thread an interrupt (Ctrl-C) ends the request in flight; the reporters then get what was done
    so far, and the result is returned with `interrupted` set.
    """
    from bruscript.runner.running import run_to_end

    return run_to_end(collection, options or RunOptions(), list(reporters))
