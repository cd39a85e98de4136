"""Lets coverage see into worker processes: `coverage run -m pytest -p covered`.

A worker gives up the right to open files before its first script, and is often killed: so a measured one
keeps its rights, and writes each line down when it is first reached. At the end these lines join the data of
coverage. Commands that tests start in processes of their own have unmeasured workers.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from pathlib import Path

import coverage
import pytest

from bruscript.sandbox.parent import start

REACHED = Path(__file__).resolve().parents[1] / ".coverage-workers"
"""A file per worker, one `path:line` per line; apps/covered_worker.py writes them."""


NOT_MEASURED = frozenset({"test_the_worker_owns_nothing"})


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(REACHED, ignore_errors=True)
        REACHED.mkdir()
    start.WORKER_MAIN = Path(__file__).parent / "apps" / "covered_worker.py"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # A measured worker has kept its rights: whether it gives them up is tested without measuring.
    kept = [item for item in items if item.name not in NOT_MEASURED]
    config.hook.pytest_deselected(items=[item for item in items if item.name in NOT_MEASURED])
    items[:] = kept


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput"):
        return
    lines: dict[str, set[int]] = defaultdict(set)
    for file in REACHED.iterdir():
        for entry in file.read_text(encoding="utf-8").splitlines():
            path, _, line = entry.rpartition(":")
            if path and line.isdigit():
                lines[path].add(int(line))
    data = coverage.CoverageData(basename=f".coverage.workers.{len(lines)}")
    data.add_lines(lines)
    data.write()
    shutil.rmtree(REACHED)
