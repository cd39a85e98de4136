"""What a worker sends arrives, whether it calls its parent (Linux) or every message does."""

from __future__ import annotations

import asyncio
import os
import random
import threading
from typing import Any

import pytest
from sandbox.hosts import script, state

from bruscript.sandbox import Job, Sandbox
from bruscript.sandbox.parent.inbox import Inbox
from bruscript.sandbox.parent.start import Pipes
from bruscript.sandbox.wire import frames
from bruscript.sandbox.worker.outbox import Outbox

needs_bell = pytest.mark.skipif(not hasattr(os, "eventfd"), reason="the system has no eventfd")


@needs_bell
@pytest.mark.parametrize("room", [4096, 8192, 65536])
def test_messages_of_all_sizes_arrive_in_order_through_small_pipes(room: int) -> None:
    import fcntl

    out, into = os.pipe()
    errors, dying = os.pipe()
    bell = os.eventfd(0, os.EFD_NONBLOCK)
    assert fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, room) == room
    os.set_blocking(out, False)
    sizes = random.Random(room).choices([0, 10, 100, 1000, 5000, 40_000, 200_000], k=400)
    kinds = [frames.STEP if size % 1000 else frames.CALL for size in sizes]

    def send() -> None:
        outbox = Outbox(into, bell)
        for number, (kind, size) in enumerate(zip(kinds, sizes, strict=True)):
            outbox.send(kind, number, bytes(size))
        os.close(into)
        os.close(dying)

    async def receive() -> list[tuple[int, int, int]]:
        ended = asyncio.Event()
        found: list[tuple[int, int, int]] = []

        def take(kind: int, number: int, payload: bytes) -> None:
            found.append((kind, number, len(payload)))
            if number % 50 == 0:
                inbox.pause()
                asyncio.get_running_loop().call_later(0.01, inbox.resume)

        inbox = Inbox(Pipes(-1, out, errors, bell), frames.Frames(), take, ended.set)
        inbox.open()
        sender = threading.Thread(target=send)
        sender.start()
        await ended.wait()
        sender.join()
        inbox.close()
        assert inbox.closed
        return found

    found = asyncio.run(receive())
    for descriptor in (out, errors, bell):
        os.close(descriptor)
    assert found == [(kind, at, size) for at, (kind, size) in enumerate(zip(kinds, sizes, strict=True))]


@pytest.mark.parametrize("bell", [pytest.param(True, marks=needs_bell), False])
def test_steps_that_have_ended_outlive_their_worker(bell: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not bell:
        monkeypatch.delattr(os, "eventfd", raising=False)
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


@needs_bell
def test_a_worker_that_writes_to_its_standard_error_still_serves() -> None:
    with Sandbox(workers=1) as sandbox:
        assert sandbox.run_script("1").ok
        worker: Any = sandbox._pool._idle[0]
        with open(f"/proc/{worker._process.pid}/fd/2", "wb", buffering=0) as errors:
            errors.write(b"a warning\n")
        for number in range(3):
            assert sandbox.run_script(f"bru.setVar('n', {number})").variables == {"n": number}
        assert sandbox._pool._idle == [worker]
