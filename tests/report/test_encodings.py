"""Halves of characters in every report, outputs that are not UTF-8, and reporters of ours that fail."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from apps.answering import ANSWERING
from report.sample import make, tell

from bruscript.report.allure import AllureReport
from bruscript.report.console import ConsoleReport
from bruscript.report.har import HarReport
from bruscript.report.html import HtmlReport
from bruscript.report.json import JsonReport
from bruscript.report.junit import JUnitReport
from bruscript.report.ndjson import NdjsonReport
from bruscript.report.step_summary import StepSummary
from bruscript.runner import RunOptions, run_collection
from bruscript.runner.events import Event, RequestFinished
from bruscript.runner.results import ConsoleLine

HALF = "\ud83d"
FILES = [JsonReport, JUnitReport, HtmlReport, NdjsonReport, HarReport, StepSummary]


def halved() -> Any:
    """Return a failed request with half a character in every place of a report."""
    return make(
        f"n{HALF}",
        filename=f"n{HALF}.bru",
        tests=[{"description": f"t{HALF}", "status": "fail", "error": f"e{HALF} é", "uid": "u"}],
        console=[ConsoleLine("log", f"c{HALF}", "tests")],
        row={f"k{HALF}": HALF},
        request={"method": "GET", "url": f"http://h/{HALF}", "headers": {"x": HALF}, "data": HALF},
    )


@pytest.mark.parametrize("kind", FILES)
def test_half_a_character_is_replaced_in_files(tmp_path: Path, kind: Callable[[str], Any]) -> None:
    target = tmp_path / "report"
    tell(kind(str(target)), [[halved()]])
    text = target.read_bytes().decode()
    assert "e\ufffd é" in text or kind is HarReport
    assert "n\ufffd" in text


def test_half_a_character_is_replaced_in_allure(tmp_path: Path) -> None:
    tell(AllureReport(str(tmp_path)), [[halved()]])
    (file,) = tmp_path.glob("*-result.json")
    result = json.loads(file.read_bytes())
    assert (result["name"], result["steps"][0]["name"]) == ("n\ufffd", "t\ufffd")
    assert result["parameters"] == [{"name": "k\ufffd", "value": "\ufffd"}]
    texts = [file.read_bytes().decode() for file in tmp_path.glob("*-attachment.txt")]
    assert "c\ufffd" in texts
    assert not list(tmp_path.glob("*.tmp"))


def test_allure_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    report = AllureReport(str(tmp_path))
    with monkeypatch.context() as patched:
        # The library's last step, after which nothing can fail.
        patched.setattr(os, "replace", full)
        with pytest.raises(OSError, match="No space"):
            tell(report, [[halved()]])
    assert list(tmp_path.iterdir()) == []


def test_half_a_character_is_replaced_on_the_terminal() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    tell(ConsoleReport(stream), [[halved()]])
    assert "t\ufffd" in stream.buffer.getvalue().decode()


def test_a_stream_that_takes_only_texts_gets_them() -> None:
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        tell(JsonReport("-"), [[halved()]])
    assert json.loads(stream.getvalue())[0]["results"][0]["name"] == "n\ufffd"


COLLECTION = {
    "bruno.json": '{"version": "1", "name": "é", "type": "collection"}',
    "a.bru": "meta {\n  name: né\n  seq: 1\n}\n\nget {\n  url: http://app.test/é\n}\n\n"
    'tests {\n  test("tü", () => expect("😀 ok".slice(0, 1)).to.equal("x€"))\n}\n',
    "app.py": ANSWERING,
}


@pytest.fixture
def api(tmp_path: Path) -> Path:
    for name, text in COLLECTION.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def bruscript(directory: Path, encoding: str, *args: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "bruscript", *args],
        cwd=directory,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )


RUN = ("run", "--app", "app.py:app")


@pytest.mark.parametrize("encoding", ["ascii", "utf-16"])
@pytest.mark.parametrize("name", ["json", "junit", "html", "ndjson", "har"])
def test_reports_to_the_standard_output_are_utf_8(api: Path, encoding: str, name: str) -> None:
    outcome = bruscript(api, encoding, *RUN, f"--reporter-{name}", "-")
    assert outcome.returncode == 1
    text = outcome.stdout.decode("utf-8")
    assert "né" in text
    assert "x€" in text or name == "har"
    if name == "junit":
        assert next(ElementTree.fromstring(outcome.stdout).iter("testcase")).get("name") == "tü"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_annotations_are_utf_8(api: Path, encoding: str) -> None:
    outcome = bruscript(api, encoding, *RUN, "--reporter-github")
    (line,) = (line for line in outcome.stdout.splitlines() if line.startswith(b"::error"))
    assert "title=né%3A tü" in line.decode("utf-8")
    assert "expected '\ufffd' to equal 'x€'" in line.decode("utf-8")


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (("import", "curl", "-o", "-", "curl http://x/é"), "http://x/é"),
        (("list", "--json"), "né"),
        (("parse", "a.bru"), "né"),
        (("curl", "a.bru"), "http://app.test/%C3%A9"),
    ],
)
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_data_on_the_standard_output_is_utf_8(
    api: Path, encoding: str, args: tuple[str, ...], text: str
) -> None:
    outcome = bruscript(api, encoding, *args)
    assert outcome.returncode == 0
    assert text in outcome.stdout.decode("utf-8")


@pytest.mark.parametrize("args", [("list",), ("check",), ("env",), ("fmt", "--check"), RUN])
def test_no_command_fails_because_of_an_encoding(api: Path, args: tuple[str, ...]) -> None:
    (api / "environments").mkdir()
    (api / "environments" / "lökal.bru").write_text("vars {\n  ü: 1\n}\n", encoding="utf-8")
    outcome = bruscript(api, "ascii", *args)
    assert outcome.returncode in (0, 1)
    assert b"UnicodeEncodeError" not in outcome.stdout + outcome.stderr


class Failing(JsonReport):
    def handle(self, event: Event) -> None:
        if isinstance(event, RequestFinished):
            raise LookupError("no entry")
        super().handle(event)


class FailingAtEnd(JsonReport):
    def close(self) -> None:
        super().close()
        raise LookupError("no entry")


@pytest.mark.parametrize("kind", [Failing, FailingAtEnd])
@pytest.mark.parametrize("last", [True, False])
def test_a_reporter_of_ours_that_fails_loses_only_its_report(
    api: Path, monkeypatch: pytest.MonkeyPatch, kind: type[JsonReport], last: bool
) -> None:
    from bruscript import load

    monkeypatch.delenv("BRUSCRIPT_DEBUG", raising=False)
    (api / "b.bru").write_text("meta {\n  name: b\n  seq: 2\n}\n\nget {\n  url: http://app.test/b\n}\n")
    ours = [JsonReport(str(api / "good.json")), kind(str(api / "bad.json"))]
    stream = io.StringIO()
    reporters = [ConsoleReport(stream), *(ours if last else reversed(ours))]
    options = RunOptions(app=_app, env_vars={})
    result = run_collection(load(api), options, reporters=reporters)
    assert result.exit_code == 1
    assert (result.summary.total_requests, result.summary.failed_requests) == (2, 1)
    lost = f"A report is lost: something went wrong in {kind.__name__}: LookupError: no entry"
    assert lost in stream.getvalue()
    assert len(json.loads((api / "good.json").read_text())[0]["results"]) == 2
    assert not list(api.glob(".*bruscript-tmp"))


async def _app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})


@pytest.mark.parametrize("target", ["r.json", "-"])
def test_if_the_terminal_s_report_is_lost_its_errors_go_to_standard_error(
    api: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], target: str
) -> None:
    from bruscript.cli import main

    def fail(*_: object) -> None:
        raise LookupError("no entry")

    monkeypatch.delenv("BRUSCRIPT_DEBUG", raising=False)
    monkeypatch.chdir(api)
    monkeypatch.setattr(ConsoleReport, "_request_finished", fail)
    assert main([*RUN, "--reporter-json", target]) == 1
    captured = capsys.readouterr()
    assert "A report is lost: something went wrong in ConsoleReport: LookupError" in captured.err
    report = captured.out if target == "-" else (api / target).read_text()
    assert json.loads(report)[0]["summary"]["totalRequests"] == 1
