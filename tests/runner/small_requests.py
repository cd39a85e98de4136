"""Texts of small requests, and what came of running them."""

from __future__ import annotations

from typing import Any

PRE, POST = "script:pre-request", "script:post-response"


def script(kind: str, source: str) -> str:
    """A block with a script."""
    return f"{kind} {{\n  {source}\n}}\n\n"


def get(url: str, *blocks: str) -> str:
    """A GET request, with blocks behind it."""
    return f"get {{\n  url: {url}\n}}\n\n" + "".join(blocks)


def console(result: Any) -> list[str]:
    """What scripts printed, in order."""
    return [line.text for item in result.results for line in item.console]


def errors(result: Any) -> list[str | None]:
    """The error of each request, None if there is none."""
    return [item.error for item in result.results]
