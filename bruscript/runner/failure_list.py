"""The failures of a run, equal ones of several iterations gathered."""

from __future__ import annotations

from collections.abc import Iterator

from bruscript.runner.failures import Failure


class FailureList:
    """Collects failures; of more than `most` different ones only the number is kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[Failure, Failure] = {}
        self.more = 0
        """How many are not in the list."""

    def add(self, failure: Failure, iteration: int) -> None:
        """Add the failure of an iteration (numbered from 0)."""
        entry = self._known.get(failure)
        if entry is None:
            if len(self._known) >= self._most:
                self.more += 1
                return
            entry = self._known[failure] = failure
        entry.iterations[iteration] = None

    def __iter__(self) -> Iterator[Failure]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)
