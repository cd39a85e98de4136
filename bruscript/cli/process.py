"""The process that the command runs in: its own, or that of a program which calls `main(args)`."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def ended_as_by_an_interrupt() -> Iterator[None]:
    """Have SIGTERM (a cancelled job in CI, a stopped container) and SIGHUP end the command as Ctrl-C does.

    So reports are written, no temporary file stays, and no script goes on in its worker.
    """
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    taken = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        taken = []
    for number in taken:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _interrupt(number: int, frame: object) -> None:
    # A second signal ends what the first one could not.
    signal.signal(number, signal.SIG_DFL)
    if callable(signal.getsignal(signal.SIGINT)):
        signal.raise_signal(signal.SIGINT)
    else:
        # A command in the background of a shell ignores Ctrl-C.
        raise KeyboardInterrupt
