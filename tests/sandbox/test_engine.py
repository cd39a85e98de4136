"""The engine: jobs, host calls, timers, workers, the embedding interface."""

# A script stands on one line, however long.
# ruff: noqa: E501

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from ctypes import string_at
from pathlib import Path
from typing import Any, Literal

import pytest

from bruscript.sandbox import Job, Sandbox, SandboxPool, Segment, Step
from bruscript.sandbox.services.bundles import read_bundle
from bruscript.sandbox.wire import frames

FILE = Path("/collection/one.bru")


class Calls:
    """A host of one function; libraries come from where they always do."""

    def __init__(self, answer: Callable[..., Any]) -> None:
        self.answer = answer

    async def call(self, name: str, args: list[Any]) -> Any:
        if name == "bundle":
            return read_bundle(*args)
        result = self.answer(name, *args)
        return await result if asyncio.iscoroutine(result) else result


def script(source: str, line: int = 1) -> Step:
    return Step("script", "pre-request", [Segment(source, FILE, line)])


def state(**context: Any) -> dict[str, Any]:
    return {
        "variables": {"runtime": {"given": 1}},
        "request": {"method": "GET", "url": "", "headers": {}},
        "context": {"mode": "safe", "collectionPath": "/collection", **context},
    }


@pytest.fixture(scope="module", params=["process", "thread"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    isolation: Literal["process", "thread"] = request.param
    with Sandbox(isolation=isolation) as made:
        made.start()
        yield made


@pytest.mark.parametrize("isolation", ["process", "thread"])
def test_every_step_has_the_whole_limit(isolation: Literal["process", "thread"]) -> None:
    # Two of them together take longer than the limit of each.
    busy = "const start = Date.now(); while (Date.now() - start < 1600);"
    with Sandbox(isolation=isolation, script_timeout=3) as sandbox:
        done = asyncio.run(sandbox.run(Job([script(busy), script(busy)], state())))
    assert [step.error for step in done.steps] == [None, None]


def test_a_job_runs_its_steps_in_order_with_one_state(sandbox: Sandbox) -> None:
    steps = [
        script("bru.setVar('a', bru.getVar('given') + 1)"),
        script("bru.setVar('b', bru.getVar('a') + 1)"),
    ]
    done = asyncio.run(sandbox.run(Job(steps, state())))
    assert [step.error for step in done.steps] == [None, None]
    assert done.changes == {"variables": {"runtime": {"given": 1, "a": 2, "b": 3}}}


def test_an_error_ends_its_own_step_only(sandbox: Sandbox) -> None:
    steps = [script("bru.setVar('a', 1);\n  missing()", line=20), script("bru.setVar('b', 1)")]
    done = asyncio.run(sandbox.run(Job(steps, state())))
    error = done.steps[0].error
    assert error is not None
    assert (error.name, error.message, error.kind) == ("ReferenceError", "missing is not defined", "error")
    assert (error.path, error.line, error.column) == (FILE, 21, 3)
    assert f"{FILE}:21:3" in error.stack
    assert "bruscript:" not in error.stack
    assert done.steps[1].error is None
    assert done.changes["variables"]["runtime"] == {"given": 1, "a": 1, "b": 1}


def test_text_of_any_script_comes_through_unharmed(sandbox: Sandbox) -> None:
    text = "ä €  \u2028 \U0001f600 \x00 \"'` \\ </script>"
    result = sandbox.run_script(
        "bru.setVar('b', bru.getVar('a') + '😀ß'); console.log('é')", variables={"a": text}
    )
    assert result.variables == {"a": text, "b": text + "😀ß"}
    assert result.console == [("log", "é")]


def test_messages_larger_than_the_shared_memory(sandbox: Sandbox) -> None:
    large = "xä" * 400_000
    host = Calls(
        lambda name, *args: {
            "name": name,
            "body": args[0]["url"],
            "status": 200,
            "headers": {},
            "more": large,
        }
    )
    source = "const r = await bru.sendRequest({ url: 'http://a/' + bru.getVar('a') }); bru.setVar('n', bru.getVar('a').length)"
    result = sandbox.run_script(source, variables={"a": large}, host=host)
    assert result.error is None
    assert result.variables == {"a": large, "n": 800_000}


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, 3_000_001])
def test_the_response_body_is_its_bytes(sandbox: Sandbox, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + bytes(range(size % 256))
    source = "const b = res.getDataBuffer(); bru.setVar('sum', [b.length, b.reduce((a, c) => a + c, 0)])"
    result = sandbox.run_script(source, response={"body": body})
    assert result.error is None
    assert result.variables["sum"] == [size, sum(body)]


def test_a_body_that_no_script_looks_at_takes_none_of_its_memory() -> None:
    source = "test('status', () => expect(res.status).to.equal(200)); bru.setVar('size', res.getSize().body)"
    response = {"status": 200, "body": bytes(200 << 20)}
    with Sandbox(script_memory=32) as sandbox:
        result = sandbox.run_script(source, response=response)
        assert result.ok
        assert result.variables == {"size": 200 << 20}
        refused = sandbox.run_script("1;\nres.body", response=response).error
        assert refused is not None
        assert refused.line == 2
        assert refused.message == (
            "The response's body of 209715200 bytes does not fit into the script's memory (--script-memory)"
        )


def test_a_script_may_look_at_the_body_as_often_as_it_likes(sandbox: Sandbox) -> None:
    body = b'{"n": 1, "more": "' + b"x" * 600_000 + b'"}'
    source = """
        const first = res.getDataBuffer();
        first.fill(0);
        bru.setVar("seen", [res.body.n, res.getDataBuffer().length, String(res.getDataBuffer().subarray(0, 7)), first[0]]);
        res.setBody("other");
        bru.setVar("after", [res.body, String(res.getDataBuffer()), res.getSize().body]);
    """
    result = sandbox.run_script(source, response={"status": 200, "body": body})
    assert result.error is None
    assert result.variables["seen"] == [1, len(body), '{"n": 1', 0]
    assert result.variables["after"] == ["other", "other", 5]


def test_looking_at_the_body_hands_over_nothing_of_ours(sandbox: Sandbox) -> None:
    source = """
        const handed = [];
        class Spy extends Uint8Array { constructor(...args) { super(...args); handed.push(...args); } }
        const constructor = Uint8Array;
        Object.defineProperty(Uint8Array.prototype, "constructor", { value: Spy });
        Object.defineProperty(Spy, Symbol.species, { value: Spy });
        globalThis.Uint8Array = Spy;
        res.getDataBuffer();
        res.body;
        bru.setVar("shared", handed.some((value) => value instanceof SharedArrayBuffer));
    """
    result = sandbox.run_script(source, response={"status": 200, "body": bytes(2 << 20)})
    assert result.error is None
    assert result.variables == {"shared": False}


def test_synchronous_calls_are_answered_while_the_script_waits(sandbox: Sandbox) -> None:
    asked: list[Any] = []

    def answer(name: str, *args: Any) -> Any:
        asked.append((name, args))
        return {
            "path": "/collection/a.js",
            "directory": "/collection",
            "format": "commonjs",
            "source": "exports.a = 5",
        }

    result = sandbox.run_script("bru.setVar('a', require('./a').a)", host=Calls(answer))
    assert result.variables == {"a": 5}
    assert asked == [("module.load", ("./a", "/"))]


def test_asynchronous_calls_run_beside_each_other(sandbox: Sandbox) -> None:
    asked = 0
    together = asyncio.Event()

    async def answer(name: str, *args: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == 3:
            together.set()
        # Were the others asked for only after the answer to the first, it would never come.
        await together.wait()
        return {
            "status": 200,
            "headers": {},
            "bodyBase64": "",
            "url": "",
            "responseTime": 1,
            "statusText": "",
        }

    source = (
        "await Promise.all([1, 2, 3].map(n => bru.sendRequest({ url: 'http://x/' + n }))); bru.setVar('a', 1)"
    )
    assert sandbox.run_script(source, host=Calls(answer)).variables == {"a": 1}


def test_an_error_of_the_host_is_thrown_into_the_script(sandbox: Sandbox) -> None:
    def answer(name: str, *args: Any) -> Any:
        raise OSError("ENOENT: no such file")

    source = "try { require('./a') } catch (e) { bru.setVar('a', [e instanceof Error, e.message, e.code]) }"
    result = sandbox.run_script(source, host=Calls(answer))
    assert result.variables["a"] == [True, "ENOENT: no such file", "ENOENT"]


GIVEN_UP = {
    "fetch": "await fetch('http://x/', { signal: AbortSignal.timeout(20) })",
    "axios": "await require('axios').get('http://x/', { signal: AbortSignal.timeout(20) })",
    "http": "const sent = require('http').get('http://x/', { timeout: 20 });"
    "sent.on('timeout', () => sent.destroy());"
    "await new Promise((resolve, reject) => sent.on('error', reject))",
    "http, told so later": "const sent = require('http').get('http://x/');"
    "sent.setTimeout(20, () => sent.destroy());"
    "await new Promise((resolve, reject) => sent.on('error', reject))",
    "while another is sent": "const stop = AbortSignal.timeout(20);"
    "await Promise.all([fetch('http://x/', { signal: stop }), bru.sendRequest('http://quick/')])",
}


@pytest.mark.parametrize("source", GIVEN_UP.values(), ids=GIVEN_UP)
def test_a_request_that_a_script_gives_up_holds_nothing(sandbox: Sandbox, source: str) -> None:
    begun, ended = [], []

    async def answer(name: str, *args: Any) -> Any:
        if args and args[0]["url"].startswith("http://x/"):
            begun.append(name)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                ended.append(name)
                raise
        return {"status": 200, "headers": {}}

    result = sandbox.run_script(f"try {{ {source} }} catch {{ bru.setVar('a', 1) }}", host=Calls(answer))
    assert (result.error, result.variables) == (None, {"a": 1})
    # On a busy machine it may be given up before it was begun.
    assert ended == begun
    assert begun in ([], ["http.send"])
    # Nothing of it is left to be taken for an answer of the next job's.
    again = sandbox.run_script("bru.setVar('a', (await fetch('http://quick/')).status)", host=Calls(answer))
    assert again.variables == {"a": 200}


def test_a_job_may_run_inside_of_a_host_call(sandbox: Sandbox) -> None:
    async def answer(name: str, *args: Any) -> Any:
        inner = await one.arun_script("bru.setVar('deep', bru.getVar('n') + 1)", variables={"n": 41})
        return {"status": inner.variables["deep"], "headers": {}}

    source = "const r = await bru.runRequest('other'); bru.setVar('a', r.status)"
    with Sandbox(isolation=sandbox.isolation, workers=1) as one:
        result = one.run_script(source, host=Calls(answer))
    assert (result.error, result.variables) == (None, {"a": 42})


def test_timers_run_in_the_order_of_their_time(sandbox: Sandbox) -> None:
    source = """
      const seen = [];
      setTimeout(() => seen.push('c'), 20);
      setTimeout(() => seen.push('b'), 5);
      setImmediate(() => seen.push('a'));
      queueMicrotask(() => seen.push('micro'));
      const dropped = setTimeout(() => seen.push('never'), 1);
      clearTimeout(dropped);
      await new Promise(resolve => { let n = 0; const i = setInterval(() => { if (++n === 3) { clearInterval(i); resolve(); } }, 10); });
      bru.setVar('seen', seen);
    """
    assert sandbox.run_script(source).variables["seen"] == ["micro", "a", "b", "c"]


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_what_is_not_awaited_is_waited_for(mode: Literal["safe", "developer"]) -> None:
    source = "setTimeout(() => setTimeout(() => bru.setVar('a', 1), 5), 5); (async () => { await null; bru.setVar('b', 1) })()"
    with Sandbox(mode, isolation="thread") as sandbox:
        assert sandbox.run_script(source).variables == {"a": 1, "b": 1}


def test_a_long_timer_holds_up_no_script_in_developer_mode() -> None:
    # `Promise.race` with a time limit of its own is common; the reference's developer mode does not wait either.
    source = "setTimeout(() => {}, 60000); setInterval(() => {}, 10); bru.setVar('a', 1)"
    with Sandbox("developer") as sandbox:
        result = sandbox.run_script(source)
    assert (result.error, result.variables) == (None, {"a": 1})


def test_an_error_in_a_timer_is_told_on_the_console(sandbox: Sandbox) -> None:
    result = sandbox.run_script("setTimeout(() => { throw new Error('late') }, 1)")
    assert result.error is None
    assert result.console[0][0] == "error"
    assert "late" in result.console[0][1]


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


def test_a_script_by_itself(sandbox: Sandbox) -> None:
    source = """
      test('body', () => expect(res.body.items).to.have.length(2));
      test('wrong', () => expect(res.status).to.equal(500));
      bru.setEnvVar('token', res.headers['x-token']);
      bru.setNextRequest('again');
      bru.resetOauth2Credential('main');
      console.warn('careful', { a: 1 });
    """
    response = {
        "status": 200,
        "headers": {"x-token": "t", "content-type": "application/json"},
        "body": {"items": [1, 2]},
    }
    result = sandbox.run_script(source, scopes={"environment": {"host": "h"}}, response=response)
    assert {test["description"]: test["status"] for test in result.tests} == {"body": "pass", "wrong": "fail"}
    assert result.scopes["environment"] == {"host": "h", "token": "t"}
    assert (result.jumps, result.next_request, result.resets) == (True, "again", ["main"])
    assert result.console == [("warn", "careful { a: 1 }")]
    assert result.error is None
    assert not result.ok


def test_syntax_is_checked_without_running(sandbox: Sandbox) -> None:
    assert sandbox.check_syntax("throw new Error('never run'); await x") is None
    error = sandbox.check_syntax("const a = 1;\nconst b = ;", path=FILE, line=30)
    assert error is not None
    assert (error.kind, error.path, error.line, error.column) == ("syntax", FILE, 31, 11)
    error = sandbox.check_syntax("const = 1;", path=FILE, line=30)
    assert error is not None
    assert error.line == 30
    # A script that begins with a `return` is a script like others.
    assert sandbox.run_script("return;\nthrow new Error('never run')").error is None
    assert sandbox.check_syntax("return;\nthrow new Error('never run')") is None


def test_limits_must_be_above_zero() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Sandbox(script_timeout=0)


def test_jobs_wait_for_a_free_worker() -> None:
    async def many() -> list[Any]:
        async with SandboxPool(workers=1) as pool:
            jobs = [
                pool.arun_script("bru.setVar('b', bru.getVar('a'))", variables={"a": n}) for n in range(4)
            ]
            return [result.variables["b"] for result in await asyncio.gather(*jobs)]

    assert asyncio.run(many()) == [0, 1, 2, 3]


def test_dates_are_those_of_the_users_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    with Sandbox() as sandbox:
        result = sandbox.run_script("bru.setVar('offset', new Date(0).getTimezoneOffset())")
    assert result.variables == {"offset": -540}


def test_a_script_leaves_nothing_on_the_heap() -> None:
    body = json.dumps({"items": list(range(2000))}).encode()
    source = "const a = res.body.items.map(n => ({ n })); bru.setVar('n', a.length); test('t', () => expect(a).to.have.length(2000))"

    with Sandbox(isolation="thread", workers=1) as sandbox:

        def used_after(count: int) -> int:
            """Bytes in use once everything that nothing leads to is collected."""
            for _ in range(count):
                assert sandbox.run_script(source, response={"body": body}).ok
            [thread] = sandbox._pool._idle
            context = thread._isolate._context  # type: ignore[attr-defined]
            calls = context._calls
            calls.mr_heap_stats.argtypes, calls.mr_heap_stats.restype = (
                calls.mr_call_function.argtypes[:1],
                calls.mr_alloc_int_val.restype,
            )
            calls.mr_low_memory_notification(context._context)
            stats = calls.mr_heap_stats(context._context).contents
            used: int = json.loads(string_at(stats.value.bytes, stats.length))["used_heap_size"]
            return used

        first = used_after(20)
        # What V8 compiles takes some 200 kB; 80 responses would take 8 MB.
        assert used_after(80) - first < 1_000_000


@pytest.mark.parametrize("mode", ["safe", "developer"])
@pytest.mark.parametrize("name", ["get", "set", "value", "writable"])
def test_helpers_on_the_prototype_of_all_objects_do_not_get_in_the_way(mode: Any, name: str) -> None:
    scripts = [
        f"Object.prototype.{name} = () => 'helped'",
        "test('works', () => { bru.setVar('a', 1); expect(req.headerList.has('b')).to.equal(false); });"
        f"bru.setVar('said', ({{}}).{name}());",
    ]
    steps = [Step("script", "tests", segments=(Segment(text, Path("a.bru")),)) for text in scripts]
    with Sandbox(mode, workers=1) as sandbox:
        done = asyncio.run(sandbox.run(Job(steps, {"context": {"mode": mode}})))
    assert [step.error for step in done.steps] == [None, None]
    assert [check["status"] for check in done.steps[1].results] == ["pass"]
    assert done.changes["variables"]["runtime"] == {"a": 1, "said": "helped"}


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


def test_thousands_of_requests_can_be_given_up_at_once(sandbox: Sandbox) -> None:
    source = """
      const stop = new AbortController();
      const sent = Array.from({ length: 1500 }, () => fetch("http://x/", { signal: stop.signal }).catch((e) => e.name));
      setTimeout(() => stop.abort(), 50);
      const names = new Set(await Promise.all(sent));
      console.log([...names].join());
    """

    async def answer(name: str, *args: Any) -> Any:
        await asyncio.sleep(0 if name != "http.send" else 60)

    result = sandbox.run_script(source, host=Calls(answer))
    assert (result.error, result.console) == (None, [("log", "AbortError")])


def test_an_abort_right_after_the_call_is_heard(sandbox: Sandbox) -> None:
    source = """
      const stop = new AbortController();
      const sent = fetch("http://x/", { signal: stop.signal });
      stop.abort();
      await sent.catch((error) => bru.setVar("name", error.name));
    """
    host = Calls(lambda name, *args: {"status": 200, "headers": {}})
    assert sandbox.run_script(source, host=host).variables == {"name": "AbortError"}


def test_a_message_that_is_too_large_ends_its_script_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MAX_PAYLOAD", 1 << 20)
    with Sandbox(workers=1) as sandbox:
        error = sandbox.run_script("bru.setVar('x', 'é'.repeat(5e5))").error
        assert error is not None
        assert (error.kind, "256 MiB" in error.message) == ("memory", True)
        assert sandbox.run_script("bru.setVar('a', 1)").variables == {"a": 1}


def test_to_check_a_scripts_syntax_runs_nothing_of_it(tmp_path: Path) -> None:
    source = "}), require('fs').writeFileSync('ran', ''), (async () => {"
    with Sandbox("developer", collection=tmp_path, workers=1) as sandbox:
        for error in (sandbox.check_syntax(source), sandbox.check_syntax(f"await 1;\n{source}")):
            assert error is not None
            assert (error.kind, error.message) == ("syntax", "Unexpected token '}'")
        assert list(tmp_path.iterdir()) == []
        error = sandbox.run_script(source).error
    assert error is not None
    assert (error.kind, error.message) == ("syntax", "Unexpected token '}'")


def test_where_a_redirect_leads_is_known_and_a_loop_is_an_error(sandbox: Sandbox) -> None:
    def answer(name: str, *args: Any) -> Any:
        if name != "http.send":
            raise RuntimeError(f"{name} is not available")
        if args[0]["url"].endswith("/loop"):
            return {"status": 302, "headers": {"location": "/loop"}, "url": args[0]["url"]}
        return {"status": 200, "headers": {}, "url": "http://x/final"}

    source = """
      bru.setVar("final", (await require("axios").get("http://x/")).request.res.responseUrl);
      await fetch("http://x/loop").catch((error) => bru.setVar("loop", [error.message, error.cause.message]));
    """
    variables = sandbox.run_script(source, host=Calls(answer)).variables
    assert variables == {"final": "http://x/final", "loop": ["fetch failed", "redirect count exceeded"]}
