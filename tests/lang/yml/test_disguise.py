"""Escapes of halves of characters, as JSON writes characters beyond the first 65,536."""

from __future__ import annotations

import pytest
from growth import assert_linear

from bruscript.lang.yml.compose import compose
from bruscript.lang.yml.values import build


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ('["\\ud800", \'\\ud800\', "\\\\ud800 \\ud801"]', ["\ud800", "\\ud800", "\\ud800 \ud801"]),
        (
            'a: "\\ud800"\nb: |-\n  "\\ud800"\nc: x \\ud800',
            {"a": "\ud800", "b": '"\\ud800"', "c": "x \\ud800"},
        ),
        ('a: "\\ud800"\nb: |-\n  \tx\nc: "\\udc00"', {"a": "\ud800", "b": "\tx", "c": "\udc00"}),
        ('"\\ud800": "x" # "\\ud800', {"\ud800": "x"}),
    ],
)
def test_only_texts_in_double_quotes_have_escapes(text: str, value: object) -> None:
    assert build(compose(text)) == value


def test_many_take_time_in_proportion() -> None:
    def read(size: int) -> None:
        text = "".join(f'- "\\ud83d\\ude{number % 256:02x}"\n' for number in range(size))
        assert len(build(compose(text))) == size

    assert_linear(read, 100)
