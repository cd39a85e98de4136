from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bruscript.collection import Collection, Request, load
from bruscript.evaluate import PreparedRequest, Scopes, merge, prepare

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


HEAD = "meta {{\n  name: R\n}}\n\npost {{\n  url: {url}\n  body: {mode}\n  auth: {auth}\n}}\n\n"


def prepared(
    make: Make, text: str, files: dict[str, str] | None = None, **scopes: Any
) -> tuple[PreparedRequest, Scopes]:
    """Return the only request of a collection, prepared, and the variables."""
    collection = make({"r.bru": text, **(files or {})})
    request = request_at(collection, "r")
    assert request is not None
    variables = Scopes(**scopes)
    variables.enter(merge(request))
    return prepare(merge(request), collection, variables), variables
