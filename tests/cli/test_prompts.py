"""What the command asks on the terminal."""

from __future__ import annotations

import io
import sys

import pytest

from bruscript.cli.run_values import _ask
from bruscript.evaluate.prompts import Question


@pytest.mark.parametrize(("typed", "answer"), [("\n", "12"), ("5\n", "5")])
def test_a_prompt_shows_its_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, answer: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert _ask(Question.of("Till: 12")) == answer
    assert "Till [12]" in capsys.readouterr().err
