"""Allure's result files, read back."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from report.sample import SECRET, every_outcome, failed, make, passed, tell

from bruscript.errors import BruscriptError
from bruscript.report.allure import AllureReport
from bruscript.report.output import OutputDirectoryError
from bruscript.report.shape import Omit


def results(path: Path, iterations: list[Any]) -> list[dict[str, Any]]:
    target = path / "allure-results"
    tell(AllureReport(str(target)), iterations)
    found = [json.loads(file.read_text()) for file in target.glob("*-result.json")]
    return sorted(found, key=lambda result: (result["name"], result.get("start", 0)))


def test_a_result_for_each_request(tmp_path: Path) -> None:
    found = {result["name"]: result for result in results(tmp_path, [every_outcome()])}
    assert {name: result["status"] for name, result in found.items()} == {
        "passed": "passed",
        "failed": "failed",
        "errored": "broken",
        "scripted": "failed",
        "skipped": "skipped",
    }
    assert [(step["name"], step["status"]) for step in found["failed"]["steps"]] == [
        ("res.body.n: eq 2", "failed"),
        ("has <b>markup</b> & more", "failed"),
    ]
    assert found["failed"]["steps"][0]["statusDetails"]["message"] == "failed.bru:10: expected 1 to equal 2"
    assert "connect ECONNREFUSED" in found["errored"]["statusDetails"]["message"]
    assert "at sub/scripted.bru:21:3" in found["scripted"]["statusDetails"]["trace"]
    assert {"name": "parentSuite", "value": "sample"} in found["passed"]["labels"]
    assert found["passed"]["stop"] - found["passed"]["start"] == 32
    assert "statusDetails" not in found["passed"]


def test_a_failed_step_shows_the_lines_of_the_file(tmp_path: Path) -> None:
    lines = [f"line {number} {SECRET}" for number in range(1, 30)]
    (tmp_path / "failed.bru").write_text("\n".join(lines))
    target = tmp_path / "results"
    tell(AllureReport(str(target)), [[failed()]], root=tmp_path)
    (result,) = (json.loads(file.read_text()) for file in target.glob("*-result.json"))
    _, step = result["steps"]
    assert "\n> 14 | line 14 ********\n     |     ^\n" in step["statusDetails"]["trace"]
    assert SECRET not in json.dumps(result)


def test_history_is_by_file_and_row(tmp_path: Path) -> None:
    rows = [[passed(row={"pid": 900 + number}, repeated=True)] for number in range(2)]
    first, second = results(tmp_path, rows)
    assert first["testCaseId"] == second["testCaseId"]
    assert first["historyId"] != second["historyId"]
    assert sorted([first["parameters"], second["parameters"]], key=str) == [
        [{"name": "pid", "value": "900"}],
        [{"name": "pid", "value": "901"}],
    ]


def test_flaky_and_nested(tmp_path: Path) -> None:
    flaky, parent = results(
        tmp_path, [[make("flaky", earlier=[failed()]), make("parent", nested=[failed()])]]
    )
    assert flaky["statusDetails"]["flaky"] is True
    assert flaky["statusDetails"]["message"] == "flaky: passed on attempt 2"
    assert parent["status"] == "failed"
    assert parent["steps"][0]["steps"][0]["name"] == "res.body.n: eq 2"


def test_what_was_sent_is_attached_where_it_failed(tmp_path: Path) -> None:
    import bruscript

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("404 Not Found", [("content-type", "application/json")])
        return [b'{"why": "gone"}']

    (tmp_path / "bruno.json").write_text('{"name": "c"}')
    (tmp_path / "a.bru").write_text("get {\n  url: http://h/a\n}\n\nassert {\n  res.status: eq 200\n}\n")
    target = tmp_path / "out"
    bruscript.run(tmp_path, app=app, reporters=[AllureReport(str(target))])
    (result,) = (json.loads(file.read_text()) for file in target.glob("*-result.json"))
    (attachment,) = result["attachments"]
    text = (target / attachment["source"]).read_text()
    assert text.startswith("GET http://h/a\n404 Not Found · ")
    assert '"why": "gone"' in text


def test_what_a_script_sent_is_attached_to_its_step(tmp_path: Path) -> None:
    import bruscript

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("404 Not Found", [])
        return [environ["PATH_INFO"].encode()]

    (tmp_path / "bruno.json").write_text('{"name": "c"}')
    request = "get {\n  url: http://h/%s\n}\n\n"
    (tmp_path / "inner.bru").write_text(request % "inner" + "assert {\n  res.status: eq 200\n}\n")
    script = 'script:pre-request {\n  console.log("hello");\n  await bru.runRequest("inner");\n}\n'
    (tmp_path / "outer.bru").write_text(request % "outer" + script)
    target = tmp_path / "out"
    report = AllureReport(str(target), Omit(response_body=True))
    for reporter, names in ((AllureReport(str(target)), 2), (report, 1)):
        for file in target.glob("*"):
            file.unlink()
        bruscript.run(tmp_path / "outer.bru", app=app, reporters=[reporter])
        (result,) = (json.loads(file.read_text()) for file in target.glob("*-result.json"))
        assert [each["name"] for each in result["attachments"]] == ["Console"]
        (step,) = result["steps"]
        texts = [(target / each["source"]).read_text() for each in step.get("attachments", [])]
        assert len(texts) == names - 1
        assert all("GET http://h/inner" in text and "/inner" in text for text in texts)


def test_holds_no_secret(tmp_path: Path) -> None:
    tell(AllureReport(str(tmp_path / "out")), [[passed()]])
    assert all(SECRET not in file.read_text() for file in (tmp_path / "out").iterdir())


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputDirectoryError):
        AllureReport(str(tmp_path / "file" / "out"))


def test_without_the_library_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "allure_commons", None)
    with pytest.raises(BruscriptError, match=r"needs Allure's library\nInstall bruscript\[allure\]"):
        AllureReport(str(tmp_path))
