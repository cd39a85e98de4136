"""The engine: jobs, host calls, timers, workers, the embedding interface."""

# A script stands on one line, however long.
# ruff: noqa: E501

from __future__ import annotations

import asyncio
import json
from ctypes import string_at
from pathlib import Path
from typing import Any, Literal

import pytest
from sandbox.hosts import FILE, Calls, script, state

from bruscript.sandbox import Job, Sandbox, Segment, Step


@pytest.mark.parametrize("isolation", ["process", "thread"])
def test_every_step_has_the_whole_limit(isolation: Literal["process", "thread"]) -> None:
    # Both together take longer than the limit of each, however long they wait for a core.
    waits = script("await bru.sleep(1600)")
    with Sandbox(isolation=isolation, script_timeout=3) as sandbox:
        done = asyncio.run(sandbox.run(Job([waits, waits], state())))
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
