"""Attacks, each with the limit that holds it; the sandbox and the next script live on."""

# A script stands on one line, however long.
# ruff: noqa: E501

from __future__ import annotations

import asyncio
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from bruscript.sandbox import Job, Sandbox, ScriptError, Segment, Step
from bruscript.sandbox.parent.pool import Runner

FILE = Path("/collection/attack.bru")
STATE = {
    "variables": {"runtime": {}},
    "request": {"method": "GET", "url": "", "headers": {}},
    "context": {"mode": "developer", "collectionPath": "/collection"},
}

TIME = [
    "for (;;);",
    "await null; for (;;);",
    "(function storm() { Promise.resolve().then(storm); })()",
    "await new Promise(() => { (function storm() { queueMicrotask(storm); })() })",
    "await new Promise(resolve => setTimeout(resolve, 60000))",
    "await bru.sleep(1e9)",
    "for (;;) { try { await bru.sleep(1e9); } catch {} }",
    "/^(a+)+$/.test('a'.repeat(40) + 'b')",
    "throw { get message() { for (;;); } }",
    "const e = new Error('x'); Object.defineProperty(e, 'stack', { get() { for (;;); } }); throw e",
    "bru.setVar('x', { toJSON() { for (;;); } })",
    "bru.setVar('x', new Proxy({}, { ownKeys() { for (;;); } }))",
    "[3, 2, 1].sort(() => { for (;;); })",
    "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
    "for (;;) console.log('x'.repeat(100000))",
    "for (;;) eval('1')",
    "test('t', async () => { for (;;); })",
    "setTimeout(() => { for (;;); }, 0)",
    "await { then() { for (;;); } }",
    "try { for (;;); } finally { for (;;); }",
    "(function again() { setTimeout(again, 0); for (let i = 0; i < 1e6; i += 1); })(); await new Promise(() => {})",
]

MEMORY = [
    "const a = []; for (;;) a.push(new Array(1000).fill(1.5))",
    "const a = []; for (;;) { await null; a.push(new Array(1000).fill(1.5)); }",
    "const m = new Map(); for (let i = 0; ; i += 1) m.set(i, new Array(100).fill(i));",
    "bru.setVar('x', 'y'.repeat(4e7))",
    "const a = []; a.length = 4e9; a.fill(0)",
    "const a = []; for (let i = 0; ; i += 1) a.push('x'.repeat(1e5) + i, JSON.stringify('y'.repeat(1e5)))",
]

BUFFERS = [
    "const a = []; for (;;) { const b = new Uint8Array(new SharedArrayBuffer(1e7)); b.fill(1); a.push(b); }",
    "const a = []; for (;;) { const b = new Uint8Array(1e7); b.fill(1); a.push(b); }",
    "new ArrayBuffer(8e9)",
]

ERRORS = {
    "throw null": "null",
    "throw undefined": "undefined",
    "throw Symbol('s')": "Symbol(s)",
    "throw Object.create(null)": "",
    "(function f() { f(); })()": "Maximum call stack size exceeded",
    "let s = 'x'; for (;;) s += s": "Invalid string length",
    "eval('('.repeat(1e6))": "Maximum call stack size exceeded",
    "await new Promise(() => {})": "nothing can settle",
    "await { then() {} }": "nothing can settle",
    "for (let i = 0; i < 50000; i += 1) setTimeout(() => {}, 100000); throw new Error('mine')": "mine",
    "new WebAssembly.Memory({ initial: 60000 })": "could not allocate",
    "process.exit()": "process.exit() is not available",
    "require('child_process')": "child_process",
    "require('fs').readFileSync('/etc/passwd')": "fs.read",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox("developer", script_memory=48) as made:
        yield made


def attack(sandbox: Sandbox, source: str, limit: float = 60) -> ScriptError | None:
    """Run the attack, for `limit` seconds at most, then a harmless script; gives the attack's error."""

    async def both() -> ScriptError | None:
        bad = Step("script", "pre-request", [Segment(source, FILE, 7)])
        good = Step("script", "pre-request", [Segment("bru.setVar('ok', typeof leaked + 1)", FILE, 1)])
        sandbox.script_timeout = limit
        done = await sandbox.run(Job([bad], STATE))
        sandbox.script_timeout = 60
        after = await sandbox.run(Job([good], STATE))
        assert after.steps[0].error is None
        assert after.changes == {"variables": {"runtime": {"ok": "undefined1"}}}
        return done.steps[0].error

    return asyncio.run(both())


@pytest.mark.parametrize("source", TIME)
def test_the_time_limit_holds(sandbox: Sandbox, source: str) -> None:
    error = attack(sandbox, source, 0.1)
    assert error is not None
    assert (error.kind, error.path) == ("timeout", FILE)
    assert "0.1 s" in error.message


@pytest.mark.parametrize("source", MEMORY)
def test_the_memory_limit_holds(sandbox: Sandbox, source: str) -> None:
    error = attack(sandbox, source)
    assert error is not None
    assert error.kind == "memory"
    assert "48 MiB" in error.message


@pytest.mark.parametrize("source", BUFFERS)
def test_the_memory_limit_counts_buffers(sandbox: Sandbox, source: str) -> None:
    # V8 refuses the buffer where it can, and gives up where it cannot.
    error = attack(sandbox, source)
    assert error is not None
    assert error.kind == "memory" or "allocation failed" in error.message


@pytest.mark.parametrize("source", ERRORS)
def test_it_is_an_error_of_the_script(sandbox: Sandbox, source: str) -> None:
    error = attack(sandbox, source)
    assert error is not None
    assert error.kind == "error"
    assert ERRORS[source] in error.message


def test_the_steps_before_a_fatal_one_are_kept() -> None:
    steps = [
        Step("script", "post-response", [Segment("bru.setVar('a', 1); console.log('said')", FILE)]),
        Step("script", "post-response", [Segment("for (;;);", FILE, 12)]),
        Step("script", "post-response", [Segment("bru.setVar('b', 1)", FILE)]),
    ]
    with Sandbox(script_timeout=1.5) as sandbox:
        done = asyncio.run(sandbox.run(Job(steps, STATE)))
    assert len(done.steps) == 2
    assert done.steps[0].console[0]["args"] == ["said"]
    assert done.steps[1].error is not None
    assert (done.steps[1].error.kind, done.steps[1].error.line) == ("timeout", 12)
    assert done.changes["variables"]["runtime"] == {"a": 1}


def test_a_script_that_waits_too_long_keeps_its_console_and_tests() -> None:
    source = "console.log('before'); test('one', () => {}); await new Promise(r => setTimeout(r, 90000));"
    with Sandbox(script_timeout=2) as sandbox:
        result = sandbox.run_script(source)
    assert result.error is not None
    assert result.error.kind == "timeout"
    assert result.console == [("log", "before")]
    assert [test["description"] for test in result.tests] == ["one"]


@pytest.mark.parametrize("source", [TIME[0], TIME[1], TIME[2], TIME[4], TIME[5], MEMORY[0], MEMORY[1]])
def test_thread_isolation_holds_time_and_the_heap(source: str) -> None:
    with Sandbox(isolation="thread", script_memory=48) as sandbox:
        sandbox.script_timeout = 60 if source in MEMORY else 0.1
        error = sandbox.run_script(source).error
        sandbox.script_timeout = 60
        assert sandbox.run_script("bru.setVar('a', 1)").variables == {"a": 1}
    assert error is not None
    assert error.kind == ("memory" if source in MEMORY else "timeout")


def test_what_a_script_allocates_never_reaches_the_parent(sandbox: Sandbox) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    attack(sandbox, MEMORY[0])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


def test_a_flood_of_calls_does_not_reach_the_host_at_once() -> None:
    class Slow:
        running = most = total = 0

        async def call(self, name: str, args: list[object]) -> object:
            self.running += 1
            self.total += 1
            self.most = max(self.most, self.running)
            await asyncio.sleep(0.01)
            self.running -= 1
            return {"status": 200}

    host = Slow()
    source = "await Promise.all(Array.from({ length: 4000 }, (_, n) => bru.runRequest(String(n))))"
    with Sandbox() as sandbox:
        assert sandbox.run_script(source, host=host).error is None
    assert host.total == 4000
    # What has been read in one piece is begun, too: a frame here has some twenty bytes, a piece may have 64 KiB.
    assert host.most < 4000


def test_the_worker_owns_nothing() -> None:
    with Sandbox() as sandbox:
        assert sandbox.run_script("").ok
        worker = sandbox._pool._idle[0]
        pid = worker._process.pid  # type: ignore[attr-defined]
        assert Path(f"/proc/{pid}/environ").read_bytes() == b""
        descriptors = {fd.name: os.readlink(fd) for fd in Path(f"/proc/{pid}/fd").iterdir()}
        assert all(descriptors.pop(number).startswith("pipe:") for number in "012")
        # By which it notices that the parent has ended; no system call that takes it is left.
        assert all("pidfd" in descriptor for descriptor in descriptors.values())
        threads = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")]
    assert len(threads) > 1
    for status in threads:
        assert "NoNewPrivs:\t1" in status
        assert "Seccomp:\t2" in status


FORGED = [
    "bru.setNextRequest(JSON.rawJSON('1'.repeat(6000)))",
    "Array.prototype.toJSON = () => 7; test('a', () => { throw 1; })",
    "Object.prototype.toJSON = () => ({ results: [5], error: 7, console: [1] }); test('a', () => { throw 1; })",
    "Object.prototype.toJSON = () => 5; bru.setVar('a', {b: 1})",
    "Object.prototype.toJSON = () => ({ error: 7, results: {} }); test('a', () => { throw 1; })",
    "Object.prototype.__defineGetter__('then', () => resolve => resolve(null))",
]


@pytest.mark.parametrize("source", FORGED)
def test_results_that_cannot_be_read_are_an_error_of_the_script(sandbox: Sandbox, source: str) -> None:
    error = attack(sandbox, source)
    assert error is not None
    assert error.kind == "error"
    assert not re.search("subscriptable|was expected, not|set_int_max", error.message)


@pytest.mark.parametrize("isolation", ["process", "thread"])
def test_requests_that_a_script_runs_at_once_take_no_worker_each(
    isolation: Literal["process", "thread"],
) -> None:
    class Running:
        sandbox: Sandbox

        async def call(self, name: str, args: list[object]) -> object:
            # Each runs another, so that those of one depth could wait for those of the next.
            source = "bru.setVar('a', 1)" if args[0] == "inner" else "await bru.runRequest('inner')"
            result = await self.sandbox.arun_script(source, host=self)
            assert result.error is None
            return {"response": 1, "variables": {}}

    host = Running()
    source = "await Promise.all(Array.from({ length: 12 }, (_, n) => bru.runRequest(String(n))))"
    with Sandbox(workers=2, isolation=isolation) as sandbox:
        host.sandbox = sandbox
        made = 0
        make = sandbox._tenant.make

        def counted() -> Runner:
            nonlocal made
            made += 1
            return make()

        sandbox._tenant.make = counted
        assert sandbox.run_script(source, host=host).error is None
        assert made <= 6
        assert len(sandbox._pool._idle) <= 2


UNINTERRUPTIBLE = "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)"


def test_a_call_that_v8_cannot_interrupt_holds_nobody_in_a_thread(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(f"""
import asyncio
from bruscript import Sandbox

async def cancelled(sandbox):
    running = asyncio.Event()

    class Host:
        async def call(self, name, args):
            running.set()

    source = "bru.runRequest('x').catch(() => 0); " + {UNINTERRUPTIBLE!r}
    task = asyncio.create_task(sandbox.arun_script(source, host=Host()))
    await running.wait()
    task.cancel()
    await asyncio.wait([task])
    return task.cancelled()

with Sandbox(isolation="thread", workers=1, script_timeout=1) as sandbox:
    print(sandbox.run_script({UNINTERRUPTIBLE!r}).error.kind)
    sandbox.script_timeout = 600
    print(sandbox.run_script("bru.setVar('a', 1)").variables)
    print(asyncio.run(cancelled(sandbox)))
    print(sandbox.run_script("bru.setVar('a', 2)").variables)
""")
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True)
    assert done.stdout.split("\n")[:4] == ["timeout", "{'a': 1}", "True", "{'a': 2}"]
    assert done.returncode == 0, done.stderr
