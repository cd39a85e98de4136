"""One request's course: scripts, variables, failures."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest


def block(kind: str, *lines: str) -> str:
    return f"{kind} {{\n" + "".join(f"  {line}\n" for line in lines) + "}\n\n"


PRE, POST, TESTS = "script:pre-request", "script:post-response", "tests"


def only(result: Any) -> Any:
    assert len(result.results) == 1
    return result.results[0]


def test_what_scripts_set_is_sent(make: Any, echo: Any) -> None:
    text = (
        "post {\n  url: http://app.test/items?q={{q}}\n  body: json\n}\n\n"
        + block("headers", "x-id: {{id}}")
        + 'body:json {\n  { "id": "{{id}}" }\n}\n\n'
        + block(PRE, "bru.setVar('id', 'a-b'); bru.setVar('q', 1)")
    )
    make({"a.bru": text}).run(app=echo)
    seen = echo.requests[0]
    assert (seen["method"], seen["query"], seen["headers"]["x-id"]) == ("POST", "q=1", "a-b")
    assert json.loads(seen["body"]) == {"id": "a-b"}


def test_a_pre_request_error_keeps_the_request_from_being_sent(make: Any, echo: Any) -> None:
    text = block(PRE, "test('before', () => {});", "nothing.here();") + block(TESTS, "test('t', () => {});")
    result = make({"a.bru": text, "b.bru": ""}).run(app=echo)
    failed = result.results[0]
    assert (failed.status, failed.error) == ("error", "nothing is not defined")
    assert [check["description"] for check in failed.pre_request_tests] == ["before"]
    assert not failed.tests
    failure = failed.script_failures[0]
    assert (failure.phase, failure.line, failure.column) == ("pre-request", 13, 3)
    assert failure.path is not None
    assert failure.path.endswith("a.bru")
    assert [seen["path"] for seen in echo.requests] == ["/b"]
    assert result.exit_code == 1


def test_a_post_response_error_fails_its_request_and_the_tests_still_run(make: Any, echo: Any) -> None:
    text = block(POST, "throw new Error('late')") + block(TESTS, "test('t', () => {});")
    failed = only(make({"a.bru": text}).run(app=echo))
    assert failed.status == "pass"
    assert failed.failed
    assert failed.post_response_tests == [
        {
            "status": "fail",
            "description": "Post-Response Script Error",
            "error": "late",
            "isScriptError": True,
        }
    ]
    assert [check["status"] for check in failed.tests] == ["pass"]


def test_scripts_see_the_timeout_of_the_settings_once_it_is_sent(make: Any, echo: Any) -> None:
    says = "test(String([req.getTimeout(), req.timeout]), () => {});"
    timeout = block("settings", "timeout: 4000")
    scripts = block(PRE, says) + block(POST, says) + block(TESTS, says)
    by_script = block(PRE, "req.setTimeout(7);") + block(TESTS, says)
    without = block(TESTS, "test(typeof req.getTimeout(), () => {});")
    result = make({"a.bru": timeout + scripts, "b.bru": timeout + by_script, "c.bru": without}).run(app=echo)
    first, second, third = result.results
    assert [check["description"] for check in first.pre_request_tests] == [","]
    assert [check["description"] for check in first.post_response_tests] == ["4000,4000"]
    assert [check["description"] for check in first.tests] == ["4000,4000"]
    assert [check["description"] for check in second.tests] == ["4000,4000"]
    assert [check["description"] for check in third.tests] == ["undefined"]


def test_a_script_that_never_ends_costs_itself_alone(make: Any, echo: Any) -> None:
    files = {
        "a.bru": block(POST, "while (true) {}") + block(TESTS, "test('t', () => {});"),
        "b.bru": block(TESTS, "test('t', () => {});"),
    }
    result = make(files).run(app=echo, script_timeout=1.5)
    slow, next_one = result.results
    assert slow.script_failures[0].kind == "timeout"
    assert [check["status"] for check in slow.tests] == ["pass"]
    assert not next_one.failed


def test_a_refused_connection_is_a_result(make: Any) -> None:
    text = "get {\n  url: http://127.0.0.1:9/nothing\n}\n"
    result = make({"a.bru": text}).run(noproxy=True)
    failed = only(result)
    assert failed.status == "error"
    assert "127.0.0.1:9" in str(failed.error)
    assert result.exit_code == 1


def test_post_response_variables_reach_the_next_request(make: Any, echo: Any) -> None:
    files = {
        "a.bru": block("vars:post-response", "seen: res.body.path"),
        "b.bru": block("headers", "x-seen: {{seen}}"),
    }
    make(files).run(app=echo)
    assert echo.requests[1]["headers"]["x-seen"] == "/a"


def test_globals_of_one_request_are_not_seen_by_the_next(make: Any, echo: Any) -> None:
    files = {
        "a.bru": block(POST, "globalThis.left = 1; Array.prototype.left = 2; leaked = 3"),
        "b.bru": block(
            TESTS,
            "test('clean', () => {",
            "  expect(typeof left).to.equal('undefined');",
            "  expect(typeof leaked).to.equal('undefined');",
            "  expect([].left).to.equal(undefined);",
            "});",
        ),
    }
    result = make(files).run(app=echo)
    assert [check["status"] for check in result.results[1].tests] == ["pass"]


def test_run_request_shares_variables(make: Any, echo: Any) -> None:
    files = {
        "a.bru": block(
            POST,
            "bru.setVar('from', 'a');",
            "const answer = await bru.runRequest('b');",
            "bru.setVar('status', answer.status);",
            "bru.setVar('heard', bru.getVar('said'));",
        )
        + block(TESTS, "test('t', () => { expect(bru.getVar('heard')).to.equal('b heard a'); });"),
        "b.bru": block(POST, "bru.setVar('said', 'b heard ' + bru.getVar('from'))"),
    }
    first = make(files).run(app=echo).results[0]
    assert [check.get("error") for check in first.tests] == [None]
    assert [seen["path"] for seen in echo.requests] == ["/a", "/b", "/b"]


def test_a_request_that_runs_itself_ends(make: Any, echo: Any) -> None:
    result = make({"a.bru": block(PRE, "await bru.runRequest('a')")}).run(app=echo)
    assert len(result.results) == 1
    assert len(echo.requests) <= 10


def test_prompts(make: Any, echo: Any) -> None:
    collection = make({"a.bru": block("headers", "x-otp: {{?otp}}")})
    skipped = only(collection.run(app=echo))
    assert skipped.status == "skipped"
    assert "otp" in str(skipped.skip_reason)
    collection.run(app=echo, prompts={"otp": "123"})
    collection.run(app=echo, prompt=lambda name: f"<{name}>")
    assert [seen["headers"]["x-otp"] for seen in echo.requests] == ["123", "<otp>"]


def test_environment_overrides_and_dotenv(make: Any, echo: Any) -> None:
    collection = make(
        {
            ".env": "SECRET=fromdotenv\n",
            "environments/ci.bru": "vars {\n  a: file\n  b: file\n  c: {{process.env.SECRET}}\n}\n",
            "r.bru": block("headers", "x-all: {{a}}/{{b}}/{{c}}"),
        }
    )
    result = collection.run(app=echo, env="ci", env_vars={"b": "override"})
    assert echo.requests[0]["headers"]["x-all"] == "file/override/fromdotenv"
    assert result.environment_name == "ci"


@pytest.mark.parametrize("section", ["scripts", "presets", "clientCertificates", "proxy"])
@pytest.mark.parametrize("value", [None, "x", [], {}, {"certs": [None, {}]}])
def test_odd_sections_of_bruno_json_count_as_none(make: Any, echo: Any, section: str, value: Any) -> None:
    config = json.dumps({"version": "1", "name": "c", "type": "collection", section: value})
    assert make({"bruno.json": config, "r.bru": block("tests", "test('t', () => {})")}).run(app=echo).ok


async def test_a_run_inside_a_running_loop(make: Any, echo: Any) -> None:
    collection = make({"a.bru": ""})
    assert (await collection.arun(app=echo)).ok
    assert collection.run(app=echo).ok


async def test_a_cancelled_run_tells_reporters_what_was_done(make: Any, echo: Any) -> None:
    from bruscript.runner import RunOptions, arun_collection

    finished: list[Any] = []

    class Listener:
        def handle(self, event: Any) -> None:
            finished.extend([event.result] if type(event).__name__ == "RunFinished" else [])

        def close(self) -> None:
            pass

    waits = "await bru.sendRequest('http://app.test/begun'); await bru.sleep(3600000)"
    files = {"a.bru": "", "b.bru": block(PRE, waits), "c.bru": ""}
    task = asyncio.create_task(
        arun_collection(make(files), RunOptions(app=echo, script_timeout=3600), [Listener()])
    )
    while len(echo.requests) < 2:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (result,) = finished
    assert result.interrupted
    assert result.exit_code == 130
    assert [item.name for item in result.results] == ["a"]
    assert result.ended == ["b.bru"]
    assert str(result).startswith("Interrupted in b.bru: made: 1 request")


async def test_a_time_limit_around_a_run_holds(make: Any, echo: Any) -> None:
    collection = make({"a.bru": block(PRE, "await bru.sleep(20000)")})
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(collection.arun(app=echo), 0.5)


@pytest.mark.parametrize(
    "options", [{"sandbox": "evil"}, {"isolation": "none"}, {"iteration_count": 0}, {"parallel": 0}]
)
def test_options_that_mean_nothing_are_refused(make: Any, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        make({"a.bru": ""}).run(**options)


def test_paths_may_be_texts(make: Any, echo: Any, tmp_path: Path) -> None:
    collection = make({"a.bru": "", "b.bru": ""})
    assert [item.name for item in collection.run(app=echo, paths=[str(tmp_path / "b.bru")]).results] == ["b"]


@pytest.mark.parametrize("isolation", ["process", "thread"])
def test_both_isolations_run_the_same(make: Any, echo: Any, isolation: Any) -> None:
    text = block(PRE, "bru.setVar('v', await Promise.resolve(7))") + block(
        TESTS, "test('v', () => { expect(bru.getVar('v')).to.equal(7); });"
    )
    assert make({"a.bru": text}).run(app=echo, isolation=isolation).ok


def test_on_fail_is_called_where_no_response_comes(make: Any) -> None:
    text = "get {\n  url: http://127.0.0.1:9/\n}\n\n" + block(
        PRE, "const mine = 'kept';", "req.onFail((error) => bru.setVar('why', mine + ' ' + error.message));"
    )
    files = {"a.bru": text, "b.bru": block(PRE, "console.log(bru.getVar('why'))", "req.onFail(() => {})")}
    first, second = make(files).run(noproxy=True).results
    assert first.status == "error"
    assert "127.0.0.1:9" in str(first.error)
    assert [line.text for line in second.console] == ["kept connect ECONNREFUSED 127.0.0.1:9"]


def test_a_request_with_on_fail_is_sent_once(make: Any, echo: Any) -> None:
    text = block(PRE, "req.setHeader('x', '1');", "req.onFail(() => bru.setVar('failed', true));")
    text += block(TESTS, "test('t', () => expect(bru.getVar('failed')).to.equal(undefined));")
    assert make({"a.bru": text}).run(app=echo).ok
    assert [seen["headers"]["x"] for seen in echo.requests] == ["1"]


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_bytes_as_body(make: Any, echo: Any, mode: str) -> None:
    text = "post {\n  url: http://app.test/a\n  body: text\n}\n\nbody:text {\n  x\n}\n\n"
    text += block(PRE, "req.setBody(Buffer.from([104, 105]))")
    text += block(TESTS, "test('kept', () => expect(req.getBody().toString()).to.equal('hi'));")
    assert make({"a.bru": text}).run(app=echo, sandbox=mode).ok
    assert echo.requests[0]["body"] == "hi"


@pytest.mark.parametrize("kind", ["grpc", "ws"])
def test_requests_of_other_protocols_are_skipped_with_a_notice(make: Any, echo: Any, kind: str) -> None:
    text = f"meta {{\n  name: a\n  type: {kind}\n  seq: 1\n}}\n\n{kind} {{\n  url: {kind}://x\n}}\n"
    result = make({"a.bru": text, "b.bru": ""}).run(app=echo)
    assert [item.status for item in result.results] == ["skipped", "pass"]
    named = {"grpc": "A gRPC request", "ws": "A WebSocket request"}[kind]
    assert result.results[0].skip_reason == f"{named}: bruscript sends only HTTP requests"
    assert result.ok


def test_values_nested_without_end_cost_one_request(make: Any, echo: Any) -> None:
    code = "let deep = {}; for (let i = 0; i < 3000; i++) deep = { deep }; bru.setVar('deep', deep);"
    files = {"a.bru": block(PRE, code) + block("headers", "x: {{deep}}"), "b.bru": ""}
    result = make(files).run(app=echo)
    assert [item.name for item in result.results] == ["a", "b"]
    assert result.results[1].status in ("pass", "error")


def test_requests_of_scripts_leave_the_cookies_alone(make: Any, echo: Any) -> None:
    text = block(
        PRE,
        "await bru.cookies.jar().setCookie('http://app.test/', 'own', '1');",
        "await bru.sendRequest({ 'url' : 'http://app.test/sent', headers: { 'X-L': ['a', 'b'] } });",
    )
    make({"a.bru": text}).run(app=echo)
    sent, own = echo.requests
    assert "cookie" not in sent["headers"]
    assert sent["headers"]["x-l"] == "b"  # the last of two lines
    assert own["headers"]["cookie"] == "own=1"


@pytest.mark.parametrize(("mode", "header"), [("basic", "Authorization"), ("wsse", "X-WSSE")])
def test_the_header_of_an_auth_mode_shows_in_the_request(
    make: Any, echo: Any, mode: str, header: str
) -> None:
    text = f"get {{\n  url: http://app.test/a\n  auth: {mode}\n}}\n\n"
    text += block(f"auth:{mode}", "username: ann", "password: {{word}}")
    text += block(PRE, "bru.setVar('word', 'later')") + block(POST, f"console.log(req.getHeader('{header}'))")
    shown = only(make({"a.bru": text}).run(app=echo))
    sent = echo.requests[0]["headers"][header.lower()]
    assert [line.text for line in shown.console] == [sent]
    assert shown.request["headers"][header] == sent


def test_reports_show_the_response_as_it_came_or_was_set(make: Any, echo: Any) -> None:
    changed = block(POST, "res.body.mine = 1;") + block(
        TESTS, "test('seen', () => assert(res.body.mine === 1));"
    )
    result = make({"a.bru": changed, "b.bru": block(POST, "res.setBody({ mine: 2 });")}).run(app=echo)
    assert result.summary.passed_tests == 1
    assert "mine" not in result.results[0].response["data"]
    assert result.results[1].response["data"] == {"mine": 2}


def test_the_jars_cookies_show_in_the_request(make: Any, echo: Any) -> None:
    pre = block(PRE, "await bru.cookies.jar().setCookie('http://app.test/', 'kept', '1');")
    post = block(POST, "console.log(req.getHeader('Cookie'), req.headerList.get('cookie'));")
    files = {"a.bru": pre + post, "b.bru": block("headers", "cookie: own=2"), "c.bru": ""}
    collection = make(files)
    run = collection.run(app=echo)
    assert [item.request["headers"].get("Cookie") for item in run.results] == ["kept=1", None, "kept=1"]
    assert run.results[1].request["headers"]["cookie"] == "own=2; kept=1"
    assert [line.text for line in run.results[0].console] == ["kept=1 kept=1"]
    without = collection.run(app=echo, cookies=False)
    assert all("Cookie" not in item.request["headers"] for item in without.results)


def test_scripts_see_the_bytes_of_a_file_as_body(make: Any, echo: Any, tmp_path: Any) -> None:
    (tmp_path / "payload.bin").write_bytes(b"abc")
    text = "post {\n  url: http://app.test/a\n  body: file\n}\n\n"
    text += block("body:file", "file: @file(payload.bin) @contentType(text/plain)")
    text += block(
        PRE, "req.setHeader('x-md5', require('crypto').createHash('md5').update(req.getBody()).digest('hex'))"
    )
    make({"a.bru": text}).run(app=echo)
    assert echo.requests[0]["headers"]["x-md5"] == "900150983cd24fb0d6963f7d28e17f72"
    assert echo.requests[0]["body"] == "abc"
