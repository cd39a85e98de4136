"""Where a failure stands: what the sandbox says, as a value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from report.sample import make

import bruscript
from bruscript.masking import Mask
from bruscript.runner.failures import Failure, FailureList, Place, check_place, ranges
from bruscript.runner.masked import MaskedResult


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({"path": "my products/a (v2).bru", "line": 3, "column": 7}, Place("my products/a (v2).bru", 3, 7)),
        ({"path": "a.bru", "line": None, "column": None}, Place("a.bru")),
        # A worker that a script has taken over may say anything.
        ({"path": 5, "line": 3}, Place("mine.bru")),
        ({"path": "a.bru", "line": "3", "column": -1}, Place("a.bru")),
        ("a.bru:3", Place("mine.bru")),
        (None, Place("mine.bru")),
    ],
)
def test_the_place_is_a_value(place: Any, expected: Place) -> None:
    check = {"status": "fail", "stack": "Error: at other.bru:1:2\n    at other.bru:5:1", "place": place}
    assert check_place(check, MaskedResult(make("mine"), Mask())) == expected


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([1], "1"),
        ([1, 2], "1 and 2"),
        ([1, 2, 3], "1 to 3"),
        ([1, 3, 4, 7, 8, 9], "1, 3, 4 and 7 to 9"),
    ],
)
def test_numbers_in_words(numbers: list[int], words: str) -> None:
    assert ranges(numbers) == words


def test_equal_failures_are_gathered() -> None:
    failed = FailureList(2)
    for index in range(30):
        failure = Failure("status", "expected 500 to equal 200", Place("a.bru", 3), "a.bru", f"#{index + 1}")
        failed.add(failure, index)
    failed.add(Failure("row", "no", Place("a.bru", 4), "a.bru", "#5 pid=900"), 4)
    failed.add(Failure("third", "no", Place("a.bru", 5), "a.bru", "#5 pid=900"), 4)
    assert [failure.where for failure in failed] == ["in iterations 1 to 30", "#5 pid=900"]
    assert failed.more == 1


def test_a_failure_in_another_file_names_its_request() -> None:
    failed = FailureList(3)
    for index, request in enumerate(["a.bru", "b.bru", "b.bru"]):
        failed.add(Failure("is up", "no", Place("collection.bru", 3), request, f"#{index + 1}"), index)
    assert [failure.where for failure in failed] == ["in a.bru · #1", "in b.bru · in iterations 2 and 3"]
    alone = Failure("is up", "no", Place("collection.bru", 3), "a.bru")
    assert str(alone) == "collection.bru:3 · is up · in a.bru\nno"


def test_a_file_that_does_not_parse_has_its_place(tmp_path: Path) -> None:
    (tmp_path / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
    (tmp_path / "odd.bru").write_text("get {\n  url: http://127.0.0.1:9\n")
    (failure,) = bruscript.load(tmp_path).run().failures
    assert (failure.place.path, failure.place.line) == ("odd.bru", 3)
    assert failure.message.startswith(f"odd.bru:3:{failure.place.column}: ")
    assert str(tmp_path) not in failure.message
