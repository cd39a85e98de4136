"""Runs the command in this process, and gives back what a shell would see."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from bruscript.cli import main


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str


class Invoke(Protocol):
    def __call__(self, *args: str) -> Outcome: ...


def invoker(capsys: pytest.CaptureFixture[str]) -> Invoke:
    def invoke(*args: str) -> Outcome:
        capsys.readouterr()
        status = main(args)
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return invoke


def lay(root: Path, files: dict[str, str]) -> None:
    """Write files below `root`, by their relative paths."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
