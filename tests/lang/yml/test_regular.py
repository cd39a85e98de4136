"""A request that passes for regular is read by every reader, with the `info` that was seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from examples import examples
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st
from lang.yml.test_fuzz import TEXTS, changed

from bruscript.collection import load
from bruscript.lang.yml.document import YmlDocument
from bruscript.lang.yml.items import is_item
from bruscript.lang.yml.regular import heading

SETTINGS = examples(120)

REGULAR = """info:
  name: get user
  type: http
  seq: 3
  tags:
    - smoke
    - "slow"

http:
  method: POST
  url: "{{host}}/users/3?q=1"
  headers:
    - name: accept
      value: application/json
    - name: x-off
      value: 1.10
      description: |-
        not now

        perhaps later
      disabled: true
  params:
    - name: q
      value: "1"
      type: query
  body:
    type: json
    data: |-
      {
        "a": "b",

        "c": "# d: e"
      }
  auth:
    type: bearer
    token: "{{token}}"

runtime:
  variables:
    - name: token
      value: null
  scripts:
    - type: before-request
      code: |-
        bru.setVar("a", 1);
        if (true) {
        }
    - type: tests
      code: test("is there", () => expect(res.status).to.equal(200));
  assertions:
    - expression: res.body.items[0]
      operator: eq
      value: "3"
      disabled: false

settings:
  encodeUrl: true
  timeout: inherit
  followRedirects: true
  maxRedirects: 5
  forwardAuthorizationHeader: true

docs: |-
  # Get a user

  - one
"""
PLAIN = "info:\n  name: a\n  type: http\n\nhttp:\n  method: GET\n  url: http://h/\n  auth: inherit\n"
FORM = PLAIN.replace(
    "  auth: inherit\n",
    "  body:\n    type: form-urlencoded\n    data:\n      - name: a\n        value: b\n"
    "  auth:\n    type: basic\n    username: a\n    password: b\n",
)


def assert_readable(text: str) -> bool:
    """Fail if a text passes for regular and is not; return whether it passes."""
    meta = heading(text)
    if meta is None:
        return False
    document = YmlDocument.parsed(text, "request")
    assert is_item(document.value)
    # libyaml's reading and the quick one, neither of which may raise.
    whole = document.content()
    lazy = YmlDocument(text, "request")
    assert lazy.content() == whole
    assert meta == whole["meta"]
    for script in YmlDocument.parsed(text, "request").scripts():
        assert lazy.content_line(script.block) == script.line
        assert YmlDocument(text, "request").content_line(script.block) == script.line
    return True


@pytest.mark.parametrize("text", [REGULAR, REGULAR.rstrip(), REGULAR.replace("\n\n", "\n"), PLAIN, FORM])
def test_what_bruno_writes_passes(text: str) -> None:
    assert assert_readable(text)


def test_the_corpus() -> None:
    assert sum(assert_readable(text) for _, text in TEXTS) > 5


SCALARS = [
    *(
        "true",
        "null",
        "~",
        "1",
        "1.10",
        "007",
        "0x1f",
        ".inf",
        ".nan",
        "-",
        "- a",
        "a: b",
        "a :",
        "a #b",
        "a#b",
    ),
    *(
        "a:b",
        "''",
        '""',
        "'a' b",
        "'a''b'",
        '"\\n"',
        "'\\'",
        "|",
        "|-",
        ">",
        "|2",
        "&a b",
        "*a",
        "!a b",
        "{}",
        "[]",
    ),
    *(
        "[a]",
        "{a: b}",
        "? a",
        "%a",
        "@a",
        "`a`",
        "a\tb",
        "é",
        "a\xa0",
        "\ufeffa",
        "😀",
        "a  b",
        "a ",
        " a",
        "True",
    ),
    *(
        "Null",
        "nullable",
        "testing",
        "no",
        "yes",
        "---",
        "...",
        "<<",
        "=",
        "2026-01-01",
        "1:30",
        "a,b",
        ".5",
        "+1",
    ),
]


@given(st.data())
@SETTINGS
def test_another_value(data: st.DataObject) -> None:
    lines = data.draw(st.sampled_from([REGULAR, PLAIN, FORM])).split("\n")
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.sampled_from([at for at, line in enumerate(lines) if ": " in line or "- " in line]))
        mark = ": " if ": " in lines[at] else "- "
        lines[at] = lines[at].partition(mark)[0] + mark + data.draw(st.sampled_from(SCALARS))
    assert_readable("\n".join(lines))


@given(st.data())
@SETTINGS
def test_changed_texts(data: st.DataObject) -> None:
    known = [text for _, text in TEXTS if "info:" in text]
    assert_readable(changed(data.draw, data.draw(st.sampled_from([REGULAR, REGULAR, PLAIN, FORM, *known]))))


@given(st.data())
@SETTINGS
def test_lines_in_another_order(data: st.DataObject) -> None:
    lines: list[Any] = data.draw(st.sampled_from([REGULAR, PLAIN, FORM])).split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        one, other = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        if data.draw(st.booleans()):
            lines[one], lines[other] = lines[other], lines[one]
        else:
            lines.insert(one, lines[other])
    assert_readable("\n".join(lines))


@pytest.mark.parametrize(
    ("correct", "wrong"),
    [
        ("disabled: true", "disabled: yes"),
        ("type: query", "type: quary"),
        ("timeout: inherit", "timeout: soon"),
        ("type: tests", "type: post-response"),
        ("seq: 3", "seq: 3\n  seq: 4"),
        ("method: POST", "method: POST: a"),
    ],
)
def test_a_broken_request_is_an_error_when_it_is_loaded(tmp_path: Path, correct: str, wrong: str) -> None:
    assert correct in REGULAR
    (tmp_path / "opencollection.yml").write_text("opencollection: 1.0.0\ninfo:\n  name: x\n")
    (tmp_path / "a.yml").write_text(REGULAR.replace(correct, wrong))
    (tmp_path / "b.yml").write_text(REGULAR)
    collection = load(tmp_path)
    assert [file.path.name for file in collection.skipped] == ["a.yml"]
    assert [request.name for request in collection.requests] == ["get user"]


def test_no_text_takes_more_than_in_proportion() -> None:
    url = PLAIN.partition("http://h/")[0]
    for begin, part in [
        (REGULAR[:-1], "\n"),
        (REGULAR, "  a\n"),
        (REGULAR.partition("runtime")[0], "\n"),
        (REGULAR.partition("http:")[0], "\n"),
        (url, "a "),
        (url, " "),
        (url, "a:"),
        (url, "#"),
        (url + "'", "a"),
        (REGULAR.partition('    - "slow')[0], "    - a\n"),
    ]:
        for end, size in (("\x01", 500), ("!", 1000)):

            def work(size: int, begin: str = begin, part: str = part, end: str = end) -> None:
                heading(begin + part * size + end)

            # No longer than what is looked at: 128 Ki characters.
            assert_linear(work, size)
