"""The run's events, one JSON object per line, as they happen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bruscript.report.json import dump_pieces
from bruscript.report.output import Output
from bruscript.report.shape import Omit, shape
from bruscript.runner.events import (
    Event,
    IterationFinished,
    IterationStarted,
    Notice,
    RequestFinished,
    RequestStarted,
    RunFinished,
    RunStarted,
)


class NdjsonReport:
    """Writes `--reporter-ndjson`: whole lines, each flushed at once."""

    def __init__(self, target: str | Path, omit: Omit | None = None) -> None:
        self.output = Output(target, live=True)
        self.omit = omit or Omit()

    def handle(self, event: Event) -> None:
        """Take one event."""
        name = type(event).__name__
        line = {"event": name[0].lower() + name[1:], **self._data(event)}
        for piece in dump_pieces(line):
            self.output.write(piece)
        self.output.write("\n")
        if isinstance(event, RunFinished):
            self.output.commit()

    def close(self) -> None:
        """Close the file."""
        self.output.close()

    def _data(self, event: Event) -> dict[str, Any]:
        if isinstance(event, RunStarted):
            return {
                "collection": event.collection_name,
                "path": str(event.collection_path),
                "environment": event.environment_name,
                "requests": list(event.requests),
                "iterations": event.iterations,
                "parallel": event.parallel,
            }
        if isinstance(event, IterationStarted):
            return {"iterationIndex": event.index, "iterationData": event.data}
        if isinstance(event, RequestStarted):
            return {"iterationIndex": event.iteration_index, "name": event.name, "path": event.path}
        if isinstance(event, RequestFinished):
            return {"result": shape(event.masked, self.omit)}
        if isinstance(event, Notice):
            return {"level": event.level, "text": event.text}
        if isinstance(event, IterationFinished):
            iteration = event.iteration
            return {"iterationIndex": iteration.index, "summary": iteration.summary.to_json()}
        if isinstance(event, RunFinished):
            result = event.result
            return {
                "summary": result.summary.to_json(),
                "interrupted": result.interrupted,
                "ended": result.ended,
                "unwritten": result.unwritten,
                "warnings": result.warnings,
                "exitCode": result.exit_code,
            }
        return {}
