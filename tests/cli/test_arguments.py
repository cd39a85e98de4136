"""Mistakes in the arguments: each has a message that says what to do, and status 1."""

from __future__ import annotations

import json
import os
import signal
import socketserver
import subprocess
import sys
from pathlib import Path

import pytest
from cli.invoke import Invoke

APP = """
import asyncio

async def app(scope, receive, send):
    if scope["type"] == "http":
        if scope["path"] == "/slow":
            print("arrived", flush=True)
            await asyncio.sleep(3600)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})
"""
REQUEST = "meta {\n  name: %s\n}\n\nget {\n  url: http://app.test/%s\n}\n"


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = {"version": "1", "name": "a", "type": "collection", "ignore": ["old"]}
    (tmp_path / "bruno.json").write_text(json.dumps(settings))
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "b.bru").write_text(REQUEST % ("b", "b"))
    (tmp_path / "a.bru").write_text(REQUEST % ("a", "a"))
    (tmp_path / "app.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    return tmp_path


RUN = ("run", "--app", "app.py:app")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ((*RUN, "--reporter-json", "o.x", "--reporter-html", "o.x"), "Two reports, json and html, go to o.x"),
        ((*RUN, "-o", "o.x", "--reporter-junit", "./o.x"), "Two reports, json and junit, go to o.x"),
        ((*RUN, "--reporter-json", "o.x", "--reporter", "har=o.x"), "Two reports, json and har, go to o.x"),
        (
            (*RUN, "--reporter-json", "o.x", "--reporter-html", "linked"),
            "Two reports, json and html, go to linked",
        ),
        (
            (*RUN, "--reporter-json", "-", "--reporter-html", "-"),
            "Only one report can go to the standard output",
        ),
        ((*RUN, "--reporter", "nope"), "--reporter nope: unknown reporter"),
        (("run", "--app", "nope:app"), "--app: module not found: nope"),
        (("run", "--app", "app.py:nope"), "has no attribute 'nope'"),
        (("curl", "."), ". is not a request file"),
        (("send", "."), ". is not a request file"),
        (("send", "old/b.bru"), "old/b.bru is not run: `ignore` in bruno.json leaves this path out"),
        (("curl", "old"), "old is not run: `ignore` in bruno.json leaves this path out"),
        (("convert", ".", "--to", "bru", "-o", "out"), "is a collection of .bru files already"),
        (("convert", ".", "--to", "yml", "-o", "app.py"), "are one inside the other"),
        (("init", "."), "is a collection already"),
        (("import", "curl", "wget http://x"), "'wget' is not curl"),
        (("import", "curl", "curl --nope http://x"), "--nope is not a curl option that can be imported"),
        (
            ("import", "curl", "-o", "x.txt", "curl http://x"),
            "x.txt is neither a directory nor a .yml or .bru file",
        ),
    ],
)
def test_a_mistake_has_status_1(bruscript: Invoke, api: Path, args: tuple[str, ...], says: str) -> None:
    (api / "linked").symlink_to("o.x")
    outcome = bruscript(*args)
    assert (outcome.status, outcome.out) == (1, "")
    assert says in outcome.err
    assert not (api / "o.x").exists()


def test_a_device_takes_two_reports(bruscript: Invoke, api: Path) -> None:
    assert bruscript(*RUN, "--reporter-json", os.devnull, "--reporter-html", os.devnull).status == 0


@pytest.mark.parametrize("command", ["run", "send", "curl"])
def test_the_hint_names_the_command(bruscript: Invoke, api: Path, command: str) -> None:
    outcome = bruscript(command, "--env", "--bail")
    assert outcome.status == 1
    assert outcome.err == f"Option '--env' requires a value.\nTry 'bruscript {command} --help' for help.\n"


def test_an_option_without_a_file_is_noticed(bruscript: Invoke, api: Path) -> None:
    outcome = bruscript(*RUN, "--reporter-allure=", "-o", "", "-f", "json")
    assert outcome.status == 0
    assert outcome.err.splitlines() == [
        "--output has no effect: its value is empty.",
        "--reporter-allure has no effect: its value is empty.",
        "--format json has no effect without --output FILE.",
    ]
    outcome = bruscript(*RUN, "-f", "junit")
    assert (outcome.status, outcome.err) == (0, "--format junit has no effect without --output FILE.\n")
    outcome = bruscript(*RUN, "-f", "junit", "-o", "o.xml")
    assert (outcome.status, outcome.err) == (0, "")
    assert (api / "o.xml").read_text().startswith("<?xml")


@pytest.mark.parametrize(
    "args", [("send", "slow.bru", "--app", "app.py:app"), ("import", "openapi", "-s", "{url}", "-o", "new")]
)
@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_every_command_as_an_interrupt(api: Path, args: tuple[str, ...], number: str) -> None:
    (api / "slow.bru").write_text(REQUEST % ("slow", "slow"))
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as silent:
        url = f"http://127.0.0.1:{silent.server_address[1]}/spec.json"
        process = subprocess.Popen(
            [sys.executable, "-m", "bruscript", *(url if arg == "{url}" else arg for arg in args)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        if args[0] == "send":
            assert process.stdout.readline() == b"arrived\n"
        else:
            connection, _ = silent.get_request()
            connection.recv(1)
        process.send_signal(getattr(signal, number))
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_an_import_without_all_of_its_requests_fails(bruscript: Invoke, tmp_path: Path) -> None:
    source = {
        "info": {
            "name": "P",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "item": [
            {"name": "ok", "request": {"method": "GET", "url": "http://x/"}},
            {"name": "bad", "request": {}},
        ],
    }
    (tmp_path / "p.json").write_text(json.dumps(source))
    args = ("import", "postman", "-s", str(tmp_path / "p.json"))
    for target in (("-o", str(tmp_path / "out")), ("-f", str(tmp_path / "out.json"))):
        outcome = bruscript(*args, *target)
        assert outcome.status == 1
        assert "Left out: bad: Missing or invalid request method\nWrote 1 request of 'P'" in outcome.err
    assert (tmp_path / "out" / "ok.yml").exists()
