"""The failures of a run, equal ones of several iterations gathered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bruscript.report.failures import Failure


@dataclass
class Gathered:
    """One failure, and the iterations (0-based, in the order in which they failed) that had it.

    `label` is that of the first of them.
    """

    failure: Failure
    label: str
    iterations: dict[int, None] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """Return which iterations it was in, in words; empty in a run of one."""
        if len(self.iterations) > 1:
            return f"in iterations {ranges(sorted(index + 1 for index in self.iterations))}"
        return self.label


class FailureList:
    """Collects failures; of more than `most` different ones only the number is kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[Failure, Gathered] = {}
        self.more = 0
        """How many are not in the list."""

    def add(self, failure: Failure, iteration: int, label: str) -> None:
        """Add the failure of an iteration."""
        gathered = self._known.get(failure)
        if gathered is None:
            if len(self._known) >= self._most:
                self.more += 1
                return
            gathered = self._known[failure] = Gathered(failure, label)
        gathered.iterations[iteration] = None

    def __iter__(self) -> Iterator[Gathered]:
        return iter(self._known.values())

    def __len__(self) -> int:
        return len(self._known)


def ranges(numbers: list[int]) -> str:
    """Return ascending numbers in words: "1 to 3, 5 and 7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    texts: list[str] = []
    for run in runs:
        near = run[-1] - run[0] == 1
        texts += map(str, run) if near else [" to ".join(map(str, run))]
    return " and ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))
