"""The user's own reporters: they see no secret, and the run goes on if they fail."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from inspect import iscoroutinefunction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bruscript.errors import BruscriptError
from bruscript.files import readable_path
from bruscript.runner.events import Event, IterationFinished, Reporter, RequestFinished, RunStarted

if TYPE_CHECKING:
    from bruscript.masking import Mask
    from bruscript.runner.results import RequestResult

_OUR_CODE = str(Path(__file__).parent.parent) + os.sep


class ReporterError(BruscriptError):
    """A user's own reporter failed."""


class OwnReporter:
    """Sends `reporter` the events, without secrets, until it fails, and closes it once.

    Raises ReporterError, which names the line, where it fails.
    """

    def __init__(self, reporter: Reporter, name: str | None = None) -> None:
        self._reporter = reporter
        self._name = name or type(reporter).__qualname__
        self._mask: Mask | None = None
        self._closed = False

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RunStarted):
            self._mask = event.mask
        self._call(self._reporter.handle, self._without_secrets(event))

    def close(self) -> None:
        """Close the reporter, also after it failed."""
        if not self._closed:
            self._closed = True
            self._call(self._reporter.close)

    def _call(self, method: Callable[..., None], *arguments: object) -> None:
        try:
            method(*arguments)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # `sys.exit` and cancellations too: a reporter does not decide how the run ends.
            raise ReporterError(
                f"A report is lost: the reporter {self._name} failed: {described(error)}"
            ) from error

    def _without_secrets(self, event: Event) -> Event:
        """Return the event without secrets of requests, and without objects that others share.

        The result of the run is the one that `run()` returns; the command's holds no results of requests.
        """
        if isinstance(event, RequestFinished):
            masked = event.masked.again()
            return RequestFinished(cast("RequestResult", masked), masked)
        if isinstance(event, IterationFinished):
            data = self._mask.mask(event.iteration.data) if self._mask else {}
            return IterationFinished(replace(event.iteration, results=[], data=data))
        return event


def lost_report(reporter: Reporter, error: Exception) -> str:
    """Say that a report is lost, and why. With BRUSCRIPT_DEBUG=1 an unexpected error is raised again."""
    if isinstance(error, BruscriptError):
        return str(error)
    if isinstance(error, OSError):
        return f"A report is lost: {error.strerror}"
    if os.environ.get("BRUSCRIPT_DEBUG"):
        raise error
    name = type(reporter).__name__
    return (
        f"A report is lost: something went wrong in {name}: {type(error).__name__}: {error}\n"
        "Run again with BRUSCRIPT_DEBUG=1 for a traceback, and report it with the command that you ran."
    )


def problem_of(reporter: Any) -> str | None:
    """Return why `reporter` is not one, None where it is."""
    if isinstance(reporter, type):
        return f"{reporter.__name__} is a class, not a reporter: call it"
    name = type(reporter).__name__
    for method in ("handle", "close"):
        function = getattr(reporter, method, None)
        if not callable(function):
            return f"{name} has no method {method}"
        if iscoroutinefunction(function):
            return f"the method {method} of {name} is asynchronous; a reporter's methods must not be"
    return None


def described(error: BaseException) -> str:
    """Describe an error in the user's code, with the line that failed if it is in that code."""
    if isinstance(error, BruscriptError):
        return str(error)
    trace, place = error.__traceback__, ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not file.startswith(_OUR_CODE):
            place = f" at {readable_path(file)}:{trace.tb_lineno}"
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        place = f" at {readable_path(error.filename or '?')}:{error.lineno}"
    try:
        message = str(error)
    except Exception:
        message = ""
    return ": ".join(filter(None, [type(error).__name__, message])) + place
