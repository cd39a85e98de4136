"""Runs the reference command line, which tests marked `reference` compare with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

HOME = Path(os.environ.get("BRU_ORACLE_HOME") or Path.home() / ".cache" / "bru-oracle")


def run_reference(collection: Path, *args: str, env: dict[str, str] | None = None) -> Any:
    """Run a copy of `collection` with the reference and give its JSON report."""
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / "collection"
        shutil.copytree(collection, copy)
        report = Path(directory) / "report.json"
        done = run_in_place(copy, *args, "--reporter-json", str(report), env=env)
        assert report.exists(), done.stdout + done.stderr
        return json.loads(report.read_text(encoding="utf-8"))


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
