"""Requests that failed are sent again: how often, how long after, and what is kept of each attempt."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from bruscript.errors import BruscriptError
from bruscript.evaluate.merge import merge

if TYPE_CHECKING:
    from bruscript.collection import Request
    from bruscript.runner.options import RunOptions
    from bruscript.runner.results import RequestResult


class _Attempt(Protocol):
    @property
    def result(self) -> RequestResult: ...


A = TypeVar("A", bound=_Attempt)


def retrying(request: Request, options: RunOptions | None) -> tuple[int, float]:
    """Return how often, and the delay in ms: the request's own settings, else the run's options.

    Without options the request is one that a script runs: they repeat it together with the one that runs it.
    A request that cannot be sent, because of what is in its file, is attempted once.
    """
    try:
        problem = merge(request).problem
    except BruscriptError:
        # A file that it needs beside its own is broken; the attempt reports it.
        return 0, 0
    if problem:
        return 0, 0
    own = request.data.get("settings") or {}
    usual = (options.retries, options.retry_delay_ms) if options else (0, 0)
    return int(own.get("retries", usual[0])), own.get("retryDelay", usual[1])


async def repeated(
    attempt: Callable[[], Awaitable[A]],
    retries: int,
    delay_ms: float,
    halted: Callable[[], bool] = lambda: False,
) -> A:
    """Make an attempt, and others while they fail, up to `retries` and unless the run is `halted`.

    Return the last one; its result has the others, the warnings of all, and the duration of all of them with
    the delays between.
    """
    earlier: list[RequestResult] = []
    start = time.perf_counter()
    while True:
        begin = time.perf_counter()
        last = await attempt()
        result = last.result
        if len(earlier) >= retries or not result.any_failed or halted():
            result.earlier, result.run_duration = earlier, time.perf_counter() - start
            # A warning that a run gives only once is one of the first attempt.
            result.warnings = [*dict.fromkeys(text for each in (*earlier, result) for text in each.warnings)]
            return last
        result.run_duration = time.perf_counter() - begin
        earlier.append(result)
        await asyncio.sleep(delay_ms / 1000)
