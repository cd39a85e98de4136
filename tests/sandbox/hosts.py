"""Hosts and steps for jobs, in tests of the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bruscript.sandbox import Segment, Step
from bruscript.sandbox.services.bundles import read_bundle

FILE = Path("/collection/one.bru")


class Calls:
    """A host of one function; libraries come from where they always do."""

    def __init__(self, answer: Callable[..., Any]) -> None:
        self.answer = answer

    async def call(self, name: str, args: list[Any]) -> Any:
        """Answer."""
        if name == "bundle":
            return read_bundle(*args)
        result = self.answer(name, *args)
        return await result if asyncio.iscoroutine(result) else result


def script(source: str, line: int = 1) -> Step:
    """A pre-request script that stands in `FILE` from `line` on."""
    return Step("script", "pre-request", [Segment(source, FILE, line)])


def state(**context: Any) -> dict[str, Any]:
    """What a job begins with: a variable, `given`, and an empty request."""
    return {
        "variables": {"runtime": {"given": 1}},
        "request": {"method": "GET", "url": "", "headers": {}},
        "context": {"mode": "safe", "collectionPath": "/collection", **context},
    }
