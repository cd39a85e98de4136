"""The runs of a pytest process, and what of the collections they are for."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

import pytest

from bruscript.errors import BruscriptError
from bruscript.pytest_plugin.folders import Folders
from bruscript.runner.named_environment import named_environment

if TYPE_CHECKING:
    from bruscript.collection import Collection
    from bruscript.pytest_plugin.loop_thread import LoopThread
    from bruscript.pytest_plugin.session_run import SessionRun
    from bruscript.pytest_plugin.settings import Settings


class Runs:
    """Makes the runs of the collections that are found. `in_worker` says that pytest-xdist has started this
    process.
    """

    def __init__(self, settings: Settings, *, in_worker: bool) -> None:
        self.settings = settings
        self.folders = Folders()
        self.parts: dict[Path, list[Path]] = {}
        """The folders and requests to collect of a collection whose root is not among the arguments."""
        self.in_worker = in_worker
        self._missing: dict[str, dict[str, str]] = {}
        self._runs: list[SessionRun] = []
        self._loop: LoopThread | None = None

    def new(self, collection: Collection, environment: str | None) -> SessionRun:
        """Return a new run of a collection in an environment."""
        from bruscript.pytest_plugin.session_run import SessionRun

        run = SessionRun(collection, self.settings, environment, self._loop_thread)
        self._runs.append(run)
        return run

    def _loop_thread(self) -> LoopThread:
        """Return the event loop for sessions, a new one where the last one is stuck."""
        if self._loop is None or self._loop.is_stuck:
            from bruscript.pytest_plugin.loop_thread import LoopThread

            self._loop = LoopThread()
        return self._loop

    def is_known_environment(self, collection: Collection, node_id: str) -> bool:
        """Return whether the collection has the environments of the options; if not, the run ends."""
        for name in filter(None, self.settings.environments):
            try:
                named_environment(collection, name)
            except BruscriptError as error:
                self._missing.setdefault(name, {})[node_id] = str(error)
        return not self._missing

    def environment_problem(self) -> str:
        """Return what is wrong with the environments, for all collections; empty for nothing."""
        texts = []
        for name, problems in self._missing.items():
            lines = [f"{node_id}: {problem}" for node_id, problem in problems.items()]
            if len(lines) > 1:
                heading = f"{len(lines)} collections cannot use the environment {name!r}:"
                lines = [heading, *(indent(line, "  ") for line in lines)]
            texts.append("\n".join(lines))
        return "\n".join(texts)

    def close(self) -> None:
        """Close the runs' sessions."""
        for run in self._runs:
            run.close()

    def end(self) -> None:
        """End what is left of the runs."""
        if self._loop is not None:
            self._loop.close()


RUNS: pytest.StashKey[Runs] = pytest.StashKey()
"""Where a pytest process has them."""
