"""What a script asks its host for: answers, errors, and requests that are given up."""

# A script stands on one line, however long.
# ruff: noqa: E501

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sandbox.hosts import Calls

from bruscript.sandbox import Sandbox


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
