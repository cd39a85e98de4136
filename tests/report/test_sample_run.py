"""What a run of a collection with odd names, rows and faults looks like, in every output.

The snapshots were read by a person; `python tests/report/sample_run.py` writes them anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from report.sample_run import SECRETS, SNAPSHOTS, outputs


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return outputs(tmp_path_factory.mktemp("sample").resolve())


@pytest.mark.parametrize(
    "name", ["terminal.txt", "annotations.txt", "pytest.txt", "junit.xml", "report.html"]
)
def test_outputs_are_as_they_were_read(written: dict[str, str], name: str) -> None:
    assert written[name] == (SNAPSHOTS / name).read_text("utf-8")


def test_every_snapshot_is_compared(written: dict[str, str]) -> None:
    assert written.keys() == {path.name for path in Path(SNAPSHOTS).iterdir()}


def test_no_output_has_a_secret(written: dict[str, str]) -> None:
    assert not [(name, secret) for name, text in written.items() for secret in SECRETS if secret in text]
