"""What a server or a script writes cannot steer the terminal."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report.sample import make, tell

from bruscript.report.console import ConsoleReport
from bruscript.report.style import Style
from bruscript.runner.results import ConsoleLine
from bruscript.terminal import closed, coloured, plain, without_commands

HIDING = {
    "concealed": "\x1b[8m",
    "black": "\x1b[30m",
    "white": "\x1b[97m",
    "on black": "\x1b[30;40m",
    "many at once": "\x1b[1;31;8m",
    "256 colours": "\x1b[38;5;0m",
    "true colour": "\x1b[38:2::0:0:0m",
    "cleared screen": "\x1b[2J",
    "cursor up": "\x1b[5A",
    "erased line": "\x1b[2K",
    "return": "\rgone",
    "backspace": "\b\b\b",
    "title": "\x1b]0;title\x07",
    "link": "\x1b]8;;http://x\x1b\\",
    "device string": "\x1bPq#0\x1b\\",
    "other screen": "\x1b[?1049h",
    "reset": "\x1bc",
    "eight bits": "\x9b2J",
    "form feed": "\x0c",
    "right to left": "\u202e",
    "isolate": "\u2066",
    "half": "\x1b[",
}


@pytest.mark.parametrize("hiding", HIDING.values(), ids=HIDING)
def test_nothing_hides_what_follows(hiding: str) -> None:
    for text in (plain(f"a{hiding}b"), coloured(f"a{hiding}b")):
        assert "\x1b" not in text
        assert text.startswith("a")
        assert text.endswith("b")
        assert not set(text) & set("\r\b\x07\x0c\x9b\u202e\u2066")


def test_readable_colours_stay_and_end_where_the_text_does() -> None:
    text = "\x1b[31mred\x1b[39m \x1b[1mbold\x1b[22m"
    assert coloured(text) == text
    assert plain(text) == "red bold"
    assert closed("\x1b[32mgreen") == "\x1b[32mgreen\x1b[0m"
    assert closed("none") == "none"


@pytest.mark.parametrize("text", ["", "a\nb\tc\r\nd", "ünïcödé 日本 😀 ‰ ✓"])
def test_text_without_controls_is_as_it_was(text: str) -> None:
    assert plain(text) == coloured(text) == text


@given(st.text(st.characters(max_codepoint=0x2070), max_size=30))
def test_of_any_text_no_control_is_left(text: str) -> None:
    left = plain(text).replace("\r\n", "").replace("\n", "").replace("\t", "")
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", left)


@pytest.mark.parametrize("hiding", HIDING.values(), ids=HIDING)
@pytest.mark.parametrize("colours", [False, True])
def test_no_text_of_a_run_hides_another(hiding: str, colours: bool) -> None:
    stream = io.StringIO()
    result = make(
        f"name{hiding}",
        console=[ConsoleLine("log", f"log{hiding}"), ConsoleLine("error", f"error{hiding}")],
        tests=[{"description": f"test{hiding}", "status": "fail", "error": f"message{hiding}"}],
        warnings=[f"warning{hiding}"],
    )
    failed = make("failed", status="error", error=f"no{hiding}")
    result.response["statusText"] = f"OK{hiding}"
    tell(ConsoleReport(stream, style=Style(colours), verbosity=1), [[result, failed]])
    shown = stream.getvalue()
    assert "Execution Summary" in shown
    for own in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[38;5;214m"):
        shown = shown.replace(own, "")
    assert not set(shown) & set("\x1b\r\b\x07\x0c\x9b\u202e\u2066")


def test_a_log_of_github_takes_no_commands_from_scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a\n::stop-commands::x\n  ::add-mask::y ##[group]z :: no"
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert without_commands(text) == text
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    changed = without_commands(text)
    assert changed.replace("\u200b", "") == text
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in changed.splitlines())
