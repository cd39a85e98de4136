"""Runs one script in a collection's directory, for the tests of modules, built-ins and globals."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from pathlib import Path
from typing import Any

from bruscript.sandbox import Job, Sandbox, Segment, Step
from bruscript.sandbox.services.dispatch import Services
from bruscript.sandbox.services.permissions import Permissions


class ScriptFailed(Exception):
    """The script threw; the text is its error's name and message."""


class ServicesHost:
    """Answers by the sandbox's services, and `http.send` by `network`."""

    def __init__(self, services: Services, network: Any) -> None:
        self.services = services
        self._network = network

    async def _ask_network(self, name: str, args: list[Any]) -> Any:
        return await self._network(args[0])

    async def call(self, name: str, args: list[Any]) -> Any:
        """Answer a call of a script."""
        if name == "http.send":
            return await self.services.within_permissions(name, args, self._ask_network)
        assert self.services.answers(name), f"nobody expects {name} {args}"
        return await asyncio.to_thread(self.services.call, name, args)


def evaluate(
    source: str,
    collection: Path = Path("/"),
    mode: str = "safe",
    *,
    network: Any = None,
    permissions: Permissions | None = None,
    roots: tuple[str, ...] = (),
) -> Any:
    """What the script (or expression) returns, as JSON; raises ScriptFailed with what it throws."""
    return evaluate_all([source], collection, mode, network=network, permissions=permissions, roots=roots)[0]


def evaluate_all(
    sources: list[str],
    collection: Path = Path("/"),
    mode: str = "safe",
    *,
    network: Any = None,
    permissions: Permissions | None = None,
    roots: tuple[str, ...] = (),
) -> list[Any]:
    """The same for several scripts, each a job of its own, one after the other in one sandbox."""
    services = Services(mode, permissions, collection, roots)  # type: ignore[arg-type]
    return asyncio.run(_evaluate(sources, collection, mode, ServicesHost(services, network)))


@cache
def _sandbox(mode: str) -> Sandbox:
    """One for all tests: that one test's scripts leave nothing to the next is what they are promised."""
    return Sandbox(mode=mode, isolation="thread")  # type: ignore[arg-type]


async def _evaluate(sources: list[str], collection: Path, mode: str, host: ServicesHost) -> list[Any]:
    return [await _one(_sandbox(mode), host, source, collection, mode) for source in sources]


async def _one(sandbox: Sandbox, host: ServicesHost, source: str, collection: Path, mode: str) -> Any:
    body = source if "return " in source else f"return ({source})"
    text = f"const given = await (async () => {{ {body}\n}})();"
    text += "bru.setVar('given', JSON.stringify(given) ?? 'null');"
    segment = Segment(source=text, path=collection / "request.bru", line=1)
    state = {
        "variables": {},
        "request": {"method": "GET", "url": "http://x.test/", "headers": {}, "name": "one"},
        "response": None,
        "context": {
            "mode": mode,
            "environment": host.services.policy.has_environment,
            "collectionName": "modules",
            "collectionPath": str(collection),
        },
    }
    job = Job(steps=[Step(kind="script", phase="pre-request", segments=(segment,))], state=state)
    result = await sandbox.run(job, host)
    error = result.steps[0].error
    if error is not None:
        raise ScriptFailed(f"{error.name}: {error.message}")
    return json.loads(result.changes["variables"]["runtime"]["given"])
