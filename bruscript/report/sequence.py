"""The base of reports that write each request as it ends, between a beginning and an end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

from bruscript.report.output import Output
from bruscript.report.shape import Omit
from bruscript.runner.events import Event, RequestFinished, RunFinished, RunStarted
from bruscript.runner.masked import MaskedResult
from bruscript.runner.run_result import RunResult


class SequenceReport(ABC):
    """A reporter that writes one text per request, in the order in which they end."""

    beginning = ""
    separator = ""
    ending = ""

    def __init__(self, target: str | Path, omit: Omit | None = None) -> None:
        self.output = Output(target)
        self.omit = omit or Omit()
        self._empty = True

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RunStarted):
            self.output.write(self.beginning)
        elif isinstance(event, RequestFinished):
            for number, text in enumerate(self.entry(event.masked)):
                if number == 0 and not self._empty:
                    self.output.write(self.separator)
                self.output.write(text)
                self._empty = False
        elif isinstance(event, RunFinished):
            self.output.write(self.last(event.result))
            self.output.write(self.ending)
            self.output.commit()

    def close(self) -> None:
        """Discard an incomplete report."""
        self.output.close()

    def last(self, run: RunResult) -> str:
        """Return what comes after all requests: what is about the run."""
        return ""

    @abstractmethod
    def entry(self, result: MaskedResult) -> Iterator[str]:
        """Yield a request's text; nothing where the report has none for it."""
