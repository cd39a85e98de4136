from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bruscript.collection import Collection, Request, load

Make = Callable[[dict[str, str]], Collection]


def request_at(collection: Collection, path: str) -> Request:
    """The request at a path, which is there."""
    request = collection.find(path)
    assert request is not None
    return request


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
