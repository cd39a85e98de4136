"""Runs the command in this process, and gives back what a shell would see."""

from __future__ import annotations

from dataclasses import dataclass
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
