from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from report.sample import SECRET, every_outcome, failed, make, passed, tell

from bruscript.report.console import MOST_FAILURES, MOST_ROWS, ConsoleReport
from bruscript.report.progress import Progress
from bruscript.report.style import Style
from bruscript.report.table import run_table, width
from bruscript.runner.events import Notice
from bruscript.runner.results import ConsoleLine, ScriptFailure, Summary


def shown(iterations: list[Any], *, style: bool = False, quiet: bool = False, **how: Any) -> str:
    stream = io.StringIO()
    tell(ConsoleReport(stream, style=Style(style), quiet=quiet), iterations, **how)
    return stream.getvalue()


def test_is_laid_out_as_the_reference_does() -> None:
    text = shown([every_outcome()])
    assert text.startswith(
        """hello from the script
passed (200 OK) - 12 ms
Pre-Request Tests
   ✓ before
Post-Response Tests
   ✓ after
Tests
   ✓ is fine
Assertions
   ✓ res.status: eq 200
failed (200 OK) - 12 ms
Tests
   ✕ has <b>markup</b> & more
      expected 200 to equal 201
Assertions
   ✕ res.body.n: eq 2
      expected 1 to equal 2
errored (connect ECONNREFUSED 127.0.0.1:1)
scripted (200 OK) - 12 ms
[scripted.bru] Test script error:
TypeError: null is not fine
    at sub/scripted.bru:21:3

Tests
   ✕ Test Script Error
      null is not fine
skipped (request skipped via pre-request script)
"""
    )
    assert "\n📊 Execution Summary\n┌───────────────┬─" in text


def test_the_summary_is_the_references_table() -> None:
    summary = Summary(
        total_requests=5,
        failed_requests=2,
        error_requests=1,
        skipped_requests=2,
        total_tests=2,
        passed_tests=1,
        failed_tests=1,
        total_assertions=2,
        passed_assertions=1,
        failed_assertions=1,
    )
    assert run_table(summary, False, 615, Style(False)).splitlines() == [
        "┌───────────────┬─────────────────────────┐",
        "│ Metric        │         Result          │",
        "├───────────────┼─────────────────────────┤",
        "│ Status        │         ✗ FAIL          │",
        "├───────────────┼─────────────────────────┤",
        "│ Requests      │ 5 (3 Failed, 2 Skipped) │",
        "├───────────────┼─────────────────────────┤",
        "│ Tests         │           1/2           │",
        "├───────────────┼─────────────────────────┤",
        "│ Assertions    │           1/2           │",
        "├───────────────┼─────────────────────────┤",
        "│ Duration (ms) │           615           │",
        "└───────────────┴─────────────────────────┘",
    ]


def test_gathers_failures_at_the_end_with_file_and_line() -> None:
    text = shown([every_outcome()])
    gathered = text[text.index("\nFailures\n") : text.index("📊")]
    assert "failed.bru:10 · res.body.n: eq 2\n     expected 1 to equal 2" in gathered
    assert "failed.bru:14 · has <b>markup</b> & more" in gathered
    assert "errored.bru · Request failed\n     connect ECONNREFUSED" in gathered
    assert "sub/scripted.bru:21 · Test Script Error" in gathered
    assert "Failures" not in shown([[passed()]])


def test_shows_the_lines_around_a_failure(tmp_path: Path) -> None:
    lines = [f"line {number}" for number in range(1, 31)]
    (tmp_path / "failed.bru").write_text("\n".join(lines))
    text = shown([[failed()]], root=tmp_path)
    assert "File: failed.bru:14" in text
    assert "   9 | line 9\n" in text
    assert "> 14 | line 14\n     |     ^\n  15 | line 15\n" in text
    assert "line 20" not in text
    assert "\n      expected 200 to equal 201\n" in text


@pytest.mark.parametrize("path", ["/etc/passwd", "../outside.bru", "notes.txt"])
def test_shows_lines_of_the_collections_own_files_alone(tmp_path: Path, path: str) -> None:
    root = tmp_path / "collection"
    root.mkdir()
    for file in (tmp_path / "outside.bru", root / "notes.txt"):
        file.write_text("not for your eyes")
    failure = ScriptFailure("tests", "Error", "no", path=path, line=1)
    text = shown([[make("x", script_failures=[failure])]], root=root)
    assert "not for your eyes" not in text
    assert "root:" not in text


def test_masks_secrets_everywhere() -> None:
    leaky = make(
        "leaky",
        console=[ConsoleLine("log", f"token {SECRET}")],
        tests=[{"description": SECRET, "status": "fail", "error": f"got {SECRET}"}],
        warnings=[SECRET],
    )
    assert SECRET not in shown([[leaky]], notices=[Notice("warning", SECRET)])


def test_has_no_colour_unless_asked() -> None:
    assert "\x1b[" not in shown([every_outcome()])
    assert "\x1b[32m   ✓ \x1b[0m" in shown([every_outcome()], style=True)


def test_quiet_shows_failures_and_one_line() -> None:
    assert shown([[passed()]], quiet=True) == "✓ PASS 1 request, 2/2 tests and assertions\n"
    text = shown([every_outcome()], quiet=True, notices=[Notice("info", "chatter")])
    assert "hello from" not in text
    assert "chatter" not in text
    assert "✓ is fine" not in text
    assert "✕ res.body.n: eq 2" in text
    assert text.endswith("✗ FAIL 5 requests (1 skipped), 2/4 tests and assertions\n")


def test_iterations_have_a_row_each() -> None:
    text = shown([[passed()], [failed()]])
    assert "\nIteration: 1\n\n" in text
    assert re.search(r"Ran all requests - \d+ ms\n", text)
    assert "│ #1        │ ✓ PASS │      1 (1 Passed)      │" in text
    assert "│ #2        │ ✗ FAIL │" in text
    assert "│ TOTAL     │ ✗ FAIL │" in text


def test_thousands_of_iterations_stay_readable() -> None:
    iterations = []
    for number in range(MOST_FAILURES + 5):
        result = failed()
        result.assertions[0]["error"] = f"expected {number} to equal 2"
        iterations.append([result])
    text = shown(iterations)
    assert f"#{MOST_ROWS} " in text
    assert f"#{MOST_ROWS + 1} " not in text.split("📊")[1]
    assert "(5 more iterations)" in text
    assert "… and 6 more" in text
    assert f"has <b>markup</b> & more · in iterations 1 to {MOST_FAILURES + 5}\n" in text


def test_an_interrupted_run_says_so_and_has_not_passed() -> None:
    text = shown([[passed()]], interrupted=True)
    assert "Interrupted" in text
    assert "✗ FAIL" in text


def test_characters_that_the_terminal_has_not() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    tell(ConsoleReport(stream, style=Style(False)), [[passed()]])
    assert b"? is fine" in raw.getvalue()


def test_the_bar_is_taken_away_before_lines_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bruscript.report.progress.SHORTEST_RUN", -1)
    stream = io.StringIO()
    report = ConsoleReport(stream, style=Style(False), progress=Progress(stream))
    tell(report, [[passed(), failed()]])
    screen = ""
    for chunk in stream.getvalue().split("\r\x1b[K"):
        # What follows a return to the line's start wipes what was on it.
        screen = screen[: screen.rfind("\n") + 1] + chunk
    assert "░" not in screen
    assert "0/2" in stream.getvalue()
    assert "1/2" in stream.getvalue()
    assert "1 failed" in stream.getvalue()


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_colours_follow_the_environment(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], coloured: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert Style.of(io.StringIO()).enabled is coloured


def test_a_test_without_a_name_is_told_as_such() -> None:
    text = shown([[make("a", tests=[{"status": "fail", "description": "", "error": "no"}])]])
    assert "   ✕ (a test without a name)" in text
    assert "None" not in text


def test_no_text_of_a_server_steers_the_terminal() -> None:
    text = "\x1b]0;title\x07 \x1b[2J \rover \x1b[31mred\x1b[0m\r\nnext\tcell \x9b2J"
    out = shown([[make("a", console=[ConsoleLine("log", text)])]])
    assert "�]0;title� �[2J �over \x1b[31mred\x1b[0m\r\nnext\tcell �2J" in out


def test_columns_are_those_of_a_terminal() -> None:
    assert [width(text) for text in ("abc", "\x1b[31mabc\x1b[0m", "日本", "e\u0301", "📊", "✓ PASS")] == [
        3, 3, 4, 1, 2, 6,
    ]  # fmt: skip


def test_the_bar_is_cut_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bruscript.report.progress.SHORTEST_RUN", -1)
    monkeypatch.setenv("COLUMNS", "40")
    stream = io.StringIO()
    Progress(stream, total=3).start("日本" * 20)
    bar = stream.getvalue().removeprefix("\r\x1b[K")
    assert "0/3 · 日本" in bar
    assert width(bar) == 39


def test_a_skipped_test_is_no_failure() -> None:
    some = make("some", tests=[{"description": "later", "status": "skipped"}])
    text = shown([[some]])
    assert "Tests\n   - later (skipped)\n" in text
    assert "✕" not in text.split("Execution Summary")[0]
    assert "later" not in shown([[some]], quiet=True)
