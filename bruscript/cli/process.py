"""The process that the command runs in: its own, or that of a program which calls `main(args)`."""

from __future__ import annotations

import gc
from dataclasses import dataclass

import click


@dataclass(frozen=True)
class Process:
    """Whether the process is the command's own, and ends with it."""

    is_own: bool = False


def spare_the_collector() -> None:
    """Keep Python's garbage collector from looking again and again at what lives as long as the process.

    That is the collection and the libraries; a look at them costs as much as a request. Nothing happens in
    a process of somebody else's.
    """
    context = click.get_current_context(silent=True)
    process = context.find_object(Process) if context else None
    if process is not None and process.is_own:
        gc.freeze()
