"""From a manager's values to variables."""

from __future__ import annotations

from typing import Any

from bruscript.http.response import parse_json
from bruscript.lang.js import to_string

_SAFE = 2**53
"""Beyond it JavaScript's numbers, which scripts get, are not exact."""


def read_text(text: str) -> Any:
    """Return the value of a secret that is kept as text: JSON where it is JSON, else the text itself.

    A number counts only where it would be written the same: a password `1.10`, or one of twenty digits, is a
    text.
    """
    value = parse_json(text)
    if value is None:
        return text
    if isinstance(value, (int, float)) and (abs(value) > _SAFE or to_string(value) != text.strip()):
        return text
    return value


def variables_of(name: str, value: Any) -> dict[str, Any]:
    """Return the variables of a secret called `name`: `name`, or `name.key` for each key of an object.

    Each is there a second time under `$secrets.`, which is how Bruno 3 spelt them.
    """
    if isinstance(value, dict):
        variables = {f"{name}.{key}": item for key, item in value.items()}
    elif isinstance(value, list):
        variables = {f"{name}.{index}": item for index, item in enumerate(value)}
    else:
        variables = {name: value}
    return {**variables, **{f"$secrets.{key}": item for key, item in variables.items()}}
