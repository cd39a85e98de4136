"""JavaScript's own texts."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bruscript.lang.js import indented_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t:  ")]), st.booleans())
def test_json_is_laid_out_as_it_would_be_written(
    value: Any, separators: tuple[str, str], ascii: bool
) -> None:
    text = json.dumps(value, separators=separators, ensure_ascii=ascii)
    assert indented_json(text) == json.dumps(value, indent=2, ensure_ascii=ascii)


def test_tokens_stay_as_they_are() -> None:
    text = '{"a":1.10,"b":1E2,"c":-0,"a":"\\/{"}'
    assert indented_json(text) == '{\n  "a": 1.10,\n  "b": 1E2,\n  "c": -0,\n  "a": "\\/{"\n}'
