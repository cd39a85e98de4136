"""The reports that are written as the run goes on."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from report.sample import SECRET, every_outcome, failed, make, passed, tell

from bruscript.report.github import GithubReport
from bruscript.report.har import HarReport
from bruscript.report.ndjson import NdjsonReport
from bruscript.report.shape import Omit
from bruscript.report.step_summary import StepSummary
from bruscript.runner.events import Notice


def test_ndjson_tells_every_event(tmp_path: Path) -> None:
    target = tmp_path / "events.ndjson"
    tell(NdjsonReport(str(target)), [[passed()]], notices=[Notice("warning", f"about {SECRET}")])
    lines = [json.loads(line) for line in target.read_text().splitlines()]
    assert [line["event"] for line in lines] == [
        "runStarted",
        "notice",
        "iterationStarted",
        "requestStarted",
        "requestFinished",
        "iterationFinished",
        "runFinished",
    ]
    assert lines[0]["requests"] == ["passed.bru"]
    assert lines[4]["result"]["testResults"][0]["description"] == "is fine"
    assert lines[-1]["summary"]["passedRequests"] == 1
    assert SECRET not in target.read_text()


def test_ndjson_is_there_while_the_run_goes_on(tmp_path: Path) -> None:
    target = tmp_path / "events.ndjson"
    report = NdjsonReport(str(target))
    report.handle(Notice("info", "now"))
    assert json.loads(target.read_text()) == {"event": "notice", "level": "info", "text": "now"}
    report.close()


def test_har_has_an_entry_for_each_request_sent(tmp_path: Path) -> None:
    target = tmp_path / "run.har"
    tell(HarReport(str(target)), [every_outcome()])
    log = json.loads(target.read_text())["log"]
    assert log["version"] == "1.2"
    assert [entry["comment"] for entry in log["entries"]] == [
        "passed",
        "failed",
        "connect ECONNREFUSED 127.0.0.1:1",
        "scripted",
    ]
    request, response = log["entries"][0]["request"], log["entries"][0]["response"]
    assert request["postData"]["text"].startswith('{"a": 1')
    assert request["queryString"] == [{"name": "key", "value": "********"}]
    assert [header["name"] for header in response["headers"]] == ["content-type", "set-cookie", "set-cookie"]
    assert json.loads(response["content"]["text"])["name"] == "passed"
    assert log["entries"][2]["response"]["status"] == 0
    assert SECRET not in target.read_text()


def test_har_has_requests_whose_url_is_not_valid(tmp_path: Path) -> None:
    target = tmp_path / "run.har"
    urls = ["http://[::1%25\x1b/?a=1#b", "http://[x]]/?a=1&b", "//[?"]
    tell(HarReport(str(target)), [[make("x", request={"method": "GET", "url": url}) for url in urls]])
    requests = [entry["request"] for entry in json.loads(target.read_text())["log"]["entries"]]
    assert [len(request["queryString"]) for request in requests] == [1, 2, 0]


def test_har_leaves_out_what_it_is_told_to(tmp_path: Path) -> None:
    target = tmp_path / "run.har"
    tell(HarReport(str(target), Omit(all_headers=True, request_body=True, response_body=True)), [[passed()]])
    (entry,) = json.loads(target.read_text())["log"]["entries"]
    assert "postData" not in entry["request"]
    assert entry["response"]["headers"] == []
    assert "text" not in entry["response"]["content"]


def test_github_annotates_the_line_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    stream = io.StringIO()
    tricky = make("a,b", tests=[{"description": "50%: x,y", "status": "fail", "error": f"one\ntwo {SECRET}"}])
    tell(GithubReport(stream), [[failed(), tricky]], root=tmp_path / "api")
    lines = stream.getvalue().splitlines()
    assert "::error file=api/failed.bru,line=14,col=5,title=failed%3A has <b>markup</b> & more::" in lines[1]
    assert lines[2] == "::error file=api/a%2Cb.bru,title=a%2Cb%3A 50%25%3A x%2Cy::one%0Atwo ********"


def test_github_names_files_from_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = tmp_path / "checked out (2)"
    (repository / ".git").mkdir(parents=True)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    assert "file=my api/failed.bru," in _annotations(repository / "my api")
    monkeypatch.delenv("GITHUB_WORKSPACE")
    (repository / "my api").mkdir()
    monkeypatch.chdir(repository / "my api")
    assert "file=my api/failed.bru," in _annotations(Path())
    # What is a repository inside the one that was checked out is a submodule of it.
    (tmp_path / ".git").mkdir()
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    assert "file=checked out (2)/my api/failed.bru," in _annotations(repository / "my api")


def test_github_titles_a_request_that_a_script_ran_with_both_names(tmp_path: Path) -> None:
    stream = io.StringIO()
    tell(GithubReport(stream), [[make("shop", nested=[failed()])]], root=tmp_path)
    assert "title=shop > failed%3A has <b>markup" in stream.getvalue()


def _annotations(root: Path) -> str:
    stream = io.StringIO()
    tell(GithubReport(stream), [[failed()]], root=root)
    return stream.getvalue()


def test_the_summary_shows_the_lines_of_the_file(tmp_path: Path) -> None:
    lines = [f"line {number} {SECRET}" for number in range(1, 30)]
    (tmp_path / "failed.bru").write_text("\n".join(lines))
    page = tmp_path / "summary.md"
    tell(StepSummary(str(page)), [[failed()]], root=tmp_path)
    text = page.read_text()
    assert "```text\n   9 | line 9 ********\n" in text
    assert "\n> 14 | line 14 ********\n     |     ^\n" in text
    assert SECRET not in text


def test_the_summary_has_counts_and_failures(tmp_path: Path) -> None:
    page = tmp_path / "summary.md"
    page.write_text("# before\n")
    message = f"one `x`\n```\ntwo {SECRET} | <b>"
    tricky = make("a_b", tests=[{"description": "50% *x* | <y>\n`z`", "status": "fail", "error": message}])
    tell(StepSummary(str(page)), [[passed(), tricky]])
    text = page.read_text()
    assert text.startswith("# before\n## ❌ Failed: ")
    assert "\n| 2 (1 Passed, 1 Failed) | 1/2 | 1/1 |\n" in text
    assert "\n**a\\_b.bru** · 50% \\*x\\* \\| &lt;y&gt; \\`z\\`\n" in text
    assert "\n````text\none `x`\n```\ntwo ******** | <b>\n````\n" in text


def test_the_summary_shows_the_first_failures_of_many(tmp_path: Path) -> None:
    page = tmp_path / "summary.md"
    tests = [{"description": f"t{at}", "status": "fail", "error": "x" * 9000} for at in range(60)]
    tell(StepSummary(str(page)), [[make("many", tests=tests)]])
    text = page.read_text()
    assert (" · t49\n" in text, " · t50\n" in text, text.endswith("\n… and 10 more\n\n")) == (
        True,
        False,
        True,
    )
    assert len(text) < 2**20 / 4


def test_the_summary_gathers_the_failures_of_iterations(tmp_path: Path) -> None:
    page = tmp_path / "summary.md"
    tell(StepSummary(str(page)), [[failed()], [failed()]])
    assert page.read_text().count("in iterations 1 and 2") == 2


def test_a_summary_that_cannot_be_written_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(StepSummary(str(tmp_path)), [[passed()]])
    assert capsys.readouterr().err == f"Warning: could not write the summary {tmp_path}: Is a directory\n"


def test_github_says_nothing_of_what_passed() -> None:
    stream = io.StringIO()
    tell(GithubReport(stream), [[passed()]])
    assert stream.getvalue() == ""
