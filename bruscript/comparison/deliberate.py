"""Which differences are on purpose: rules, each with its row of docs/differences.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bruscript.comparison.reports import Difference

PAGE = "docs/differences.md"


@dataclass(frozen=True)
class Rule:
    """A deliberate difference. `row` is how its row of the page begins, below the heading `section`."""

    section: str
    row: str
    applies: Callable[[Difference, Path], bool]

    def __str__(self) -> str:
        return f"{PAGE}, {self.section}: {self.row}"


RULES: Sequence[Rule] = ()


def rule_for(difference: Difference, collection: Path) -> Rule | None:
    """Return the rule that a difference between the reference and us falls under."""
    return next((rule for rule in RULES if rule.applies(difference, collection)), None)
