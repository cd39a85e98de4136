"""Parsers for options with special values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from bruscript.errors import BruscriptError
from bruscript.masking.words import is_distinct

_NAME: Final = re.compile(r"([A-Za-z_][\w.-]*)([:\s])")
"""A name with another sign than `=` behind it. What has no name may be a secret, as that of `"$TOKEN"` is."""


class OverrideError(BruscriptError):
    """A NAME=VALUE option has another form."""

    exit_code = 8


def pairs(values: Iterable[str], what: str) -> dict[str, str]:
    """NAME=VALUE options as a dict; `what` names such a variable. Raises OverrideError.

    An empty value, such as an unset shell variable, is ignored as in the reference.
    """
    result = {}
    for value in filter(None, values):
        name, equals, content = value.partition("=")
        if not name or not equals:
            match = _NAME.match(value)
            named = match[1] if match and not is_distinct(match[1]) else ""
            raise OverrideError(
                f"Overridable {what} not correct: use name=value - presented: "
                + (f"{named}{match[2] if match else ''}…" if named else "a text without a name"),
                hint=f"Write NAME=VALUE, for example {named or 'name'}=value.",
            )
        result[name] = content
    return result


def split(values: Iterable[str]) -> tuple[str, ...]:
    """Return a repeatable, comma-separated option; its parts as they are, as the reference takes them."""
    return tuple(part for value in values if value for part in value.split(","))


def listed(values: Iterable[str]) -> tuple[str, ...] | None:
    """Return a repeatable, comma-separated option: None where it was not given, () for an empty value."""
    values = tuple(values)
    if not values:
        return None
    return tuple(item for value in values for part in value.split(",") if (item := part.strip()))


def listed_paths(values: Iterable[str]) -> tuple[str, ...] | None:
    """As `listed`, of paths relative to the current directory; `*` stays."""
    items = listed(values)
    return items and tuple(item if item == "*" else str(Path(item).absolute()) for item in items)
