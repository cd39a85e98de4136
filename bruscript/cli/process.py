"""The process that the command runs in: its own, or that of a program which calls `main(args)`."""

from __future__ import annotations

import gc

import click

from bruscript.records import record


@record(frozen=True)
class Process:
    """Whether the process is the command's own, and ends with it."""

    is_own: bool = False


def spare_the_collector() -> None:
    """Exempt the collection and the libraries from garbage collection: a pass costs as much as a request.

    Does nothing in a process that is not the command's own.
    """
    context = click.get_current_context(silent=True)
    process = context.find_object(Process) if context else None
    if process is not None and process.is_own:
        gc.freeze()
