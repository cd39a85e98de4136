"""The JSON report, in the reference's schema: a list of iterations, each with its results and summary."""

from __future__ import annotations

import json
import math
from typing import Any

from bruscript.report.iterations import IterationsReport
from bruscript.runner.results import Summary


class JsonReport(IterationsReport):
    """Writes `--reporter-json`."""

    def begin(self) -> str:
        """The list's start."""
        return "["

    def iteration(self, index: int, results: list[dict[str, Any]], summary: Summary) -> str:
        """The iteration as an element of the list."""
        counts = summary.to_json()
        if summary.skipped_by_bail and not results:
            # Only the summaries of iterations that never began have this key in the reference's report.
            counts["skippedByUser"] = summary.skipped_by_user
        element = {"iterationIndex": index, "results": results, "summary": counts}
        # As the only element of a list it is indented as it must be; the brackets are begin's and end's.
        return dump([element], indent=2)[1:-2]

    def end(self) -> str:
        """The list's end."""
        return "\n]"


def dump(value: Any, indent: int | None = None) -> str:
    """`value` as JSON; what JSON cannot hold becomes null, as in JavaScript, or text."""
    try:
        return json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False, default=str)
    except ValueError:
        return json.dumps(_finite(value), indent=indent, ensure_ascii=False, default=str)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
