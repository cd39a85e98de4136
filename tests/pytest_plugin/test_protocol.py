"""Every request is a test of its own, and the requests of a collection are one run."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest

Make = Callable[..., Path]
Seen = Callable[[], list[str]]

SET = 'script:post-response {\n  bru.setVar("id", "41");\n  bru.setEnvVar("stage", "s1");\n}'
GET = (
    'tests {\n  test("is kept", () => expect(bru.getVar("id") + bru.getEnvVar("stage")).to.equal("41s1"));\n}'
)
FAILS = 'tests {\n  console.log("noted");\n  test("is there", () => expect(res.status).to.equal(201));\n}'


def jump(name: str, condition: str = "true") -> str:
    return f"script:post-response {{\n  if ({condition}) bru.setNextRequest({name});\n}}"


def test_items_share_one_session_and_report_themselves(
    pytester: pytest.Pytester, make: Make, seen: Seen
) -> None:
    make(first=SET, second=FAILS, third=GET)
    run = pytester.runpytest_inprocess("--junitxml=junit.xml", "-o", "junit_logging=all")
    assert run.ret == 1
    assert seen() == ["first", "second", "third"]
    cases = {case.get("name"): case for case in ElementTree.parse("junit.xml").iter("testcase")}
    assert [*cases] == ["first.bru", "second.bru", "third.bru"]
    assert all(float(case.get("time") or 0) > 0 for case in cases.values())
    (failure,) = cases["second.bru"].iter("failure")
    assert failure.get("message") == "is there · expected 200 to equal 201"
    assert "first (200 OK)" in (cases["first.bru"].findtext("system-out") or "")


def test_a_failure_begins_with_the_first_failed_check(pytester: pytest.Pytester, make: Make) -> None:
    make(first=FAILS)
    run = pytester.runpytest_inprocess()
    run.stdout.fnmatch_lines(
        [
            "*_ request first.bru _*",
            "is there · expected 200 to equal 201",
            "*File: first.bru:20*",
            "*GET http://app/first*",
            "*Captured stdout call*",
            "noted",
            "FAILED api/bruno.json::first.bru - is there · expected 200 to equal 201",
        ]
    )
    assert run.stdout.str().count("noted") == 2, "the line of the script, and what it printed"
    run.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize(("option", "sent"), [("-x", 1), ("--maxfail=2", 2)])
def test_pytest_stops_the_run(
    pytester: pytest.Pytester, make: Make, seen: Seen, option: str, sent: int
) -> None:
    make(first=FAILS, second=FAILS, third="")
    run = pytester.runpytest_inprocess(option)
    run.assert_outcomes(failed=sent)
    assert len(seen()) == sent


def test_only_what_is_selected_is_sent(pytester: pytest.Pytester, make: Make, seen: Seen) -> None:
    make(first="", second=FAILS, third="")
    pytester.runpytest_inprocess("api/bruno.json::third.bru").assert_outcomes(passed=1)
    assert seen() == ["third"]
    pytester.runpytest_inprocess("-k", "first or second").assert_outcomes(passed=1, failed=1, deselected=1)
    assert seen() == ["first", "second"]
    pytester.runpytest_inprocess("--lf", "-p", "cacheprovider").assert_outcomes(failed=1)
    assert seen() == ["second"]


def test_tags_are_marks(pytester: pytest.Pytester, make: Make, seen: Seen) -> None:
    root = make(first="", second="", third="")
    for name, tags in (("first", "smoke, v1.2"), ("second", "skip"), ("third", "xfail, a-tag")):
        file = root / f"{name}.bru"
        file.write_text(file.read_text().replace("tags: []", f"tags: [{tags}]"))
    (root / "third.bru").write_text((root / "third.bru").read_text() + FAILS)
    strict = ["--strict-markers", "-W", "error"]
    pytester.runpytest_inprocess("-m", "smoke", *strict).assert_outcomes(passed=1, deselected=2)
    assert seen() == ["first"]
    pytester.runpytest_inprocess(*strict).assert_outcomes(passed=1, skipped=1, xfailed=1)
    assert seen() == ["first", "third"]


def test_requests_that_are_jumped_over_are_skipped(pytester: pytest.Pytester, make: Make, seen: Seen) -> None:
    make(a=jump('"c"'), b="", c=jump("null"), d="")
    run = pytester.runpytest_inprocess("-rs")
    run.assert_outcomes(passed=2, skipped=2)
    assert seen() == ["a", "c"]
    run.stdout.fnmatch_lines(
        [
            "SKIPPED * api/b.bru:1: a.bru went on with c.bru (bru.setNextRequest)",
            "SKIPPED * api/d.bru:1: c.bru ended the run (bru.setNextRequest(null))",
        ]
    )


def test_what_a_script_goes_back_to_runs_again_within_its_item(
    pytester: pytest.Pytester, make: Make, seen: Seen
) -> None:
    count = 'bru.setVar("n", (bru.getVar("n") || 0) + 1);\n  '
    poll = f'script:post-response {{\n  {count}if (bru.getVar("n") < 3) bru.setNextRequest("a");\n}}'
    again = 'tests {\n  test("twice at most", () => expect(bru.getVar("n") || 0).to.be.below(2));\n}'
    make(a=again, b=poll, c="")
    run = pytester.runpytest_inprocess()
    run.assert_outcomes(passed=2, failed=1)
    assert seen() == ["a", "b", "a", "b", "a", "b", "c"]
    run.stdout.fnmatch_lines(["FAILED api/bruno.json::b.bru - twice at most · expected 2 to be below 2"])


def test_a_jump_to_what_is_not_selected_is_a_warning(
    pytester: pytest.Pytester, make: Make, seen: Seen
) -> None:
    make(a=jump('"b"'), b="", c="")
    run = pytester.runpytest_inprocess("-k", "a.bru or c.bru")
    run.assert_outcomes(passed=2, deselected=1, warnings=1)
    assert seen() == ["a", "c"]
    run.stdout.fnmatch_lines(["*a.bru set the next request to 'b', which is not among the selected items*"])


def test_other_ends(pytester: pytest.Pytester, make: Make, seen: Seen) -> None:
    stop = "script:post-response {\n  bru.runner.stopExecution();\n}"
    make("stops", a=stop, b="")
    make("bails", a=FAILS, b="")
    make("loops", a=jump('"a"'))
    run = pytester.runpytest_inprocess("-rs", "-o", "bruscript_bail=true", "stops", "bails")
    run.assert_outcomes(passed=1, failed=1, skipped=2)
    run.stdout.fnmatch_lines(
        ["SKIPPED * stops/b.bru:1: a.bru stopped the run*", "SKIPPED * bails/b.bru:1: a.bru failed (bail)"]
    )


def test_a_time_limit_ends_one_item(pytester: pytest.Pytester, make: Make) -> None:
    """Also where the application blocks the event loop: the run goes on with a new one."""
    for app in ("waits", "blocks", "wsgi"):
        root = make(app, first=SET, hangs="", third=GET)
        (root / "conftest.py").write_text(
            "import pytest\nimport server\n\n@pytest.fixture(scope='session')\n"
            f"def bruscript_options():\n    return {{'app': server.{app}}}\n"
        )
    (pytester.path / "server.py").write_text(
        "import asyncio, threading, time\n"
        "async def waits(scope, receive, send):\n"
        "    if scope['path'] == '/hangs':\n        await asyncio.sleep(600)\n"
        "    await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        "    await send({'type': 'http.response.body', 'body': b'{}'})\n"
        "async def blocks(scope, receive, send):\n"
        "    if scope['path'] == '/hangs':\n        time.sleep(600)\n"
        "    await waits(scope, receive, send)\n"
        "def wsgi(environ, start_response):\n"
        "    if environ['PATH_INFO'] == '/hangs':\n        threading.Event().wait(600)\n"
        "    start_response('200 OK', [])\n    return [b'{}']\n"
    )
    pytester.makeconftest(
        "import pytest\n"
        "from bruscript.pytest_plugin import loop_thread\n"
        "loop_thread._PATIENCE = 0.5\n"
        "def pytest_collection_modifyitems(items):\n"
        "    for item in items:\n"
        "        if item.name == 'hangs.bru':\n"
        "            item.add_marker(pytest.mark.timeout(1))\n"
    )
    options = ("-o", "bruscript_app=", "--import-mode=importlib")
    run = pytester.runpytest_subprocess("-p", "pytest_timeout", *options)
    run.assert_outcomes(passed=6, failed=3)
    run.stdout.fnmatch_lines_random(
        [f"FAILED {app}/bruno.json::hangs.bru - *Timeout*" for app in ("waits", "blocks", "wsgi")]
    )
    run.stdout.no_fnmatch_line("*entries are hidden*")


def test_an_interrupt_ends_the_run(pytester: pytest.Pytester, make: Make, seen: Seen) -> None:
    make(first="", hangs="", third="")
    (pytester.path / "server.py").write_text(
        "import asyncio, os, signal\n"
        "async def app(scope, receive, send):\n"
        "    if scope['path'] == '/hangs':\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n        await asyncio.sleep(600)\n"
        "    await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        "    await send({'type': 'http.response.body', 'body': b'{}'})\n"
    )
    run = pytester.runpytest_subprocess()
    assert run.ret == pytest.ExitCode.INTERRUPTED
    run.assert_outcomes(passed=1)


def test_items_keep_the_order_of_the_collection(pytester: pytest.Pytester, make: Make, seen: Seen) -> None:
    make(first=SET, second="", third=GET)
    pytester.makeconftest("def pytest_collection_modifyitems(items):\n    items.reverse()\n")
    pytester.runpytest_inprocess().assert_outcomes(passed=3)
    assert seen() == ["first", "second", "third"]


def test_an_item_may_run_again(pytester: pytest.Pytester, make: Make, seen: Seen) -> None:
    """As plugins do that run failed tests again."""
    make(first=SET, second=GET, third="")
    pytester.makeconftest(
        "from _pytest.runner import runtestprotocol\n"
        "def pytest_runtest_protocol(item, nextitem):\n"
        "    runtestprotocol(item, nextitem=item, log=False)\n"
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=3)
    assert seen() == ["first", "first", "second", "second", "third", "third"]


def test_tags_that_are_marks_with_arguments_are_none(pytester: pytest.Pytester, make: Make) -> None:
    make(tags="timeout, parametrize, usefixtures", a="")
    run = pytester.runpytest_inprocess("-p", "pytest_timeout", "-k", "timeout", "-W", "error")
    run.assert_outcomes(passed=1)


def test_an_exception_of_the_application_is_in_the_item(pytester: pytest.Pytester, make: Make) -> None:
    make(boom="", after="")
    run = pytester.runpytest_inprocess()
    run.assert_outcomes(passed=1, failed=1)
    run.stdout.fnmatch_lines(
        [
            "res.status: eq 200 · expected 500 to equal 200",
            "*The application raised:*",
            "*ZeroDivisionError: boom*",
        ]
    )
    run = pytester.runpytest_inprocess("-o", "bruscript_raise_app_exceptions=true")
    run.assert_outcomes(passed=1, failed=1)
    run.stdout.fnmatch_lines([">*raise ZeroDivisionError(*", "FAILED *boom.bru - ZeroDivisionError: boom"])


def test_a_flaky_request_is_named(pytester: pytest.Pytester, make: Make) -> None:
    make(late="", well="")
    run = pytester.runpytest_inprocess("-o", "bruscript_retries=2")
    run.assert_outcomes(passed=2, warnings=1)
    run.stdout.fnmatch_lines(["*late.bru: flaky: passed on attempt 2*"])
