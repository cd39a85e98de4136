from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bruscript.collection import Collection, load

Make = Callable[[dict[str, str]], Collection]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes the files of a collection, by path, and loads it."""

    def make(files: dict[str, str]) -> Collection:
        for name, text in {"bruno.json": '{"name": "t"}', **files}.items():
            path = tmp_path / "c" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return load(tmp_path / "c")

    return make
