"""Failures as annotations of GitHub Actions, so that they show at their lines of a pull request."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from bruscript.report.output import StandardOutput
from bruscript.runner.events import Event, RequestFinished, RunFinished, RunStarted
from bruscript.runner.failures import Failure, Place, attempts, own_failures
from bruscript.runner.masked import MaskedResult
from bruscript.terminal import plain

_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


class GithubReport:
    """Prints one workflow command per failure; equal failures of several iterations are one.

    Files are named from the root of the repository. A request that a script ran has both names in the title:
    `shop > login`.
    """

    def __init__(self, stream: TextIO | StandardOutput) -> None:
        self.stream = stream
        self._root = Path()
        self._known: set[Failure] = set()
        self._repository = Path()

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RunStarted):
            self._root = event.collection_path
            self._repository = _repository_of(self._root)
        elif isinstance(event, RequestFinished):
            for name, failure in _named(event.masked):
                # Of iterations that fail alike, one is enough: GitHub shows only the first ten of a step.
                if failure not in self._known:
                    self._known.add(failure)
                    self._annotate("error", name, failure)
            for result in event.masked.with_nested():
                within = "" if result is event.masked else f"{event.masked.name} > "
                for name, failure in _named(result.earlier[-1], within) if result.flaky else ():
                    self._annotate("warning", f"{name}: {attempts(result)}", failure)
            self.stream.flush()
        elif isinstance(event, RunFinished):
            for reason in event.result.unwritten:
                message = self._escaped(reason, _DATA)
                self.stream.write(f"::error title=Variables that were not written back::{message}\n")
            self.stream.flush()

    def close(self) -> None:
        """Do nothing."""

    def _annotate(self, level: str, name: str, failure: Failure) -> None:
        row = f" {failure.label}" if failure.label else ""
        title = self._escaped(f"{name}{row}: {failure.what}", _PROPERTY)
        message = self._escaped(failure.message or failure.what, _DATA)
        self.stream.write(f"::{level} {self._place(failure.place)},title={title}::{message}\n")

    def _place(self, place: Place) -> str:
        path = self._root / place.path
        # Not for a name that no file can have, nor for links in a circle.
        with suppress(OSError, ValueError, RuntimeError):
            path = path.resolve()
        if path.is_relative_to(self._repository):
            path = path.relative_to(self._repository)
        line = f",line={place.line}" if place.line else ""
        line += f",col={place.column}" if place.line and place.column else ""
        return f"file={self._escaped(path.as_posix(), _PROPERTY)}{line}"

    def _escaped(self, text: str, escapes: dict[str, str]) -> str:
        return "".join(escapes.get(char, char) for char in plain(text))


def _named(result: MaskedResult, within: str = "") -> Iterator[tuple[str, Failure]]:
    """Yield each failure with its request's name, those of requests that scripts ran first."""
    name = f"{within}{result.name}"
    for nested in result.nested:
        yield from _named(nested, f"{name} > ")
    for failure in own_failures(result):
        yield name, failure


def _repository_of(collection: Path) -> Path:
    """Return the directory that annotations name files from.

    It is the workspace if the repository was checked out there, else the repository above the collection.
    """
    workspace = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    if (workspace / ".git").exists():
        return workspace
    collection = collection.resolve()
    above = (path for path in (collection, *collection.parents) if (path / ".git").exists())
    return next(above, workspace)
