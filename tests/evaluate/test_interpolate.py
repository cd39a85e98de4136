from __future__ import annotations

import re
import sys

import pytest
from growth import assert_linear

from bruscript.evaluate import TemplateError, interpolate, interpolate_all
from bruscript.evaluate.path import lookup
from bruscript.lang.js import UNDEFINED

VALUES = {
    "a": "A",
    "n": 5,
    "f": 1.50,
    "big": 1e21,
    "t": True,
    "none": None,
    "o": {"k": "{{a}}", "list": [1, {"x y": "deep"}], "2": "two"},
    "o.k": "direct",
    "l": ["zero", "one"],
    "nest": "<{{mid}}>",
    "mid": "[{{a}}]",
    "self": "x{{self}}",
    "one": "{{two}}",
    "two": "{{one}}",
    "?name": "asked",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no templates }} {", "no templates }} {"),
        ("{{a}}-{{n}}-{{f}}-{{big}}-{{t}}-{{none}}", "A-5-1.5-1e+21-true-null"),
        ("{{o}}", '{"2":"two","k":"A","list":[1,{"x y":"deep"}]}'),
        ("{{o.k}} {{o['k']}}", "direct A"),
        (
            '{{o.list[0]}} {{o.list[1]["x y"]}} {{o.2}} {{l.1}} {{l.length}} {{a.length}} {{a[0]}}',
            "1 deep two one 2 1 A",
        ),
        ("{{nest}}", "<[A]>"),
        (
            "{{missing}} {{o.missing}} {{l[9]}} {{ a }} {{}}",
            "{{missing}} {{o.missing}} {{l[9]}} {{ a }} {{}}",
        ),
        ("{{?name}}", "asked"),
        ("{{$nothing}} {{$randomNothing}}", "{{$nothing}} {{$randomNothing}}"),
    ],
)
def test_interpolates(text: str, expected: str) -> None:
    assert interpolate(text, VALUES) == expected


def test_what_refers_to_itself_ends() -> None:
    assert interpolate("{{self}}", VALUES).endswith("{{self}}")
    assert interpolate("{{one}}", VALUES) in ("{{one}}", "{{two}}")


def test_what_grows_without_end_is_an_error() -> None:
    variables = {f"v{level}": f"{{{{v{level + 1}}}}}" * 10 for level in range(12)} | {"v12": "x"}
    with pytest.raises(TemplateError):
        interpolate("{{v0}}", variables)
    with pytest.raises(TemplateError):
        interpolate("{{v0}}", {f"v{level}": f"{{{{v{level + 1}}}}}" for level in range(100_000)})


def test_a_large_text_is_no_error() -> None:
    text = "x" * 5_000_000
    assert interpolate("{{text}}{{a}}", {"text": text, "a": "1"}) == f"{text}1"
    assert interpolate(f"{text}{{{{a}}}}", {"a": "1"}) == f"{text}1"


def test_many_templates_that_are_not_closed_take_no_time() -> None:
    def many(count: int) -> None:
        text = "{{" * count
        assert interpolate(text, {}) == text
        assert interpolate("{{a}}" + text, {"a": text + "{{b}}", "b": 1}) == text + "{{b}}" + text

    assert_linear(many, 10_000)


def test_other_than_text_comes_back() -> None:
    assert interpolate(5, VALUES) == 5
    assert interpolate(None, VALUES) is None
    assert interpolate_all({"{{a}}": ["{{a}}", 1, {"x": "{{n}}"}]}, VALUES) == {"{{a}}": ["A", 1, {"x": "5"}]}


def test_only_dynamic_values_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["bruscript.evaluate.interpolate"], "dynamic", lambda name: 'a"b\nc\\')
    assert interpolate("{{q}}{{$x}}", {"q": '"'}, escape_json_strings=True) == '"a\\"b\\nc\\\\'
    assert interpolate("{{$x}}", {}) == 'a"b\nc\\'


def test_a_dynamic_value_in_a_variable_is_made_once_a_text() -> None:
    first, second, third = interpolate("{{id}} {{id}} {{$guid}}", {"id": "{{$guid}}"}).split()
    assert first == second != third
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", first)


def test_lookup_prefers_the_key_itself() -> None:
    assert lookup({"a.b": 1, "a": {"b": 2}}, "a.b") == 1
    assert lookup({"a": {"b": {}}}, "a.b.c") is UNDEFINED
    assert lookup({"": 1}, ".x") is UNDEFINED
