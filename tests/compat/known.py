"""Differences on purpose: what the reference gives, what we give instead, and the row that tells why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "differences.md"


@dataclass(frozen=True)
class Known:
    """A difference, named by how its row of docs/differences.md begins.

    `change` makes what we give of what the reference gives.
    """

    row: str
    change: Callable[[Any], Any]


def replaced(row: str, theirs: str, ours: str) -> Known:
    """A difference of a text somewhere in a value; `theirs` must be there."""

    def change(value: Any) -> Any:
        changed = _replaced(value, theirs, ours)
        assert changed != value, f"{theirs} is not in {value}"
        return changed

    return Known(row, change)


def assert_equal(
    theirs: Mapping[str, Any], ours: Mapping[str, Any], known: Mapping[str, Known | tuple[Known, ...]]
) -> None:
    """Assert that all cases are equal, but for those in `known`, which must differ as they say."""
    rows = [line.removeprefix("| ") for line in PAGE.read_text("utf-8").splitlines()]
    expected = dict(theirs)
    for name, found in known.items():
        for each in found if isinstance(found, tuple) else (found,):
            assert any(row.startswith(each.row) for row in rows), each.row
            expected[name] = each.change(expected[name])
        assert expected[name] != theirs[name], f"{name}: the reference does the same by now"
    assert list(ours) == list(expected)
    for name, wanted in expected.items():
        assert ours[name] == wanted, name


def agree(
    theirs: Mapping[str, Any], ours: Mapping[str, Any], known: Mapping[str, Known | tuple[Known, ...]]
) -> bool:
    """Whether `assert_equal` passes."""
    try:
        assert_equal(theirs, ours, known)
    except AssertionError:
        return False
    return True


def _replaced(value: Any, before: str, after: str) -> Any:
    if isinstance(value, str):
        return value.replace(before, after)
    if isinstance(value, (list, tuple)):
        return type(value)(_replaced(each, before, after) for each in value)
    if isinstance(value, dict):
        return {key: _replaced(each, before, after) for key, each in value.items()}
    return value
