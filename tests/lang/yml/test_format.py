"""The canonical form of YAML files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bruscript import parse
from bruscript.lang.format import format_text
from bruscript.lang.yml.format import format_yml

CORPUS = Path(__file__).parent / "corpus"
EXPECTED: dict[str, Any] = json.loads((Path(__file__).parent / "expected.json").read_text("utf-8"))
PRINTED = [name for name, made in EXPECTED.items() if made.get("text")]

WRITTEN = """\
info:
  type: http
  name: x # n
  # below name
# above http
http:
  url: '{{a}}'   # url
  method: GET
  headers:
    - value: b
      name: a
      # in item
    # - name: c
    #   value: d
  body:
    data: |  # block
      x
    type: text
  own: 1.10
settings: {encodeUrl: true}
# tail
"""
FORMATTED = """\
info:
  name: x # n
  # below name
  type: http

# above http
http:
  method: GET
  url: "{{a}}" # url
  headers:
    - name: a
      # in item
      value: b
    # - name: c
    #   value: d
  body:
    type: text
    data: | # block
      x
  own: 1.10

settings:
  encodeUrl: true
# tail
"""


def test_keys_and_texts_are_brunos_and_comments_stay() -> None:
    assert format_yml(WRITTEN) == FORMATTED
    assert format_yml(FORMATTED) == FORMATTED
    assert format_text(WRITTEN, format="yml") == FORMATTED
    assert format_yml(WRITTEN.replace("\n", "\r\n")) == FORMATTED


@pytest.mark.parametrize("name", PRINTED)
def test_what_bruno_writes_stays(name: str) -> None:
    kind: Any = name.partition("/")[0]
    assert format_yml(EXPECTED[name]["text"], kind) == EXPECTED[name]["text"]


@pytest.mark.parametrize("name", PRINTED)
def test_the_meaning_stays_and_nothing_is_added(name: str) -> None:
    kind: Any = name.partition("/")[0]
    text = (CORPUS / name).read_bytes().decode()
    formatted = format_yml(text, kind)
    before, after = parse(text, kind, format="yml"), parse(formatted, kind, format="yml")
    assert after.to_json() == before.to_json()
    assert after.value == before.value  # type: ignore[attr-defined]
    assert format_yml(formatted, kind) == formatted


@pytest.mark.parametrize(
    "text",
    [
        "info: {name: &a x, type: http}\nhttp: {url: *a}\n",
        "info: {name: !own x, type: http}\n",
        "%YAML 1.2\n---\ninfo: {name: x, type: http}\n",
        "info: # one\n  {name: x, # two\n  type: http}\nhttp:\n  - # three\n    a\n",
    ],
)
def test_leaves_alone_what_would_not_survive(text: str) -> None:
    assert format_yml(text) == text
