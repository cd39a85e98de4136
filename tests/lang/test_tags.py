"""Tags on one line: lists of tags, or an error, but never one odd tag that excludes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bruscript import BruSyntaxError, load, parse
from bruscript.lang.lint import lint
from bruscript.lang.tags import tags_of

HEAD = "meta {\n  name: a\n  tags: "
TAIL = "\n}\n\nget {\n  url: http://h/\n}\n"


def text_of(kind: str, tags: str) -> str:
    return HEAD + tags + (TAIL if kind == "request" else "\n}\n")


@pytest.mark.parametrize("kind", ["request", "folder"])
@pytest.mark.parametrize(
    ("tags", "wanted"),
    [
        ("danger", ("danger",)),
        ("danger, slow", ("danger", "slow")),
        ("[danger, slow]", ("danger", "slow")),
        ("[\"danger\", 'slow',]", ("danger", "slow")),
        ("v1.2, größe, area/users", ("v1.2", "größe", "area/users")),
        ("[]", ()),
        ("", ()),
    ],
)
def test_tags_on_one_line(kind: Any, tags: str, wanted: tuple[str, ...]) -> None:
    document = parse(text_of(kind, tags), kind)
    assert tags_of(document.content()["meta"]) == wanted
    assert lint(document) == []


@pytest.mark.parametrize("kind", ["request", "folder"])
@pytest.mark.parametrize(
    ("tags", "wrong", "column"),
    [
        ("[danger", "[danger", 9),
        ("[danger, slow", "[danger", 9),
        ("danger]", "danger]", 9),
        ("slow, danger]", "danger]", 15),
        ("danger slow", "danger slow", 9),
        ("danger;slow", "danger;slow", 9),
        ("slow, danger // x", "danger // x", 15),
        ("~danger", "~danger", 9),
        ("# danger", "# danger", 9),
        ("danger|slow", "danger|slow", 9),
    ],
)
def test_what_cannot_be_a_tag_is_an_error_with_its_place(
    kind: Any, tags: str, wrong: str, column: int
) -> None:
    # The reference reads it as a text, and so does `parse`.
    document = parse(text_of(kind, tags), kind, filename="a.bru")
    with pytest.raises(BruSyntaxError) as failed:
        document.content()
    message = f"found `{wrong}`, expected a tag such as `smoke`"
    assert str(failed.value) == (
        f"a.bru:3:{column}: {message}\n  3 |   tags: {tags}\n    | {' ' * (column - 1)}^\n"
        "Separate tags by commas: tags: smoke, slow"
    )
    assert [(finding.line, finding.message.startswith(message)) for finding in lint(document)] == [(3, True)]


def test_a_text_of_several_lines_is_not_a_list() -> None:
    document = parse(text_of("request", "'''\n    danger\n    slow\n  '''"))
    with pytest.raises(BruSyntaxError, match="line 3, column 9: found `danger`"):
        document.content()


def test_a_request_whose_tags_cannot_be_read_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
    for name, tags in {"a": "danger", "b": "[danger", "c": "slow"}.items():
        (tmp_path / f"{name}.bru").write_text(text_of("request", tags))
    collection = load(tmp_path)
    assert [request.path.stem for request in collection.walk()] == ["a", "c"]
    assert [skipped.path.stem for skipped in collection.skipped] == ["b"]
