"""Runs the reference command line, which tests marked `reference` compare with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

HOME = Path(os.environ.get("BRU_ORACLE_HOME") or Path.home() / ".cache" / "bru-oracle")

Answer = TypeVar("Answer")


def run_reference(collection: Path, *args: str, env: dict[str, str] | None = None) -> Any:
    """Run a copy of `collection` with the reference and give its JSON report."""
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / "collection"
        shutil.copytree(collection, copy)
        report = Path(directory) / "report.json"
        done = run_in_place(copy, *args, "--reporter-json", str(report), env=env)
        assert report.exists(), done.stdout + done.stderr
        return json.loads(report.read_text(encoding="utf-8"))


def settled(ask: Callable[[], Answer], agrees: Callable[[Answer], bool]) -> Answer:
    """Return what the reference answers: where that is not what we say, what it answers twice in a row.

    Its scripts run beside its event loop, and on a busy machine a test that awaits a timer is now and then
    not in its report, or in another place of it. A warning then names it. Ours is never asked again.
    """
    answer = ask()
    for _ in range(5):
        if agrees(answer):
            break
        again = ask()
        if again == answer:
            break
        warnings.warn(f"the reference answers twice, and not alike: {_unlike(answer, again)}", stacklevel=2)
        answer = again
    return answer


def _unlike(one: Any, other: Any) -> list[Any]:
    """What two answers do not have in common, by its name where it has one."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [
            (name, _unlike(one.get(name), other.get(name)))
            for name in {**one, **other}
            if one.get(name) != other.get(name)
        ]
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return [part for part in [*one, *other] if part not in one or part not in other]
    return [one, other]


def run_in_place(
    collection: Path, *args: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `collection` with the reference where it is, so that what it writes can be seen."""
    command = [str(HOME / "node_modules" / ".bin" / "bru"), "run", *args]
    return subprocess.run(
        command,
        cwd=collection,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
    )


def node(script: str, *args: str, stdin: str = "") -> str:
    """What a Node script, which can require the reference's packages, prints."""
    done = subprocess.run(
        ["node", "-e", script, *args],
        cwd=HOME,
        env={**os.environ, "NODE_PATH": str(HOME / "node_modules")},
        input=stdin,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
