"""What an application in the same process raises and logs, and who hears of it."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from bruscript.report.console import ConsoleReport
from bruscript.report.json import JsonReport
from bruscript.report.junit import JUnitReport
from bruscript.report.style import Style

FAILS = "assert {\n  res.status: eq 200\n}\n"
log = logging.getLogger("shop")


class OutOfStock(Exception):
    """What the applications here raise."""


def stock(title: str) -> int:
    log.warning("no stock of %s", title)
    raise OutOfStock(title)


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        raise NotImplementedError
    if scope["path"] == "/fine":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        return
    await asyncio.to_thread(stock, "Dune")


def wsgi(environ: Any, start_response: Any) -> Any:
    stock("Dune")


flask = Flask(__name__)


@flask.get("/<path>")
def view(path: str) -> Any:
    return "fine" if path == "fine" else stock("Dune")


@pytest.mark.parametrize("app", [asgi, wsgi, flask], ids=["asgi", "wsgi", "flask"])
def test_the_traceback_begins_in_the_application(make: Any, app: Any, tmp_path: Path) -> None:
    collection = make({"my a.bru": FAILS})
    screen = io.StringIO()
    files = {name: tmp_path / f"out.{name}" for name in ("json", "junit")}
    collection.run(
        app=app,
        reporters=[
            ConsoleReport(screen, style=Style(False)),
            JsonReport(str(files["json"])),
            JUnitReport(str(files["junit"])),
        ],
    )
    (entry,) = json.loads(files["json"].read_text())[0]["results"][0]["application"]
    assert (entry["exception"]["type"], entry["exception"]["message"]) == ("OutOfStock", "Dune")
    first, place, *_ = entry["exception"]["traceback"].splitlines()
    assert first == "Traceback (most recent call last):"
    assert place.startswith(f'  File "{__file__}", line ')
    assert "site-packages" not in entry["exception"]["traceback"]
    assert entry["log"][0] == "WARNING shop: no stock of Dune"
    for shown in (screen.getvalue(), files["junit"].read_text()):
        assert "The application logged:\n" in shown
        assert "WARNING shop: no stock of Dune" in shown
        assert "OutOfStock: Dune" in shown
        assert "The application raised:\n" in shown


def test_a_request_that_passes_shows_it_only_with_verbose(make: Any) -> None:
    collection = make({"a.bru": "assert {\n  res.status: eq 500\n}\n"})
    quiet, verbose = io.StringIO(), io.StringIO()
    collection.run(
        app=asgi,
        reporters=[
            ConsoleReport(quiet, style=Style(False)),
            ConsoleReport(verbose, style=Style(False), verbosity=1),
        ],
    )
    assert "Traceback" not in quiet.getvalue()
    assert "Traceback" in verbose.getvalue()


def test_requests_of_scripts_count_too(make: Any) -> None:
    script = "script:pre-request {\n  await bru.sendRequest('http://h/login').catch(() => 0)\n}\n"
    screen = io.StringIO()
    make({"fine.bru": script + "assert {\n  res.status: eq 201\n}\n"}).run(
        app=asgi, reporters=[ConsoleReport(screen, style=Style(False))]
    )
    assert "OutOfStock: Dune" in screen.getvalue()


@pytest.mark.parametrize("app", [asgi, wsgi, flask], ids=["asgi", "wsgi", "flask"])
def test_the_exception_is_raised_where_that_is_asked_for(make: Any, app: Any, tmp_path: Path) -> None:
    collection = make({"fine.bru": "", "a.bru": "", "fine2.bru": ""})
    report = tmp_path / "out.json"
    with pytest.raises(OutOfStock, match="Dune"):
        collection.run(
            app=app,
            raise_app_exceptions=True,
            retries=3,
            reporters=[JsonReport(str(report))],
            paths=["a.bru", "fine.bru"],
        )
    names = [(each["name"], each["status"]) for each in json.loads(report.read_text())[0]["results"]]
    assert names == [("a", "pass"), ("fine", "skipped")]


async def test_it_is_raised_on_the_running_loop_too(make: Any) -> None:
    with pytest.raises(OutOfStock):
        await make({"a.bru": ""}).arun(app=asgi, raise_app_exceptions=True)


def test_results_that_are_kept_hold_no_frames(make: Any) -> None:
    result = make({"a.bru": ""}).run(app=asgi)
    (sent,) = result.results[0].sent
    assert sent.app.failure.kind == "OutOfStock"
    assert sent.app.failure.error is None


def test_secrets_are_masked(make: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            token = dict(scope["headers"])[b"x-token"].decode()
            log.warning("refused %s", token)
            raise OutOfStock(token)
        raise NotImplementedError

    screen = io.StringIO()
    headers = "headers {\n  x-token: {{token}}\n}\n"
    make({"a.bru": headers + FAILS}).run(
        app=app,
        env_vars={"token": "s3cr3t-0f-th3-sh0p"},
        mask="token",
        reporters=[ConsoleReport(screen, style=Style(False), verbosity=2)],
    )
    assert "s3cr3t" not in screen.getvalue()
    assert "OutOfStock: ********" in screen.getvalue()
    assert "WARNING shop: refused ********" in screen.getvalue()


def test_rows_at_once_have_each_their_own(make: Any, tmp_path: Path) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise NotImplementedError
        await asyncio.sleep(0.001)
        log.warning("path %s", scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    result = make({f"r{number}.bru": "" for number in range(20)}).run(app=app, parallel=8)
    assert len(result.results) == 20
    for each in result.results:
        assert [sent.app.log for sent in each.sent] == [[f"WARNING shop: path /{each.name}"]]


async def test_runs_at_once_have_each_their_own(make: Any) -> None:
    arrived, both = 0, asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal arrived
        if scope["type"] != "http":
            raise NotImplementedError
        arrived += 1
        if arrived == 2:
            both.set()
        await both.wait()
        log.warning("path %s", scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    collection = make({"a.bru": ""})
    for result in await asyncio.gather(collection.arun(app=app), collection.arun(app=app)):
        assert [sent.app.log for sent in result.results[0].sent] == [["WARNING shop: path /a"]]


def test_what_is_logged_for_no_request_is_not_lost(
    make: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            log.warning("starting")
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await asgi(scope, receive, send)

    # pytest's own handlers would take it.
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    make({"fine.bru": ""}).run(app=app)
    assert "starting" in capsys.readouterr().err
    assert logging.getLogger().handlers == []
