"""Reporters that are not ours: whatever they do, the run goes on."""

from __future__ import annotations

from bruscript.errors import BruscriptError
from bruscript.runner.events import Event, Reporter


class ReporterError(BruscriptError):
    """A reporter of the user's own failed."""


class OwnReporter:
    """Tells `reporter`, until it fails, and closes it once. Raises ReporterError, which names the place."""

    def __init__(self, reporter: Reporter, name: str | None = None) -> None:
        self._reporter = reporter
        self._name = name or type(reporter).__qualname__
        self._closed = False

    def handle(self, event: Event) -> None:
        """Take one event."""
        try:
            self._reporter.handle(event)
        except Exception as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Close the reporter, also after it failed."""
        if self._closed:
            return
        self._closed = True
        try:
            self._reporter.close()
        except Exception as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> ReporterError:
        return ReporterError(f"A report is lost: the reporter {self._name} failed: {described(error)}")


def described(error: BaseException) -> str:
    """Return an error of somebody's own code, with the line that failed."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        place = f" at {error.filename}:{error.lineno}"
    return f"{type(error).__name__}: {error}{place}"
