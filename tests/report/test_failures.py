"""Where a failure stands, as its stack says."""

from __future__ import annotations

import pytest
from growth import assert_linear

from bruscript.report.failures import Place, check_place


@pytest.mark.parametrize(
    ("stack", "place"),
    [
        ("Error: x\n    at /c/a.bru:3:7", Place("/c/a.bru", 3, 7)),
        ("Error: x\n    at f (/c/lib/a.js:3)", Place("/c/lib/a.js", 3)),
        ("Error: x\n    at f (C:\\c\\a.bru:3:7)", Place("C:\\c\\a.bru", 3, 7)),
        ("Error: x", None),
        (None, None),
    ],
)
def test_the_place_is_the_first_of_the_stack(stack: str | None, place: Place | None) -> None:
    assert check_place({"stack": stack}) == place


def test_a_long_word_in_a_stack_takes_no_time() -> None:
    def long(count: int) -> None:
        assert check_place({"stack": "a" * count + " a.bru:1"}) == Place("a.bru", 1)

    assert_linear(long, 10_000)
