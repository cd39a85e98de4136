"""The JSON report, in the reference's schema: a list of iterations, each with its results and summary."""

from __future__ import annotations

import json
import math
import re
import secrets
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from bruscript.report.output import Output
from bruscript.report.shape import Omit, shape
from bruscript.report.spool import Spool
from bruscript.runner.events import (
    Event,
    IterationFinished,
    IterationStarted,
    RequestFinished,
    RunFinished,
)
from bruscript.runner.results import Summary


@runtime_checkable
class Body(Protocol):
    """A body that is too large to be in memory more than once (`MaskedBody`, or what is made of one)."""

    def json(self, indent: int | None = None, level: int = 0) -> Iterator[str]:
        """Yield it as a value in JSON."""


_RESULT, _SUMMARY = 0, 1


class JsonReport:
    """Writes `--reporter-json`; each result leaves the memory when it is there."""

    def __init__(self, target: str | Path, omit: Omit | None = None) -> None:
        self.output = Output(target)
        self.omit = omit or Omit()
        self._spool = Spool()
        self._open: dict[int, Summary] = {}
        """The counts of the running iterations."""

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, IterationStarted):
            self._open[event.index] = Summary()
        elif isinstance(event, RequestFinished):
            index = event.masked.iteration_index
            self._open.setdefault(index, Summary()).add(event.result)
            pieces = dump_pieces(shape(event.masked, self.omit), indent=2, level=6)
            self._spool.add(index, _RESULT, chain(["\n      "], pieces))
        elif isinstance(event, IterationFinished):
            self._end(event.iteration.index, event.iteration.summary)
        elif isinstance(event, RunFinished):
            for index in sorted(self._open):
                self._end(index, self._open[index])
            for iteration in event.result.iterations:
                if iteration.skipped:
                    self._end(iteration.index, iteration.summary, began=False)
            self._write(event.result.warnings)

    def close(self) -> None:
        """Discard an incomplete report."""
        self._spool.close()
        self.output.close()

    def _end(self, index: int, summary: Summary, *, began: bool = True) -> None:
        self._open.pop(index, None)
        counts = summary.to_json()
        if summary.skipped_by_bail and not began:
            # Only the summaries of iterations that never began have this key in the reference's report.
            counts["skippedByUser"] = summary.skipped_by_user
        text = dump(counts, indent=2).replace("\n", "\n    ")
        self._spool.add(index, _SUMMARY, [f'"summary": {text}\n  }}'])

    def _write(self, warnings: list[str]) -> None:
        """Write the list: its elements have a first line, their results, and their summary.

        The run's warnings are in the first: the reference's report has no place for a run.
        """
        write = self.output.write
        write("[")
        within = False
        first = True
        for (index, kind), pieces in self._spool:
            if not within:
                write(f'{"" if first else ","}\n  {{\n    "iterationIndex": {index},\n    "results": [')
                write("]" if kind == _SUMMARY else "")
            elif kind == _RESULT:
                write(",")
            else:
                write("\n    ]")
            write(",\n    " if kind == _SUMMARY else "")
            if warnings and kind == _SUMMARY:
                text = dump(warnings, indent=2).replace("\n", "\n    ")
                write(f'"warnings": {text},\n    ')
                warnings = []
            for text in pieces:
                write(text)
            within, first = kind == _RESULT, False
        write("\n]")
        self.output.commit()


def dump(value: Any, indent: int | None = None, default: Callable[[Any], Any] = str) -> str:
    """Return `value` as JSON; what JSON cannot hold becomes null, as in JavaScript, or text."""
    try:
        return json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False, default=default)
    except ValueError:
        return json.dumps(_finite(value), indent=indent, ensure_ascii=False, default=default)


def dump_pieces(value: Any, indent: int | None = None, level: int = 0) -> Iterator[str]:
    """Yield `value` as JSON, indented by `level` blanks, in pieces if it has large bodies."""
    bodies: list[Body] = []
    # A word that no body has.
    mark = secrets.token_hex(16)

    def default(item: Any) -> str:
        if not isinstance(item, Body):
            return str(item)
        bodies.append(item)
        return f"{mark}{len(bodies) - 1}"

    text = dump(value, indent, default)
    if level:
        text = text.replace("\n", "\n" + " " * level)
    if not bodies:
        yield text
        return
    before, *rest = re.split(f'"{mark}([0-9]+)"', text)
    yield before
    for number, after in zip(rest[::2], rest[1::2], strict=True):
        line = before.rpartition("\n")[2]
        yield from bodies[int(number)].json(indent, len(line) - len(line.lstrip(" ")))
        yield after
        before = after


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
