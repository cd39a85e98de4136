"""Sandboxes that share their workers, as those of all runs in a process do."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from typing import Any, Literal

import pytest

from bruscript import load
from bruscript.sandbox import SharedSandbox
from bruscript.sandbox.parent import pool
from bruscript.sandbox.parent.pool import Pool, Runner

Isolation = Literal["process", "thread"]


@pytest.fixture(params=["process", "thread"])
def isolation(request: pytest.FixtureRequest) -> Isolation:
    kind: Isolation = request.param
    return kind


class Census:
    """Counts the runners that a pool of `size` makes."""

    def __init__(self, size: int) -> None:
        self.pool = Pool(size)
        self.made: list[Runner] = []
        self.most = 0

    def sandbox(self, isolation: Isolation = "process", **options: Any) -> SharedSandbox:
        sandbox = SharedSandbox(isolation=isolation, **options)
        sandbox._pool = self.pool
        make = sandbox._tenant.make

        def counted() -> Runner:
            runner = make()
            self.made.append(runner)
            self.most = max(self.most, len(self.alive))
            return runner

        sandbox._tenant.make = counted
        return sandbox

    @property
    def alive(self) -> list[Runner]:
        return [runner for runner in self.made if runner.alive]


@pytest.fixture
def three() -> Iterator[Census]:
    census = Census(3)
    yield census
    assert census.alive == []


@pytest.fixture
def one() -> Iterator[Census]:
    census = Census(1)
    yield census
    assert census.alive == []


def test_many_share_few(three: Census, isolation: Isolation) -> None:
    async def use(number: int) -> list[Any]:
        async with three.sandbox(isolation) as sandbox:
            sandbox.start()
            script = "bru.setVar('found', [bru.getVar('mine'), typeof token]); token = 1; await bru.sleep(1)"
            done = [await sandbox.arun_script(script, variables={"mine": number}) for _ in range(2)]
        return [result.variables["found"] for result in done]

    async def main() -> list[Any]:
        return await asyncio.gather(*map(use, range(12)))

    assert asyncio.run(main()) == [[[number, "undefined"]] * 2 for number in range(12)]
    assert three.most == 3
    # At the end nobody waits, and who has ended takes its worker with it.
    assert len(three.made) <= 6


def test_an_isolate_is_nobody_elses(one: Census, isolation: Isolation) -> None:
    age = "bru.setVar('age', process.uptime())"
    with one.sandbox(isolation) as mine, one.sandbox(isolation) as theirs:
        first = mine.run_script(age).variables["age"]
        begun = time.monotonic()
        assert theirs.run_script(age).variables["age"] < time.monotonic() - begun
        # One's own is kept, and grows older.
        again = time.monotonic()
        assert mine.run_script(age).variables["age"] < time.monotonic() - again
        assert mine.run_script(age).variables["age"] > 0
        assert first > 0
    assert len(one.made) == 1


def test_an_isolate_is_kept_for_the_next_script_of_the_same(one: Census, isolation: Isolation) -> None:
    age = "bru.setVar('age', process.uptime())"
    with one.sandbox(isolation) as mine:
        ages = [mine.run_script(age).variables["age"] for _ in range(3)]
    assert ages == sorted(ages)
    assert len(one.made) == 1


def test_few_have_workers_of_their_own(three: Census) -> None:
    with three.sandbox() as mine, three.sandbox() as theirs:
        for _ in range(3):
            assert mine.run_script("1").ok
            assert theirs.run_script("1").ok
        assert {runner.tenant for runner in three.made} == {mine._tenant, theirs._tenant}
    assert len(three.made) == 2


def test_who_starts_takes_the_worker_of_one_that_has_ended(three: Census) -> None:
    # As where a job waits for it.
    three.pool._gates[0].waiting += 1
    with three.sandbox() as first:
        assert first.run_script("token = 1").ok
    with three.sandbox() as second:
        second.start()
        assert second.run_script("bru.setVar('a', typeof token)").variables == {"a": "undefined"}
        three.pool._gates[0].waiting -= 1
    assert len(three.made) == 1


def test_another_kind_of_worker_takes_the_place_of_one_that_is_idle(one: Census) -> None:
    with one.sandbox(script_memory=64) as small, one.sandbox(script_memory=128) as large:
        for sandbox in (small, large, small):
            assert sandbox.run_script("1").ok
    assert one.most == 1
    assert len(one.made) == 3


def test_who_waits_gets_the_worker_of_one_that_has_ended(one: Census) -> None:
    async def main() -> None:
        first, second = one.sandbox(), one.sandbox()
        hold, began = asyncio.Event(), asyncio.Event()

        class Host:
            async def call(self, name: str, args: list[object]) -> object:
                began.set()
                await hold.wait()
                return {"response": 1, "variables": {}}

        running = asyncio.create_task(first.arun_script("await bru.runRequest('x')", host=Host()))
        await began.wait()
        waiting = asyncio.create_task(second.arun_script("bru.setVar('a', 1)"))
        while not one.pool._gates[0].waiting:
            await asyncio.sleep(0)
        first.close()
        hold.set()
        assert (await running).ok
        assert (await waiting).variables == {"a": 1}
        second.close()

    asyncio.run(main())
    assert len(one.made) == 1


def test_a_worker_is_not_kept_for_one_who_gave_up_waiting(one: Census) -> None:
    async def main() -> None:
        first, second = one.sandbox(), one.sandbox()
        began = asyncio.Event()

        class Host:
            async def call(self, name: str, args: list[object]) -> object:
                began.set()
                return await asyncio.Event().wait()

        running = asyncio.create_task(first.arun_script("await bru.runRequest('x')", host=Host()))
        await began.wait()
        waiting = asyncio.create_task(second.arun_script("1"))
        while not one.pool._gates[0].waiting:
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        running.cancel()
        await asyncio.wait([running])
        first.close()
        second.close()

    asyncio.run(main())


def test_one_run_leaves_workers_to_others() -> None:
    """However much of it goes on at once, it has no more at once than there are processors, but two."""
    census = Census(50)
    most = max(os.cpu_count() or 1, 2)

    async def main() -> None:
        async with census.sandbox() as sandbox:
            await asyncio.gather(*(sandbox.arun_script("await bru.sleep(5)") for _ in range(3 * most)))

    asyncio.run(main())
    assert len(census.made) <= most


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


def test_runs_at_once_share_workers(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = Pool(2)
    monkeypatch.setattr(pool, "_shared", {os.getpid(): shared})
    (tmp_path / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
    (tmp_path / "a.bru").write_text(
        "get {\n  url: http://app/\n}\n\n"
        "script:pre-request {\n  bru.setVar('n', (bru.getVar('n') ?? 0) + 1);\n}\n\n"
        "tests {\n  test('t', () => expect(bru.getVar('n')).to.equal(1));\n}\n"
    )
    most = 0

    async def main() -> None:
        nonlocal most
        runs = [asyncio.create_task(load(tmp_path).arun(app=app)) for _ in range(10)]
        while not all(run.done() for run in runs):
            most = max(most, len(shared._idle) + shared._busy)
            await asyncio.sleep(0)
        assert all([(await run).ok for run in runs])

    asyncio.run(main())
    assert most == 2
    assert (shared._idle, shared._busy) == ([], 0)
