"""For the page of the Python API: a record is documented as the dataclass that it is."""

from __future__ import annotations

from typing import Any

import griffe


class Records(griffe.Extension):
    """Lets griffe see `dataclass` where the sources say `record`."""

    def on_class_instance(self, *, cls: griffe.Class, **_: Any) -> None:
        """Replace the decorator of a record."""
        for decorator in cls.decorators:
            if decorator.callable_path != "bruscript.records.record":
                continue
            name = griffe.ExprName("dataclasses.dataclass")
            if isinstance(decorator.value, griffe.ExprCall):
                decorator.value.function = name
            else:
                decorator.value = name
