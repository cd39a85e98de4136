"""`--reporter`: reporters of the user's own, by place or by name, and what they may do wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli.invoke import Invoke, Outcome

from bruscript import run as run_collection
from bruscript.cli.reports import FORMATS

REPORTERS = """
import asyncio
import dataclasses
import sys

from bruscript.runner.events import RequestFinished, RunFinished


class Times:
    def __init__(self, target=None):
        self.file = open(target or "times.txt", "w")

    def handle(self, event):
        if isinstance(event, RequestFinished):
            self.file.write(f"{event.masked.name} {event.masked.status}\\n")

    def close(self):
        self.file.write("closed\\n")
        self.file.close()


class Raises(Times):
    def handle(self, event):
        if isinstance(event, RequestFinished):
            raise KeyError("x")


class RaisesAtEnd(Times):
    def close(self):
        raise ValueError("full")


class Exits(Times):
    def handle(self, event):
        sys.exit(7)


class ExitsAtEnd(Times):
    def close(self):
        sys.exit(0)


class Cancels(Times):
    def handle(self, event):
        raise asyncio.CancelledError


class Nameless(Exception):
    def __str__(self):
        raise ValueError


class RaisesNameless(Times):
    def handle(self, event):
        raise Nameless


class Tells(Times):
    def handle(self, event):
        raise LookupError("no channel s3cr3t-0f-th3-sh0p")


class Asynchronous(Times):
    async def handle(self, event):
        pass


class Sees(Times):
    # Writes all that events hold, but for what is private.
    def handle(self, event):
        for field in dataclasses.fields(event):
            held = getattr(event, field.name)
            names = [name for name in dir(held) if not name.startswith("_")]
            values = {name: getattr(held, name) for name in names} if field.name != "mask" else held
            self.file.write(f"{type(event).__name__} {field.name} {held} {values}\\n")


class Spoils(Times):
    def handle(self, event):
        if isinstance(event, RequestFinished):
            event.masked.request.clear()
            event.result.response.clear()


class Unfinished:
    def handle(self, event):
        pass


class Needs:
    def __init__(self, one, two):
        pass


def no_class(target):
    return Times(target)


value = 5
"""


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bruno.json").write_text('{"name": "api"}')
    for name in ("a", "b"):
        (tmp_path / f"{name}.bru").write_text(
            f"meta {{\n  name: {name}\n}}\n\nget {{\n  url: http://h/{name}?key={{{{token}}}}\n}}\n"
            "\nheaders {\n  X-Key: {{token}}\n}\n"
        )
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/e.bru").write_text("vars:secret [\n  token\n]\n")
    (tmp_path / "app.py").write_text(
        "def app(environ, start_response):\n    start_response('200 OK', [])\n"
        '    return [b\'{"why": "none"}\']\n'
    )
    (tmp_path / "mine.py").write_text(REPORTERS.replace("\\\\n", "\\n"))
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


@pytest.fixture
def run(api: Path, bruscript: Invoke) -> Callable[..., Outcome]:
    def run(*options: str) -> Outcome:
        for name in ("mine", "app"):
            sys.modules.pop(name, None)
        return bruscript("run", ".", "--app", "app.py:app", *options)

    return run


@pytest.mark.parametrize("name", ["mine.py:Times", "mine:Times", "mine.py:no_class"])
def test_a_class_of_ones_own(api: Path, run: Any, name: str) -> None:
    got = run("--reporter", f"{name}=out=1.txt")
    assert (got.status, got.err) == (0, "")
    assert (api / "out=1.txt").read_text() == "a pass\nb pass\nclosed\n"


def test_without_a_target_it_is_made_without_arguments(api: Path, run: Any) -> None:
    assert run("--reporter", "mine.py:Times").status == 0
    assert (api / "times.txt").read_text() == "a pass\nb pass\nclosed\n"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Exits", "SystemExit: 7 at "),
        ("ExitsAtEnd", "SystemExit: 0 at "),
        ("Cancels", "CancelledError at "),
        ("RaisesNameless", "Nameless at "),
        ("Tells", "LookupError: no channel ******** at "),
    ],
)
def test_nothing_that_one_raises_ends_the_run(api: Path, run: Any, name: str, message: str) -> None:
    got = run(
        *("--env-var", "token=s3cr3t-0f-th3-sh0p", "--env", "e", "--reporter", f"mine.py:{name}"),
        *("--reporter-json", "r.json"),
    )
    assert got.status == 2
    assert f"A report is lost: the reporter mine.py:{name} failed: {message}" in got.out
    assert "s3cr3t" not in got.out + got.err
    assert "Traceback" not in got.out + got.err
    (iteration,) = json.loads((api / "r.json").read_text())
    assert [result["name"] for result in iteration["results"]] == ["a", "b"]


def test_one_sees_no_secret(api: Path, run: Any) -> None:
    (api / "rows.csv").write_text("password\ns3cr3t-0f-th3-r0w\n")
    options = ("--env", "e", "--env-var", "token=s3cr3t-0f-th3-sh0p", "--csv-file-path", "rows.csv")
    assert run(*options, "--reporter", "mine.py:Sees").status == 0
    seen = (api / "times.txt").read_text()
    assert "http://h/b?key=********" in seen
    assert "'password': '********'" in seen
    assert "s3cr3t" not in seen


def test_one_that_changes_what_it_sees_changes_it_for_itself(api: Path, run: Any) -> None:
    got = run("--reporter", "mine.py:Spoils=1.txt", "--reporter", "mine.py:Sees=2.txt")
    assert got.status == 0
    seen = (api / "2.txt").read_text()
    assert seen.count("'url': 'http://h/a?key=") >= 1
    assert seen.count("{'why': 'none'}") >= 2


def test_ours_by_name_leave_out_what_they_should(api: Path, run: Any) -> None:
    got = run("--reporter", "json=r.json", "--reporter-skip-all-headers", "--reporter-skip-body")
    assert "Wrote json results to r.json" in got.out
    (iteration,) = json.loads((api / "r.json").read_text())
    for result in iteration["results"]:
        assert result["request"]["headers"] == result["response"]["headers"] == {}
        assert "data" not in result["response"]


def test_ours_by_name_go_to_the_standard_output(run: Any) -> None:
    got = run("--reporter", "json=-")
    (iteration,) = json.loads(got.out)
    assert len(iteration["results"]) == 2
    got = run("--reporter", "json=-", "--reporter-junit", "-")
    assert (got.status, got.err) == (1, "Only one report can go to the standard output\n")
    got = run("--reporter", "allure=-")
    assert got.status == 2
    assert "The results for Allure are files in a directory" in got.err


def test_several_and_ours_by_name(api: Path, run: Any) -> None:
    got = run(
        "--reporter", "mine.py:Times=1.txt", "--reporter", "mine.py:Times=2.txt", "--reporter", "junit=j.xml"
    )
    assert got.status == 0
    assert (api / "1.txt").read_text() == (api / "2.txt").read_text()
    assert "<testsuite " in (api / "j.xml").read_text()


def test_one_that_a_package_names(api: Path, run: Any) -> None:
    meta = api / "shop-1.0.dist-info"
    meta.mkdir()
    (meta / "METADATA").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 1.0\n")
    (meta / "entry_points.txt").write_text("[bruscript.reporters]\ntimes = mine:Times\n")
    sys.path.insert(0, str(api))
    assert run("--reporter", "times=out.txt").status == 0
    assert (api / "out.txt").read_text().endswith("closed\n")
    got = run("--reporter", "time=out.txt")
    assert got.status == 1
    assert "--reporter time: unknown reporter; did you mean `times`?" in got.err
    assert (
        f"The reporters are {', '.join(FORMATS)}, times; for your own, pass MODULE_OR_FILE:CLASS." in got.err
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nope.py:X", "--reporter: file not found: nope.py"),
        ("nope:X", "--reporter: module not found: nope"),
        ("mine.py:Nope", "--reporter mine.py:Nope: mine.py has no attribute 'Nope'"),
        ("mine.py:value", "--reporter mine.py:value: it is of type int, not a class"),
        ("mine.py:Unfinished", "--reporter mine.py:Unfinished: Unfinished has no method close"),
        (
            "mine.py:Asynchronous",
            "--reporter mine.py:Asynchronous: the method handle of Asynchronous is asynchronous",
        ),
        ("mine.py:Needs", "--reporter mine.py:Needs failed to load: TypeError: "),
        ("mine.py:Times=no/such/dir/x", "--reporter mine.py:Times failed to load: FileNotFoundError: "),
        ("junit=", "--reporter junit: name its file, as in junit=report.junit"),
        ("junit", "--reporter junit: name its file, as in junit=report.junit"),
    ],
)
def test_what_cannot_be_a_reporter(api: Path, run: Any, name: str, message: str) -> None:
    got = run("--reporter", name)
    assert got.status == 1
    assert message in got.err
    assert "Traceback" not in got.out + got.err
    assert "a (200" not in got.out


def test_one_that_raises_loses_its_report_and_nothing_else(api: Path, run: Any) -> None:
    got = run(
        "--reporter", "mine.py:Raises", "--reporter", "mine.py:Times=2.txt", "--reporter-json", "r.json"
    )
    assert got.status == 2
    line = 1 + REPORTERS[: REPORTERS.index("raise KeyError")].count("\n")
    place = f"mine.py:{line}"
    assert got.out.count("A report is lost: the reporter mine.py:Raises failed: KeyError: 'x' at ") == 1
    assert place in got.out
    assert "Traceback" not in got.out + got.err
    assert (api / "2.txt").read_text() == "a pass\nb pass\nclosed\n"
    assert (api / "r.json").exists()
    assert (api / "times.txt").read_text() == "closed\n"


def test_one_that_fails_at_its_end(api: Path, run: Any) -> None:
    got = run("--reporter", "mine.py:RaisesAtEnd")
    assert got.status == 2
    assert "the reporter mine.py:RaisesAtEnd failed: ValueError: full at mine.py:" in got.out


def test_from_python(api: Path) -> None:
    class Raises:
        closed = 0

        def handle(self, event: object) -> None:
            raise LookupError("no")

        def close(self) -> None:
            self.closed += 1

    mine = Raises()

    def app(environ: object, start_response: object) -> list[bytes]:
        start_response("200 OK", [])  # type: ignore[operator]
        return [b""]

    result = run_collection(api, app=app, reporters=[mine])
    assert (result.exit_code, mine.closed) == (2, 1)
    assert "Raises failed: LookupError: no at " in str(result)
    assert result.summary.passed_requests == 2


def test_an_error_of_the_call_names_no_line_of_ours(api: Path, run: Any) -> None:
    err = run("--reporter", "mine.py:Needs").err
    assert "failed to load: TypeError: " in err
    assert "reports.py" not in err
