"""Scripts' changes to one scope of variables."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field
from typing import Any, Final

from bruscript.lang.js import stringify
from bruscript.records import record

_INTERNAL: Final = frozenset({"__name__"})


@record(frozen=True)
class Changes:
    """The variables that scripts set, with their values, and those that they deleted."""

    values: Mapping[str, Any] = field(repr=False)
    removed: frozenset[str]

    @classmethod
    def between(
        cls, before: Mapping[str, Any], after: Mapping[str, Any], deleted: Collection[str] | None = None
    ) -> Changes:
        """Return what turns the scope `before` into `after`. A value of another type is another value.

        Of the variables that are missing afterwards only those in `deleted` are removed; None means all.
        """
        values = {
            name: value
            for name, value in after.items()
            if name not in _INTERNAL and (name not in before or not same(before[name], value))
        }
        removed = frozenset(before) - frozenset(after) - _INTERNAL
        return cls(values, removed if deleted is None else removed & frozenset(deleted))

    def __bool__(self) -> bool:
        return bool(self.values or self.removed)


def same(one: Any, other: Any) -> bool:
    """Return whether two values are written alike, and have the same type."""
    if isinstance(one, bool) != isinstance(other, bool) or isinstance(one, str) != isinstance(other, str):
        return False
    try:
        return stringify(one, None) == stringify(other, None)
    except RecursionError:
        return False
