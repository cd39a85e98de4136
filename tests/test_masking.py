from __future__ import annotations

import json

import pytest

from bruscript.masking import MASKED, Mask


def test_terminal_text_keeps_short_values() -> None:
    mask = Mask(["1", "s3cret"])
    assert mask.text("run 1 with S3CRET") == f"run 1 with {MASKED}"


def test_reports_mask_every_value() -> None:
    assert Mask(["1"]).json({"a": ["x1"]}) == {"a": [f"x{MASKED}"]}


def test_longest_value_goes_first() -> None:
    assert Mask(["abcd", "abcdef"]).text("abcdef") == MASKED


def test_sensitive_headers_need_no_known_secret() -> None:
    report = {"Authorization": "Bearer tok", "Cookie": "a=b", "X-Other": "v", "set-cookie": ["a=b"]}
    assert Mask().json(report) == {
        "Authorization": f"Bearer {MASKED}",
        "Cookie": MASKED,
        "X-Other": "v",
        "set-cookie": [MASKED],
    }


def test_repr_shows_no_value() -> None:
    assert "topsecret" not in repr(Mask(["topsecret"]))


def test_values_that_are_no_secrets() -> None:
    mask = Mask([None, True, "", {"a": 1}])
    assert mask.json("True None") == "True None"


@pytest.mark.parametrize(
    "text",
    [
        "?x=p%40ss%20w%2F%C3%A9%22",
        "?x=p%40ss+w%2f%c3%a9%22",
        "/p@ss%20w/%C3%A9%22/",
        '{"a":"p@ss w/\\u00e9\\""}',
        '{"a":"p@ss w/é\\""}',
        "Authorization: cEBzcyB3L8OpIg==",
    ],
)
def test_secrets_are_masked_however_they_are_written(text: str) -> None:
    mask = Mask(['p@ss w/é"'])
    assert MASKED in mask.text(text)
    assert "ss" not in mask.text(text)
    assert mask.text(text) == mask.json(text)


def test_other_spellings_of_short_values_are_left() -> None:
    assert Mask(["é"]).json("%C3%A9") == "%C3%A9"


def test_what_is_nested_beyond_pythons_depth_is_cut() -> None:
    deep: list[object] = ["s3cret"]
    for _ in range(5_000):
        deep = [deep]
    shown = json.dumps([MASKED, Mask(["s3cret"]).json(["s3cret", deep])], ensure_ascii=False)
    assert shown.startswith(f'["{MASKED}", ["{MASKED}", [[')
    assert "[…]" in shown
