"""Edits: the one change that was asked for, and every other byte as it was."""

from __future__ import annotations

from typing import Any

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from bruscript.lang import Document, js, parse
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.nodes import Dictionary

ENVIRONMENT = """\
vars {
  host:   https://a.example\x20\x20

  @description('how often')
  @number
  retries: 3
  ~host: https://off.example
  key: '''
    one
    two
  '''
}

vars:secret [
  token,
  ~old
]
color: #fff
"""


def edited(old: str, new: str) -> str:
    assert ENVIRONMENT.count(old) == 1
    return ENVIRONMENT.replace(old, new)


@pytest.mark.parametrize(
    ("key", "value", "old", "new"),
    [
        ("host", "http://b", "https://a.example", "http://b"),
        ("~host", "x", "https://off.example", "x"),
        ("host", True, "  host:   https://a.example", "  @boolean\n  host:   true"),
        ("host", "a\nb", "https://a.example", "'''\n    a\n    b\n  '''"),
        ("host", "", "https://a.example", ""),
        ("retries", 5, "retries: 3", "retries: 5"),
        ("retries", 1.5, "retries: 3", "retries: 1.5"),
        ("retries", "many", "  @number\n  retries: 3", "  retries: many"),
        ("retries", {"a": 1}, "  @description('how often')\n  @number\n  retries: 3",
         "  @object\n  @description('how often')\n  retries: '''\n    {\n      \"a\": 1\n    }\n  '''"),
        ("key", "one\ntwo", "vars {", "vars {"),
        ("key", "short", "'''\n    one\n    two\n  '''", "short"),
        ("new", "n", "    two\n  '''", "    two\n  '''\n  new: n"),
        ("flag", False, "    two\n  '''", "    two\n  '''\n  @boolean\n  flag: false"),
    ],
)  # fmt: skip
def test_set_a_variable(key: str, value: Any, old: str, new: str) -> None:
    text = ENVIRONMENT
    at = text.index(old)
    assert parse(text, "environment").set("vars", key, value).text == text[:at] + new + text[at + len(old) :]


def test_set_gives_the_same_document_for_the_same_value() -> None:
    document = parse(ENVIRONMENT, "environment")
    assert document.set("vars", "retries", 3) is document
    assert document.set("vars", "host", "https://a.example") is document


def test_the_original_stays() -> None:
    document = parse(ENVIRONMENT, "environment")
    document.set("vars", "host", "x")
    assert document.text == ENVIRONMENT


def test_the_last_pair_of_the_key_counts_in_whichever_block_it_is() -> None:
    document = parse("vars {\n  a: 1\n  a: 2\n}\nvars {\n  b: 3\n}\n", "environment")
    assert document.set("vars", "a", "x").text == "vars {\n  a: 1\n  a: x\n}\nvars {\n  b: 3\n}\n"
    assert document.set("vars", "c", "x").text.endswith("vars {\n  b: 3\n  c: x\n}\n")


def test_remove() -> None:
    document = parse(ENVIRONMENT, "environment")
    assert document.remove("vars", "host").text == edited("  host:   https://a.example  \n\n", "")
    gone = document.remove("vars", "retries")
    assert gone.text == edited("  @description('how often')\n  @number\n  retries: 3\n", "")
    assert document.remove("vars", "missing") is document
    for key in ("host", "retries", "~host", "key"):
        document = document.remove("vars", key)
    assert document.text.startswith("vars {\n}\n")
    assert document.set("vars", "a", "b").text.startswith("vars {\n  a: b\n}\n")


def test_remove_takes_every_pair_of_the_key() -> None:
    document = parse("headers {\n  a: 1\n  b: 2\n  a: 3\n}\n\nheaders {\n  a: 4\n}\n")
    assert document.remove("headers", "a").text == "headers {\n  b: 2\n}\n\nheaders {\n}\n"


def test_secrets() -> None:
    document = parse(ENVIRONMENT, "environment")
    assert document.add_secret("new").text == edited("  ~old\n", "  ~old,\n  new\n")
    assert document.add_secret("token") is document
    assert document.remove_secret("token").text == edited("  token,\n", "")
    assert document.remove_secret("~old").text == edited("token,\n  ~old", "token")
    empty = document.remove_secret("token").remove_secret("~old")
    assert [v for v in empty.to_json()["variables"] if v["secret"]] == []
    assert empty.add_secret("x").text == edited("  token,\n  ~old\n", "  x\n")
    assert parse("vars {\n}\n", "environment").add_secret("a").text == "vars {\n}\nvars:secret [\n  a\n]\n"
    with pytest.raises(ValueError, match="no blanks, commas or brackets"):
        document.add_secret("a, b")


def test_blocks_that_are_missing() -> None:
    assert parse("", "environment").set("vars", "a", 1).text == "vars {\n  @number\n  a: 1\n}\n"
    assert parse("color: red", "environment").add_secret("a").text == "vars:secret [\n  a\n]\ncolor: red"
    collection = parse("meta {\n  name: x\n}", "collection")
    assert collection.set("vars:pre-request", "a b", "c").text == (
        'meta {\n  name: x\n}\n\nvars:pre-request {\n  "a b": c\n}\n'
    )
    assert (
        collection.set_text("tests", "one\ntwo").text == "meta {\n  name: x\n}\n\ntests {\n  one\n  two\n}\n"
    )


def test_set_text() -> None:
    document = parse("tests {\n  old();\n}\n\ndocs {\n  x\n}\n")
    assert document.set_text("tests", "a {\n}\n").text == "tests {\n  a {\n  }\n  \n}\n\ndocs {\n  x\n}\n"
    with pytest.raises(ValueError, match="cannot be empty"):
        document.set_text("tests", "")
    with pytest.raises(ValueError, match="`headers` is not a block of text"):
        parse("headers {\n}\n").set_text("headers", "x")


def test_local_variables_are_found() -> None:
    document = parse("vars:pre-request {\n  @a: 1\n}\n")
    assert document.set("vars:pre-request", "a", "2").text == "vars:pre-request {\n  @a: 2\n}\n"


def test_pairs_on_the_line_of_the_brace() -> None:
    document = parse("vars:pre-request { a: b\n}\n")
    assert document.set("vars:pre-request", "a", 1).text == "vars:pre-request {\n  @number\n  a: 1\n}\n"
    assert document.set("vars:pre-request", "c", "d").text == "vars:pre-request { a: b\n  c: d\n}\n"


def test_line_ends_stay() -> None:
    text = ENVIRONMENT.replace("\n", "\r\n")
    document = parse(text, "environment").set("vars", "host", "a\nb").set("vars", "n", 1).add_secret("s")
    assert "\n" not in document.text.replace("\r\n", "")
    values = {v["name"]: v["value"] for v in document.to_json()["variables"] if v["enabled"]}
    assert values["host"] == "a\nb"
    assert values["n"] == 1


@pytest.mark.parametrize("value", ["a\n'''\n  evil: 1\n  x: '''b\n", "x'''\ny", "'''\n  }\n}\nheaders {\n"])
@pytest.mark.parametrize(("block", "kind"), [("vars", "environment"), ("vars:pre-request", "collection")])
def test_a_value_cannot_bring_in_anything_else(value: str, block: str, kind: Any) -> None:
    document = parse(f"{block} {{\n  a: 1\n}}\n", kind)
    try:
        result = document.set(block, "a", value)
    except ValueError:
        return
    assert isinstance(result, BruDocument)
    [vars_] = result.blocks
    assert isinstance(vars_, Dictionary)
    assert [pair.key for pair in vars_.pairs] == ["a"]


def test_wrong_values_and_blocks_are_refused() -> None:
    document = parse("headers {\n  a: b\n}\n\ntests {\n  x\n}\n")
    with pytest.raises(TypeError, match="a value of `headers` is text, not int"):
        document.set("headers", "a", 1)
    with pytest.raises(ValueError, match="`tests` is not a block of pairs"):
        document.set("tests", "a", "b")
    with pytest.raises(ValueError, match="cannot be written"):
        document.set("headers", "a\nb", "c")


HELD = [
    *("", "x", "'", '"', "'''a\nb", "[", "[\n  a\n]", "@number", "}", "a\n}\nb", "a\n  \n   b", "😀\n😀"),
    *("a\rb", "a\tb", "a\x00b", "a\x85b", "a\u2028b", "true", "007", 12345678901234567890, -0.5, 1e21, True),
    *([], {}, [None, "a\r\n b "], {"a": {"b": [1.5, "'"]}}),
]
LOST = [
    *(" x", "x ", "\tx", "x\n", "\nx", " ", "\n", "\ufeffx", "x\u00a0", "a\n b\n"),
    *("a\n'''b", "a\n  '''\nb", float("nan"), float("inf"), 10**400, {"__proto__": {"a": 1}}),
]


@pytest.mark.parametrize("present", ["", "  @number\n  a: 1\n", "  a:\n", "  a:    old  \n"])
@pytest.mark.parametrize(("kind", "block"), [("environment", "vars"), ("collection", "vars:pre-request")])
def test_a_variable_reads_back_as_it_was_set_or_is_refused(kind: Any, block: str, present: str) -> None:
    before = parse(f"{block} {{\n{present}}}\n", kind)
    for value in HELD:
        if kind == "collection" and isinstance(value, str) and "'''" in value:
            continue
        document = before.set(block, "a", value)
        assert repr(_variables(document)) == repr([value]), document.text
        assert document.set(block, "a", value).text == document.text
    for value in LOST:
        with pytest.raises(ValueError, match="cannot be written"):
            before.set(block, "a", value)


def _variables(document: Document) -> list[Any]:
    variables = document.to_json().get("variables") or document.to_json()["vars"]["req"]
    return [variable["value"] for variable in variables]


def test_carriage_returns() -> None:
    environment = parse("vars {\n  a: 1\n}\n", "environment")
    assert environment.set("vars", "a", "b\rc").text == "vars {\n  a: b\rc\n}\n"
    with pytest.raises(ValueError, match="its carriage returns would be lost"):
        environment.set("vars", "a", "b\r\nc")
    for line_end in ("\n", "\r\n"):
        collection = parse(f"vars:pre-request {{{line_end}  a: 1{line_end}}}{line_end}", "collection")
        for value in ("b\nc", "b\r\nc", "b\rc\nd", "b\rc"):
            document = collection.set("vars:pre-request", "a", value)
            assert _variables(document) == [value]
            assert document.text.startswith(f"vars:pre-request {{{line_end}")


def test_quotes_that_one_line_cannot_have() -> None:
    document = parse("vars {\n  a: 1\n}\n", "environment")
    for value in ("'''", "x'''"):
        written = document.set("vars", "a", value)
        assert written.text == f"vars {{\n  a: '''\n    {value}\n  '''\n}}\n"
        assert _variables(written) == [value]
    collection = parse("", "collection").set("vars:pre-request", "a", {"b": "'''"})
    assert collection.text == 'vars:pre-request {\n  @object\n  a: {"b":"\'\'\'"}\n}\n'
    assert _variables(collection) == [{"b": "'''"}]


def test_a_header_reads_back_as_it_was_set_or_is_refused() -> None:
    document = parse("headers {\n  a: 1\n}\n")
    for value in ("x'''", "a\nb", "a\rb", "a\r\nb", "[\n  a\n]", ""):
        assert document.set("headers", "a", value).to_json()["headers"][0]["value"] == value
    with pytest.raises(ValueError, match="the value of `a` cannot be written in `headers`: blanks"):
        document.set("headers", "a", " x")


VALUES = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.text("a\n\r '\t}{[@:~", max_size=8),
    st.integers(-(2**53), 2**53),
    st.booleans(),
    st.recursive(
        st.none() | st.integers(0, 9) | st.text("ab\"'", max_size=3), lambda x: st.lists(x, max_size=3)
    ).filter(lambda value: isinstance(value, list)),
)


@examples(40)
@given(st.sampled_from(["host", "retries", "key", "new"]), VALUES)
def test_what_is_set_reads_back(key: str, value: Any) -> None:
    document = parse(ENVIRONMENT, "environment")
    try:
        result = document.set("vars", key, value)
    except ValueError:
        assert isinstance(value, str)
        assert js.trim(value) != value or "'''" in value or "\r" in value
        return
    variables = [v for v in result.to_json()["variables"] if v["name"] == key and v["enabled"]]
    assert [v["value"] for v in variables] == [value]
    others = [v for v in document.to_json()["variables"] if v["name"] != key or not v["enabled"]]
    assert [v for v in result.to_json()["variables"] if v["name"] != key or not v["enabled"]] == others
