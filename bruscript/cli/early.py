"""Starts the sandbox's worker before the command line is read: it gets ready on another core meanwhile."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

_OTHERWISE = ("-h", "--help", "--isolation", "--script-memory")


def start(args: Sequence[str]) -> None:
    """Start a worker if `args` are those of a run that needs it. `end` ends an unused one."""
    if os.name != "posix" or args[:1] != ["run"] or any(arg.startswith(_OTHERWISE) for arg in args):
        return
    from bruscript.errors import BruscriptError
    from bruscript.sandbox import SCRIPT_MEMORY, prestart

    # The run tries again, and then it is an error.
    with suppress(BruscriptError):
        prestart(SCRIPT_MEMORY)


def end() -> None:
    """End what `start` started, as after a mistake in the arguments."""
    if "bruscript.sandbox.parent.worker_process" in sys.modules:
        from bruscript.sandbox import discard

        discard()
