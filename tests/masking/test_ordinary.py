"""Values that occur in any text, in texts that have them everywhere."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bruscript.masking import Mask

PIECES = ("\\n", "%0A", "%zz", " ", "=", "-", ".", "/", "a", "_", "é", "1", '"', ":", "\n", "{", ",")


@given(st.sampled_from(["x", "42", "x_y", "pass", "n", "é"]), st.data())
def test_they_are_found_however_many_are_inside_other_words(value: str, data: st.DataObject) -> None:
    text = "".join(data.draw(st.lists(st.sampled_from((value, *PIECES)), max_size=30)))
    inside_words = f"a{value}z" * 9 + " "
    mask = Mask()
    mask.learn(value, "a value")
    assert mask.mask(inside_words + text) == inside_words + mask.mask(text)
