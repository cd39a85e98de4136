"""The JSON report, in the reference's schema: a list of iterations, each with its results and summary."""

from __future__ import annotations

import json
import math
import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any, Protocol, runtime_checkable

from bruscript.report.iterations import IterationsReport
from bruscript.runner.results import Summary


@runtime_checkable
class Body(Protocol):
    """A body that is too large to be in memory more than once (`MaskedBody`, or what is made of one)."""

    def json(self, indent: int | None = None, level: int = 0) -> Iterator[str]:
        """Yield it as a value in JSON."""


class JsonReport(IterationsReport):
    """Writes `--reporter-json`."""

    def begin(self) -> str:
        """The list's start."""
        return "["

    def iteration(self, index: int, results: list[dict[str, Any]], summary: Summary) -> Iterator[str]:
        """The iteration as an element of the list."""
        counts = summary.to_json()
        if summary.skipped_by_bail and not results:
            # Only the summaries of iterations that never began have this key in the reference's report.
            counts["skippedByUser"] = summary.skipped_by_user
        element = {"iterationIndex": index, "results": results, "summary": counts}
        yield "\n  "
        yield from dump_pieces(element, indent=2, level=2)

    def end(self) -> str:
        """The list's end."""
        return "\n]"


def dump(value: Any, indent: int | None = None, default: Callable[[Any], Any] = str) -> str:
    """`value` as JSON; what JSON cannot hold becomes null, as in JavaScript, or text."""
    try:
        return json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False, default=default)
    except ValueError:
        return json.dumps(_finite(value), indent=indent, ensure_ascii=False, default=default)


def dump_pieces(value: Any, indent: int | None = None, level: int = 0) -> Iterator[str]:
    """Yield `value` as JSON that is `level` blanks deep, in pieces where large bodies stand in it."""
    bodies: list[Body] = []
    # A word that stands in nobody's body.
    mark = secrets.token_hex(16)

    def default(item: Any) -> str:
        if not isinstance(item, Body):
            return str(item)
        bodies.append(item)
        return f"{mark}{len(bodies) - 1}"

    text = dump(value, indent, default)
    if level:
        text = text.replace("\n", "\n" + " " * level)
    if not bodies:
        yield text
        return
    before, *rest = re.split(f'"{mark}([0-9]+)"', text)
    yield before
    for number, after in zip(rest[::2], rest[1::2], strict=True):
        line = before.rpartition("\n")[2]
        yield from bodies[int(number)].json(indent, len(line) - len(line.lstrip(" ")))
        yield after
        before = after


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
