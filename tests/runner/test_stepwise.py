"""Runs whose requests are made one at a time."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

import bruscript
from bruscript.runner.events import Event, Notice, RequestFinished
from bruscript.runner.options import RunOptions
from bruscript.runner.stepwise import StepwiseRun

REQUEST = """meta {
  name: NAME
  type: http
}

get {
  url: http://h/NAME/{{id}}
  body: none
}

script:post-response {
  bru.setVar("id", `${bru.runner.iterationIndex}-${bru.runner.totalIterations}`);
}
"""


@pytest.fixture
def collection(tmp_path: Path) -> bruscript.Collection:
    (tmp_path / "bruno.json").write_text('{"name": "c", "presets": {"defaultEnvironment": "gone"}}')
    for name in ("a", "b"):
        (tmp_path / f"{name}.bru").write_text(REQUEST.replace("NAME", name))
    return bruscript.load(tmp_path)


class Events(list[Event]):
    def handle(self, event: Event) -> None:
        self.append(event)

    def close(self) -> None: ...


async def test_requests_run_when_they_are_asked_for(collection: bruscript.Collection) -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            seen.append(scope["path"])
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"{}"})

    first, second = collection.walk()
    events = Events()
    options = RunOptions(app=app, iteration_count=3, delay_ms=50, env_vars={"id": "new"})
    async with StepwiseRun(collection, options, [events]) as run:
        outcome = await run.run(second)
        start = time.monotonic()
        await run.run(first)
        assert time.monotonic() - start >= 0.05, "the delay between two requests"
        await run.run(first, 2)
        memory = run.memory
    assert outcome.result.name == "b"
    assert [event.text for event in events if isinstance(event, Notice)] == [
        "Configured default environment not found: environments/gone.bru"
    ]
    results = [event.masked for event in events if isinstance(event, RequestFinished)]
    assert [(result.name, result.iteration_index) for result in results] == [("b", 0), ("a", 0), ("a", 2)]
    async with StepwiseRun(collection, options, memory=memory) as run:
        await run.run(second)
    assert seen == ["/b/new", "/a/0-3", "/a/0-3", "/b/2-3"]


async def test_what_makes_a_run_impossible(collection: bruscript.Collection) -> None:
    run = StepwiseRun(collection, RunOptions(env="nope"))
    with pytest.raises(bruscript.EnvironmentNotFoundError):
        await run.__aenter__()
