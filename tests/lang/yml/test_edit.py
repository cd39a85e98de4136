"""Edits that change the lines that they are about, and no others."""

from __future__ import annotations

import difflib
from typing import Any

import pytest
from examples import examples
from hypothesis import assume, given
from hypothesis import strategies as st
from lang.yml.values import TEXT

import bruscript
from bruscript.lang.yml.document import YmlDocument

ENVIRONMENT = """# head
name: Local   # the name
color: "#fff"
variables:
  # first
  - name: host
    value: http://localhost # where
    description: x
  - name: port
    value:
      type: number
      data: "80"
  - {name: flow, value: a}
  - name: 'quoted'
    value: 'it''s'
  - name: "double"
    value: "x"
  - name: block
    value: |- # a block
      a
      b
    note: kept
  - name: off
    value: x
    disabled: true
  - name: bare
    value:
  - secret: true
    name: token
x-unknown: {kept: as, it: is}
# tail
"""


def environment(text: str = ENVIRONMENT) -> YmlDocument:
    document = bruscript.parse(text, "environment", format="yml")
    assert isinstance(document, YmlDocument)
    return document


def changes(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def values(document: Any) -> dict[str, Any]:
    return {entry["name"]: entry["value"] for entry in document.to_json()["variables"] if entry["enabled"]}


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("host", "https://x", ["-    value: http://localhost # where", "+    value: https://x # where"]),
        (
            "host",
            "a\nb",
            ["-    value: http://localhost # where", "+    value: |- # where", "+      a", "+      b"],
        ),
        (
            "host",
            5,
            [
                "-    value: http://localhost # where",
                "+    value: # where",
                "+      type: number",
                '+      data: "5"',
            ],
        ),
        ("port", 8080, ['-      data: "80"', '+      data: "8080"']),
        (
            "port",
            True,
            ["-      type: number", '-      data: "80"', "+      type: boolean", '+      data: "true"'],
        ),
        ("port", "80", ["-    value:", "-      type: number", '-      data: "80"', '+    value: "80"']),
        ("flow", "x, y", ["-  - {name: flow, value: a}", '+  - {name: flow, value: "x, y"}']),
        (
            "flow",
            True,
            ["-  - {name: flow, value: a}", '+  - {name: flow, value: {type: boolean, data: "true"}}'],
        ),
        ("quoted", "a'b", ["-    value: 'it''s'", "+    value: 'a''b'"]),
        ("double", "y z", ['-    value: "x"', '+    value: "y z"']),
        ("block", "one", ["-    value: |- # a block", "-      a", "-      b", "+    value: one # a block"]),
        ("block", "1\n2\n", ["-    value: |- # a block", "-      a", "-      b", "+    value: | # a block"]),
        ("bare", "now", ["-    value:", "+    value: now"]),
        ("new", "v", ["+  - name: new", "+    value: v"]),
        ("off", "y", ["+  - name: off", "+    value: y"]),
        ("~off", "y", ["-    value: x", "+    value: y"]),
        ("host", "http://localhost", []),
    ],
)
def test_sets_a_variable(key: str, value: Any, expected: list[str]) -> None:
    before = environment()
    after = before.set("vars", key, value)
    made = changes(ENVIRONMENT, after.text)
    assert made[: len(expected)] == expected
    assert [line for line in made if line.startswith("-")] == [x for x in expected if x.startswith("-")]
    if not key.startswith("~"):
        assert values(after) == {**values(before), key: value}
    assert after.kind == before.kind


def test_an_object_is_json_below_its_key() -> None:
    after = environment().set("vars", "new", {"a": [1, "x"]})
    assert after.text.partition("name: token\n")[2].startswith(
        "  - name: new\n    value:\n      type: object\n      data: |-\n        {\n"
    )
    assert values(after)["new"] == {"a": [1, "x"]}


def test_removes_and_adds() -> None:
    before = environment()
    assert changes(ENVIRONMENT, before.remove("vars", "host").text) == [
        "-  - name: host",
        "-    value: http://localhost # where",
        "-    description: x",
    ]
    assert changes(ENVIRONMENT, before.remove("vars", "flow").text) == ["-  - {name: flow, value: a}"]
    assert before.remove("vars", "nobody") is before
    assert before.remove("vars", "token") is before
    assert changes(ENVIRONMENT, before.remove_secret("token").text) == [
        "-  - secret: true",
        "-    name: token",
    ]
    added = before.add_secret("pin")
    assert changes(ENVIRONMENT, added.text) == ["+  - secret: true", "+    name: pin"]
    assert added.add_secret("pin") is added


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: x\n", "name: x\nvariables:\n  - name: n\n    value: v\n"),
        ("name: x", "name: x\nvariables:\n  - name: n\n    value: v"),
        ("name: x\nvariables: # c\n", "name: x\nvariables: # c\n  - name: n\n    value: v\n"),
        ("variables: []\ncolor: red\n", "variables:\n  - name: n\n    value: v\ncolor: red\n"),
        ("{}\n", "{variables: [{name: n, value: v}]}\n"),
        (
            "variables: [{name: a, value: b}]\n",
            "variables: [{name: a, value: b}, {name: n, value: v}]\n",
        ),
        (
            "variables:\n- name: a\n  value: b\nx: 1\n",
            "variables:\n- name: a\n  value: b\n- name: n\n  value: v\nx: 1\n",
        ),
        (
            "variables:\n  -   name: a\n      value: b\n",
            "variables:\n  -   name: a\n      value: b\n  -   name: n\n      value: v\n",
        ),
        (
            "variables:\r\n  - name: a\r\n    value: b\r\n",
            "variables:\r\n  - name: a\r\n    value: b\r\n  - name: n\r\n    value: v\r\n",
        ),
        (
            "variables:\n  - name: a\n    value: &v x\n  - name: b\n    value: *v\n",
            "variables:\n  - name: a\n    value: &v x\n  - name: b\n    value: *v\n"
            "  - name: n\n    value: v\n",
        ),
        (
            "\ufeffvariables:\n  - name: a\n    value: é\n# c\n",
            "\ufeffvariables:\n  - name: a\n    value: é\n  - name: n\n    value: v\n# c\n",
        ),
    ],
)
def test_adds_in_the_style_of_the_file(text: str, expected: str) -> None:
    assert environment(text).set("vars", "n", "v").text == expected


def test_the_last_entry_leaves_an_empty_list() -> None:
    text = "variables:\n  - name: a\n    value: b\nx: 1\n"
    assert environment(text).remove("vars", "a").text == "variables: []\nx: 1\n"
    assert environment("variables: [{name: a, value: b}]\n").remove("vars", "a").text == "variables: []\n"


def test_an_alias_is_replaced_and_an_anchor_is_not_written() -> None:
    text = "variables:\n  - name: a\n    value: &v x\n  - name: b\n    value: *v\n"
    assert environment(text).set("vars", "b", "y").text == text.replace("*v", "y")
    with pytest.raises(ValueError, match="without changing others"):
        environment(text).set("vars", "a", "y")


REQUEST = """info:
  name: Old
  type: http
  seq: 1
http:
  method: GET # how
  url: http://localhost/
  headers:
    - name: accept
      value: text/plain
  params:
    - name: id
      value: "1"
      type: path
  auth:
    type: basic
    username: ada
runtime:
  scripts:
    - type: tests
      # what is expected
      code: |-
        test("a", () => {});
  assertions:
    - expression: res.status
      operator: eq
      value: "200"
docs: Old docs.
"""


def test_edits_the_blocks_of_a_request() -> None:
    before = bruscript.parse(REQUEST, format="yml")

    def made(after: Any) -> list[str]:
        return changes(REQUEST, after.text)

    assert made(before.set("headers", "accept", "*/*")) == [
        "-      value: text/plain",
        '+      value: "*/*"',
    ]
    assert made(before.set("headers", "x-a", "1")) == ["+    - name: x-a", '+      value: "1"']
    assert made(before.set("params:path", "id", "2")) == ['-      value: "1"', '+      value: "2"']
    assert made(before.set("params:query", "id", "2")) == [
        "+    - name: id",
        '+      value: "2"',
        "+      type: query",
    ]
    assert made(before.set("meta", "seq", "2")) == ["-  seq: 1", "+  seq: 2"]
    assert made(before.set("get", "method", "POST")) == ["-  method: GET # how", "+  method: POST # how"]
    assert made(before.set("auth:basic", "password", "{{pw}}")) == ['+    password: "{{pw}}"']
    assert made(before.set("assert", "res.status", "gte 201")) == [
        "-      operator: eq",
        '-      value: "200"',
        "+      operator: gte",
        '+      value: "201"',
    ]
    assert made(before.set("settings", "timeout", "500")) == ["+settings:", "+  timeout: 500"]
    assert made(before.set("vars:pre-request", "n", 1)) == [
        "+  variables:",
        "+    - name: n",
        "+      value:",
        "+        type: number",
        '+        data: "1"',
    ]
    assert made(before.set_text("tests", "a();\nb();")) == [
        '-        test("a", () => {});',
        "+        a();",
        "+        b();",
    ]
    assert made(before.set_text("script:pre-request", "c()")) == [
        "+    - type: before-request",
        "+      code: c()",
    ]
    assert made(before.set_text("docs", "New.")) == ["-docs: Old docs.", "+docs: New."]
    assert made(before.set_text("body:json", "{}")) == ["+  body:", "+    type: json", '+    data: "{}"']
    assert made(before.remove("headers", "accept")) == [
        "-  headers:",
        "-    - name: accept",
        "-      value: text/plain",
        "+  headers: []",
    ]


def test_refuses_what_cannot_be() -> None:
    request = bruscript.parse(REQUEST, format="yml")
    with pytest.raises(ValueError, match="is not `auth:bearer`"):
        request.set("auth:bearer", "token", "x")
    with pytest.raises(TypeError, match="is text"):
        request.set("headers", "a", 1)
    with pytest.raises(ValueError, match="cannot be empty"):
        request.set_text("tests", "")
    with pytest.raises(ValueError, match="cannot be in"):
        environment().set("headers", "a", "b")
    with pytest.raises(TypeError, match="cannot be of the type"):
        environment().set("vars", "a", object())


@examples(60)
@given(st.dictionaries(TEXT.filter(bool), TEXT, max_size=4), TEXT.filter(bool), TEXT, st.booleans())
def test_only_the_variable_changes(given: dict[str, str], name: str, value: str, flow: bool) -> None:
    names = [key for key in given if not key.startswith("~")]
    assume(not name.startswith("~") and "\ufeff" not in name + value)
    if flow:
        rows: list[dict[str, Any]] = [{"name": key, "value": given[key]} for key in names]
        text = f"# c\nvariables: {bruscript.lang.js.stringify(rows, None)} # d\n"
    else:
        rows = [{"name": key, "value": given[key], "enabled": True} for key in names]
        text = bruscript.Document.from_json(
            {"name": "e", "variables": rows}, "environment", format="yml"
        ).text
    before = environment(text)
    after = before.set("vars", name, value)
    assert values(after) == {**values(before), name: value}
    assert values(after.remove("vars", name)) == {k: v for k, v in values(before).items() if k != name}
    if name not in values(before):
        # What was there is still there, byte for byte and in order.
        rest = iter(after.text)
        assert flow or all(char in rest for char in before.text)
