"""The budget of bytes for what scripts ask for at once."""

from __future__ import annotations

import asyncio
import base64
import threading
from typing import Any, Literal

import pytest
from apps.memory import memory_needed

from bruscript.sandbox import Sandbox, current_claim
from bruscript.sandbox.parent import budget as budgets
from bruscript.sandbox.parent.budget import FREE, Budget, Claim

MEBIBYTE = 1 << 20


async def begun(claim: Claim, count: int) -> asyncio.Task[None]:
    """A task that takes `count` bytes that count, as far as it has come at once."""
    task = asyncio.create_task(claim.take(count))
    for _ in range(5):
        await asyncio.sleep(0)
    return task


def counted(budget: Budget) -> Claim:
    """A claim whose free bytes are used up."""
    claim = budget.claim()
    claim._size = FREE
    return claim


async def test_what_is_small_waits_for_nothing() -> None:
    budget = Budget(100)
    large, larger, small = counted(budget), counted(budget), budget.claim()
    await large.take(100)
    await larger.take(100)
    await small.take(FREE)
    assert not (await begun(small, 1)).done()


async def test_one_may_go_beyond_and_the_others_wait_in_their_order() -> None:
    budget = Budget(100)
    first, second, third, fourth = (counted(budget) for _ in range(4))
    await first.take(80)
    await second.take(80)
    waiting = [await begun(third, 15), await begun(fourth, 5)]
    assert [task.done() for task in waiting] == [False, False]
    await second.take(1000)
    second.release()
    await waiting[0]
    await waiting[1]
    assert [claim.held for claim in (first, second, third, fourth)] == [80, 0, 15, 5]


async def test_each_gets_what_it_needs_in_the_end() -> None:
    budget = Budget(100)
    most = held = 0

    async def call() -> None:
        nonlocal most, held
        claim = counted(budget)
        for _ in range(8):
            await claim.take(20)
            held += 20
            most = max(most, held)
            await asyncio.sleep(0)
        await claim.settle(FREE + 50)
        held -= 110
        claim.release()
        held -= 50

    await asyncio.gather(*(call() for _ in range(20)))
    assert held == 0
    assert 100 <= most <= 100 + 160
    assert budget._left == 100


async def test_who_is_cancelled_holds_nothing_and_is_not_waited_for() -> None:
    budget = Budget(100)
    first, second, third = (counted(budget) for _ in range(3))
    await first.take(200)
    cancelled, waiting = await begun(second, 50), await begun(third, 50)
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)
    second.release()
    first.release()
    await waiting
    third.release()
    assert budget._left == 100


async def test_event_loops_of_several_threads_share_it() -> None:
    budget = Budget(100)
    first, second = counted(budget), counted(budget)
    await first.take(200)
    other = threading.Thread(target=asyncio.run, args=(second.take(50),))
    other.start()
    assert not second.held
    first.release()
    await asyncio.to_thread(other.join)
    held: int = second.held
    assert held == 50


class Answers:
    """A host whose answers to `http.send` hold a MiB each; it notes how many bytes are held at once."""

    def __init__(self) -> None:
        self.held = self.most = self.count = 0

    async def call(self, name: str, args: list[Any]) -> Any:
        claim = current_claim()
        assert claim is not None
        size = 0
        for _ in range(16):
            await claim.take(MEBIBYTE // 16)
            size += MEBIBYTE // 16
            self.held += MEBIBYTE // 16
            self.most = max(self.most, self.held)
            await asyncio.sleep(0)
        self.held -= size
        self.count += 1
        body = base64.b64encode(bytes(size)).decode()
        return {
            "status": 200,
            "statusText": "OK",
            "headers": {},
            "bodyBase64": body,
            "url": "",
            "responseTime": 0,
        }


@pytest.mark.parametrize("isolation", ["process", "thread"])
def test_a_script_s_requests_share_it(
    isolation: Literal["process", "thread"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "BUDGET", 2 * MEBIBYTE)
    source = """
        const all = Array.from({ length: 20 }, () => bru.sendRequest({ url: "http://a" }));
        const sizes = (await Promise.all(all)).map((response) => response.data.length);
        bru.setVar("sum", sizes.reduce((sum, size) => sum + size, 0));
    """
    host = Answers()
    with Sandbox(isolation=isolation) as sandbox:
        for _ in range(2):
            result = sandbox.run_script(source, host=host)
            assert result.error is None
            assert result.variables == {"sum": 20 * MEBIBYTE}
    assert host.count == 40
    # Beside the budget: the one that goes beyond it, and what is free.
    assert host.most <= 3 * MEBIBYTE + 20 * FREE


@pytest.mark.parametrize("isolation", ["process", "thread"])
def test_what_a_script_gives_up_is_free_for_the_next(
    isolation: Literal["process", "thread"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "BUDGET", MEBIBYTE)

    class Never(Answers):
        async def call(self, name: str, args: list[Any]) -> Any:
            if "never" not in args[0]["url"]:
                return await super().call(name, args)
            claim = current_claim()
            assert claim is not None
            await claim.take(4 * MEBIBYTE)
            return await asyncio.Event().wait()

    with Sandbox(isolation=isolation) as sandbox:
        sandbox.script_timeout = 1
        source = "bru.sendRequest({ url: 'http://never' }); await bru.sendRequest({ url: 'http://never' })"
        overrun = sandbox.run_script(source, host=Never()).error
        assert overrun is not None
        assert overrun.kind == "timeout"
    with Sandbox(isolation=isolation) as sandbox:
        source = """
            const stop = new AbortController();
            const given = fetch("http://never", { signal: stop.signal }).catch((error) => error.name);
            setTimeout(() => stop.abort(), 50);
            bru.setVar("given", await given);
            bru.setVar("size", (await bru.sendRequest({ url: "http://a" })).data.length);
        """
        result = sandbox.run_script(source, host=Never())
        assert result.error is None
        assert result.variables == {"given": "AbortError", "size": MEBIBYTE}


COLLECTION = """
    import pathlib, tempfile
    from apps.raw import raw_server, response
    import bruscript
    from bruscript.sandbox.parent import budget

    budget.BUDGET = 4 << 20
    folder = pathlib.Path(tempfile.mkdtemp())
    (folder / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
    GET = "meta {\\n  name: NAME\\n  type: http\\n  seq: 1\\n}\\n\\nget {\\n  url: URL/NAME\\n}\\n\\n"
    POST = "script:post-response {\\n  SOURCE\\n}\\n"
    NESTED = "if ((await bru.sendRequest({ url: 'URL/' })).status !== 200) throw new Error('nested');"

    async def answer(request, writer):
        size = 4 << 20 if request.target == "/large" else 0
        writer.write(response(b"", f"content-length: {size}", length=False))
        # A server that keeps nothing of it in the memory that is measured.
        for start in range(0, size, 1 << 16):
            writer.write(b"x" * min(1 << 16, size - start))
            await writer.drain()

    def write(name, source, url):
        text = GET.replace("NAME", name) + POST.replace("SOURCE", source)
        (folder / f"{name}.bru").write_text(text.replace("URL", url))

    async def work(size):
        async with raw_server(answer) as server:
            write("large", NESTED, server.url)
            write("small", SCRIPT.replace("COUNT", str(size)), server.url)
            result = await bruscript.arun(folder / "small.bru", noproxy=True)
            assert result.ok, [failure.message for each in result.results for failure in each.script_failures]
            assert result.results[0].post_response_tests[0]["status"] == "pass"
"""

SCRIPT = """
    const all = await Promise.all(Array.from({ length: COUNT }, () => ASK));
    test("sizes", () => expect(all.every((response) => response.data.length === 4 << 20)).to.equal(true));
"""


@pytest.mark.parametrize("ask", ["bru.sendRequest({ url: 'URL/large' })", "bru.runRequest('large')"])
def test_what_is_asked_for_at_once_takes_little_memory(ask: str) -> None:
    program = f"    SCRIPT = {SCRIPT.replace('ASK', ask)!r}\n" + COLLECTION
    # Twenty answers of 4 MiB would take more than 200 MiB while they are handed over; 16 are for reports.
    assert memory_needed(program, 20) < 80 * MEBIBYTE
