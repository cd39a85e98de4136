"""The variables that a text depends on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bruscript.evaluate.interpolate import interpolate_all


class Traced(dict[str, Any]):
    """Variables that record every lookup, also of missing ones."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        super().__init__(variables)
        self.asked: set[object] = set()

    def __contains__(self, name: object) -> bool:
        self.asked.add(name)
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the variable's value, or `default`."""
        self.asked.add(name)
        return super().get(name, default)


def depends_on(value: Any, variables: Mapping[str, Any], names: Collection[str]) -> bool:
    """Return whether the templates in a JSON value depend on one of `names`, also through other variables.

    Every lookup while they are resolved counts, since several values may form one template.
    """
    return bool(dependencies(value, variables, names))


def dependencies(value: Any, variables: Mapping[str, Any], names: Collection[str]) -> frozenset[str]:
    """Return those of `names` that the templates in a JSON value depend on; see `depends_on`."""
    if not names:
        return frozenset()
    traced = Traced(variables)
    interpolate_all(value, traced)
    return frozenset(name for name in names if name in traced.asked)
