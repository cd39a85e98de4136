"""Workers: many jobs at once, and the end of those that go wrong."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import Any, Literal

import pytest
from sandbox.hosts import Calls, script, state

from bruscript.sandbox import Job, Sandbox, SandboxPool, Step
from bruscript.sandbox.wire import frames


def test_scripts_run_at_once_from_many_threads() -> None:
    found: list[Any] = []
    with Sandbox(workers=2) as sandbox:

        def one(number: int) -> None:
            found.append(
                sandbox.run_script("bru.setVar('b', bru.getVar('a') * 2)", variables={"a": number}).variables
            )

        threads = [threading.Thread(target=one, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(each["b"] for each in found) == [number * 2 for number in range(12)]


def test_one_sandbox_serves_several_event_loops() -> None:
    with Sandbox() as sandbox:
        for number in range(3):
            result = asyncio.run(
                sandbox.arun_script("bru.setVar('b', bru.getVar('a'))", variables={"a": number})
            )
            assert result.variables["b"] == number


def test_a_worker_that_dies_costs_one_script() -> None:
    with Sandbox(workers=1) as sandbox:

        async def kill(name: str, *args: Any) -> Any:
            os.kill(pid, signal.SIGSEGV)
            await asyncio.Event().wait()

        assert sandbox.run_script("").ok
        pid = sandbox._pool._idle[0]._process.pid  # type: ignore[attr-defined]
        error = sandbox.run_script("await bru.sendRequest({ url: 'http://x/' })", host=Calls(kill)).error
        assert error is not None
        assert error.kind == "crash"
        assert sandbox.run_script("bru.setVar('a', 1)").variables == {"a": 1}


def test_steps_that_have_ended_outlive_their_worker() -> None:
    steps = [
        script("bru.setVar('a', 1)"),
        script("bru.setVar('b', 'x'.repeat(9000))"),
        script("const all = []; for (;;) all.push(new Array(1e7).fill({}));"),
        script("bru.setVar('d', 4)"),
    ]
    with Sandbox(workers=1, script_memory=64) as sandbox:
        result = asyncio.run(sandbox.run(Job(steps, state())))
        assert [step.error and step.error.kind for step in result.steps] == [None, None, "memory"]
        assert result.changes["variables"]["runtime"] == {"given": 1, "a": 1, "b": "x" * 9000}
        assert sandbox.run_script("bru.setVar('c', 3)").variables == {"c": 3}


def test_a_job_that_is_cancelled_takes_its_worker_with_it(sandbox: Sandbox) -> None:
    async def cancelled() -> None:
        running = asyncio.Event()
        source = "bru.runRequest('x'); await new Promise(r => setTimeout(r, 20000))"
        task = asyncio.ensure_future(sandbox.arun_script(source, host=Calls(lambda *_: running.set())))
        await running.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await sandbox.arun_script("bru.setVar('a', 1)")).variables == {"a": 1}

    asyncio.run(cancelled())


def test_jobs_wait_for_a_free_worker() -> None:
    async def many() -> list[Any]:
        async with SandboxPool(workers=1) as pool:
            jobs = [
                pool.arun_script("bru.setVar('b', bru.getVar('a'))", variables={"a": n}) for n in range(4)
            ]
            return [result.variables["b"] for result in await asyncio.gather(*jobs)]

    assert asyncio.run(many()) == [0, 1, 2, 3]


LEFT_RUNNING = {
    "memory": "const a = []; for (;;) a.push(new Array(1000).fill(1.5))",
    "a call that V8 cannot interrupt": "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)",
}


@pytest.mark.parametrize(
    ("isolation", "rest"),
    [
        ("process", "memory"),
        ("thread", "memory"),
        # In a thread it would run on until the tests are over.
        ("process", "a call that V8 cannot interrupt"),
    ],
)
def test_what_a_job_leaves_running_is_not_the_next_ones(
    isolation: Literal["process", "thread"], rest: str
) -> None:
    """The next one does not wait for it either: the limit of time is higher than that of a test."""
    later = f"(async () => {{ for (let i = 0; i < 300; i += 1) await null; {LEFT_RUNNING[rest]} }})()"
    entries = [{"name": "x", "value": f"({later}, 1)", "enabled": True}]
    with Sandbox(workers=1, isolation=isolation, script_timeout=3600) as sandbox:
        done = asyncio.run(sandbox.run(Job([Step("vars", "vars", entries=entries)], state())))
        assert [step.error for step in done.steps] == [None]
        result = sandbox.run_script("bru.setVar('a', 1)")
        assert (result.error, result.variables) == (None, {"a": 1})


def test_a_job_that_waits_is_not_forgotten_where_another_gave_up(sandbox: Sandbox) -> None:
    async def main() -> dict[str, Any]:
        release = asyncio.Event()
        host = Calls(lambda *_: release.wait())
        with Sandbox(isolation=sandbox.isolation, workers=1) as one:
            gate = one._tenant.gates[0]
            long = asyncio.create_task(one.arun_script("await bru.runRequest('x')", host=host))
            last = asyncio.create_task(one.arun_script("bru.setVar('a', 1)"))
            given_up = asyncio.create_task(one.arun_script(""))
            while gate.waiting < 2:
                await asyncio.sleep(0)
            given_up.cancel()
            release.set()
            await long
            return (await last).variables

    assert asyncio.run(main()) == {"a": 1}


def test_a_message_that_is_too_large_ends_its_script_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MAX_PAYLOAD", 1 << 20)
    with Sandbox(workers=1) as sandbox:
        error = sandbox.run_script("bru.setVar('x', 'é'.repeat(5e5))").error
        assert error is not None
        assert (error.kind, "256 MiB" in error.message) == ("memory", True)
        assert sandbox.run_script("bru.setVar('a', 1)").variables == {"a": 1}
