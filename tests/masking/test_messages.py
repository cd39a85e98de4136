"""Messages keep their words and lose their secrets."""

from __future__ import annotations

import pytest

from bruscript.masking import Mask
from bruscript.masking.messages import assertion_message, own_message, told_apart


def mask_of(*values: object) -> Mask:
    mask = Mask()
    for value in values:
        mask.learn(value, "A secret")
    return mask


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("equal", "expected 'equal' to equal 'other'", "expected '********' to equal 'other'"),
        ("to", "expected [ 'to', 1 ] to include 'x'", "expected [ '********', 1 ] to include 'x'"),
        ("4711", "expected 4711 to equal 4712", "expected ******** to equal 4712"),
        ("4711", "expected [ 4711, 2 ] to be empty", "expected [ ********, 2 ] to be empty"),
        ("mango", "mango: expected 1 to equal 2", "********: expected 1 to equal 2"),
        ("blue moon", "blue moon: expected 1 to equal 2", "********: expected 1 to equal 2"),
        ("it\\'s", r"expected 'it\\\'s' to equal 1", "expected '********' to equal 1"),
        ("expected", "thrown: expected", "thrown: ********"),
        ("equal", "no equal", "no ********"),
        ("function", "expected [Function: function] to throw", "expected [Function: function] to throw"),
        ("kiwi", "expected { kiwi: 'kiwi' } to equal 1", "expected { kiwi: '********' } to equal 1"),
        ("mango", "expected mango\ue000 to equal 1", "expected ********\ue000 to equal 1"),
    ],
)
def test_messages_of_checks(secret: str, text: str, shown: str) -> None:
    assert assertion_message(mask_of(secret), text) == shown


def test_what_differs_only_under_the_mask_says_so() -> None:
    mask = mask_of("tok-1234567890abcdef", "tok-1234567890abcdeg")
    same = told_apart(mask, "expected 'tok-1234567890abcdef' to deeply equal 'tok-1234567890abcdeg'")
    assert same.splitlines() == [
        "expected '********' to deeply equal '********'",
        'They differ in what is masked; no_mask="NAME" shows a variable\'s value.',
    ]
    for text in (
        "expected 'tok-1234567890abcdef' to equal 1",
        "expected 'a' to equal 'a'",
        "expected 'tok-1234567890abcdef' to not equal 'tok-1234567890abcdef'",
    ):
        assert told_apart(mask, text) == assertion_message(mask, text)


def test_our_own_messages() -> None:
    mask = mask_of("refused", "4711", "tk-58f1-93aa")
    assert own_message(mask, "connection refused 4711") == "connection refused 4711"
    assert own_message(mask, "GET http://h/x?p=4711&q=refused: tk-58f1-93aa refused") == (
        "GET http://h/x?p=********&q=********: ******** refused"
    )
