"""What reports of whole iterations share: results come one by one and go an iteration at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from bruscript.report.output import Output
from bruscript.report.shape import Omit, shape
from bruscript.report.spool import Spool
from bruscript.runner.events import (
    Event,
    IterationFinished,
    IterationStarted,
    RequestFinished,
    RunFinished,
    RunStarted,
)
from bruscript.runner.masked import MaskedResult
from bruscript.runner.results import Summary


class IterationsReport(ABC):
    """A reporter that writes one text an iteration, in order, between what `begin` and `end` write.

    Only the iterations under way are in memory. Subclasses say what an iteration's text is.
    """

    separator = ","

    def __init__(self, target: str, omit: Omit | None = None) -> None:
        self.output = Output(target)
        self.omit = omit or Omit()
        self._open: dict[int, list[dict[str, Any]]] = {}
        self._summaries: dict[int, Summary] = {}
        self._spool = Spool()
        self._finished = False

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RunStarted):
            self.started(event)
        elif isinstance(event, IterationStarted):
            self._open[event.index] = []
            self._summaries[event.index] = Summary()
        elif isinstance(event, RequestFinished):
            index = event.result.iteration_index
            self._open.setdefault(index, []).append(self.shape(event.masked))
            self._summaries.setdefault(index, Summary()).add(event.result)
        elif isinstance(event, IterationFinished):
            self._keep(event.iteration.index, event.iteration.summary)
        elif isinstance(event, RunFinished):
            for index in sorted(self._open):
                self._keep(index, self._summaries[index])
            for iteration in event.result.iterations:
                if iteration.skipped and iteration.index not in self._spool:
                    self._keep(iteration.index, iteration.summary)
            self.finished(event)
            self._write()

    def close(self) -> None:
        """Remove what belongs to no whole report."""
        self._spool.close()
        self.output.close()

    def _keep(self, index: int, summary: Summary) -> None:
        results = self._open.pop(index, [])
        self._summaries.pop(index, None)
        self._spool.add(index, self.iteration(index, results, summary))

    def _write(self) -> None:
        self.output.write(self.begin())
        for position, pieces in enumerate(self._spool):
            if position:
                self.output.write(self.separator)
            for text in pieces:
                self.output.write(text)
        self.output.write(self.end())
        self.output.commit()

    def shape(self, result: MaskedResult) -> dict[str, Any]:
        """A request's result as this report has it."""
        return shape(result, self.omit)

    def started(self, event: RunStarted) -> None:  # noqa: B027 - a hook, most reports need none
        """Note what the report says about the run."""

    def finished(self, event: RunFinished) -> None:  # noqa: B027
        """Note how the run ended."""

    @abstractmethod
    def begin(self) -> str:
        """The text before the first iteration."""

    @abstractmethod
    def iteration(self, index: int, results: list[dict[str, Any]], summary: Summary) -> Iterator[str]:
        """Yield an iteration's text."""

    @abstractmethod
    def end(self) -> str:
        """The text behind the last iteration."""
