"""How much memory a process of its own needs for a piece of work."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

_PROGRAM = '''
import asyncio, resource, sys

def peak():
    """The most that was resident, in bytes: of this program alone, where the system says so."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return size if sys.platform == "darwin" else size << 10

{setup}

async def main():
    await work(1)
    before = peak()
    await work({size})
    print("needed", peak() - before)

asyncio.run(main())
'''


def memory_needed(setup: str, size: int) -> int:
    """Bytes that `work(size)`, a coroutine function of the program `setup`, needs beyond `work(1)`."""
    program = _PROGRAM.format(setup=textwrap.dedent(setup), size=size)
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.rpartition("needed ")[2])
