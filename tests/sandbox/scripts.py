"""Runs scripts by themselves in a real sandbox, for the tests of the scripting API."""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from bruscript.sandbox import Job, JobResult, Sandbox, Segment, Step, StepResult
from bruscript.sandbox.services.dispatch import Services

Mode = Literal["safe", "developer"]

COLLECTION = Path("/collection")
FILE = COLLECTION / "request.bru"


class Answers:
    """A host whose answers are functions by name, beside the services; `asked` is what it was asked."""

    def __init__(self, collection: Path = COLLECTION, **answers: Callable[..., Any]) -> None:
        self._answers = {name.replace("__", "."): answer for name, answer in answers.items()}
        self._services = Services(collection=collection)
        self.asked: list[tuple[str, list[Any]]] = []

    async def call(self, name: str, args: list[Any]) -> Any:
        """Answer, or raise for what no test expects."""
        if name not in self._answers and self._services.answers(name):
            return self._services.call(name, args)
        self.asked.append((name, args))
        if name not in self._answers:
            raise AssertionError(f"nobody expects {name} {args}")
        return self._answers[name](*args)


@dataclass
class Outcome:
    """What came of a job, with the parts that tests look at."""

    job: JobResult
    changes: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.changes = self.job.changes

    @property
    def last(self) -> StepResult:
        """The last step's result."""
        return self.job.steps[-1]

    @property
    def printed(self) -> list[str]:
        """The lines of all steps' consoles."""
        return [" ".join(line["args"]) for step in self.job.steps for line in step.console]

    @property
    def variables(self) -> dict[str, Any]:
        """The runtime variables, if they changed."""
        variables: dict[str, Any] = self.changes.get("variables", {}).get("runtime", {})
        return variables


def script(source: str, *, phase: str = "pre-request", line: int = 1) -> Step:
    """A script of one segment that stands in `FILE` from `line` on."""
    segment = Segment(source=source, path=FILE, line=line)
    return Step(kind="tests" if phase == "tests" else "script", phase=phase, segments=(segment,))


def run(
    *steps: Step | str,
    mode: Mode = "safe",
    variables: Mapping[str, Any] | None = None,
    request: Mapping[str, Any] | None = None,
    response: Mapping[str, Any] | None = None,
    body: bytes | None = None,
    context: Mapping[str, Any] | None = None,
    host: Answers | None = None,
) -> Outcome:
    """Run the steps (a text is a pre-request script, or a test where there is a response) as one job."""
    phase = "tests" if response is not None or body is not None else "pre-request"
    made: Sequence[Step] = [script(step, phase=phase) if isinstance(step, str) else step for step in steps]
    answer = None
    if response is not None or body is not None:
        answer = {
            "status": 200,
            "statusText": "OK",
            "headers": {},
            "url": "http://x.test/",
            "responseTime": 5,
        }
        answer.update(response or {})
    state = {
        "variables": dict(variables or {}),
        "request": {
            "method": "GET",
            "url": "http://x.test/",
            "headers": {},
            "name": "one",
            **(request or {}),
        },
        "response": answer,
        "context": {
            "mode": mode,
            "collectionName": "shop",
            "collectionPath": str(COLLECTION),
            **(context or {}),
        },
    }
    job = Job(steps=made, state=state, response_body=body)
    return Outcome(_loop().run_until_complete(_sandbox(mode).run(job, host or Answers())))


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    atexit.register(loop.close)
    return loop


@cache
def _sandbox(mode: Mode) -> Sandbox:
    """One sandbox for all tests, as one serves all requests of a run."""
    sandbox = Sandbox(mode=mode, isolation="thread")
    atexit.register(sandbox.close)
    return sandbox
