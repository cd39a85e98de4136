"""How the time of some work grows with its size, whatever the machine and whoever else works on it."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def assert_linear(work: Callable[[int], object], size: int) -> None:
    """Fail if 8 times the size takes more than 24 times as long: quadratic work takes 64 times."""

    def processor_time(size: int) -> float:
        times = []
        for _ in range(3):
            begun = time.process_time()
            work(size)
            times.append(time.process_time() - begun)
        return min(times)

    # How long a collection takes depends on all that the process holds, and the tests before have left much.
    enabled = gc.isenabled()
    gc.disable()
    try:
        # What takes next to no time says nothing.
        assert processor_time(8 * size) < 24 * max(processor_time(size), 0.001)
    finally:
        if enabled:
            gc.enable()
