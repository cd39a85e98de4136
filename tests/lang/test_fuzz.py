"""Whatever the text, the answer is a document or a BruSyntaxError with a place in the text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from lang.bru_strategies import documents

from bruscript.lang import BruSyntaxError
from bruscript.lang.bru.document import BruDocument

CORPUS = Path(__file__).parents[2] / "fixtures" / "language"
# BRUSCRIPT_EXAMPLES=10000 makes a run by hand of hours.
SETTINGS = examples(40)
KINDS = ("request", "collection", "environment")
TOKENS = [
    "{",
    "}",
    "\n",
    "\n}",
    "\r\n",
    "\r",
    " ",
    "\t",
    ":",
    "'''",
    "'",
    '"',
    "\\",
    "@",
    "(",
    ")",
    "[",
    "]",
    ",",
    "~",
    "a",
]
TOKENS += [
    "meta {",
    "headers {",
    "body:json {",
    "vars {",
    "vars:secret [",
    "color:",
    "example {",
    "request: {",
    "tests {",
]
TOKENS += [
    "response: {",
    "body: {",
    "content: '''",
    "@number\n",
    "@contentType(",
    "\x00",
    "\ufeff",
    "\u2028",
    "\ud800",
]


def check_place(text: str, error: BruSyntaxError) -> None:
    lines = text.split("\n")
    assert 1 <= error.line <= len(lines)
    assert 1 <= error.column <= len(lines[error.line - 1]) + 1
    assert str(error).startswith(f"f.bru:{error.line}:{error.column}: ")


def check(text: str, kind: Any) -> None:
    try:
        document = BruDocument.parsed(text, kind, "f.bru")
    except BruSyntaxError as error:
        check_place(text, error)
        return
    document.to_json()
    for block in document.blocks:
        assert text[block.start : block.end].startswith(block.name)


@pytest.mark.parametrize("kind", KINDS)
def test_text(kind: str) -> None:
    SETTINGS(given(st.text())(lambda text: check(text, kind)))()


@pytest.mark.parametrize("kind", KINDS)
def test_tokens(kind: str) -> None:
    SETTINGS(
        given(st.lists(st.sampled_from(TOKENS), max_size=40).map("".join))(lambda text: check(text, kind))
    )()


@pytest.mark.parametrize("kind", KINDS)
def test_documents(kind: str) -> None:
    SETTINGS(given(documents(kind))(lambda text: check(text, kind)))()


@pytest.mark.parametrize("kind", KINDS)
def test_mutated_files(kind: str) -> None:
    texts = [file.read_bytes().decode() for file in sorted(CORPUS.glob("*/*.bru"))]

    @SETTINGS
    @given(st.sampled_from(texts), st.floats(0, 1), st.integers(0, 9), st.sampled_from(TOKENS))
    def run(text: str, place: float, cut: int, token: str) -> None:
        at = int(place * len(text))
        check(text[:at] + token + text[at + cut :], kind)

    run()


LONG = 60_000


@pytest.mark.parametrize(
    "text",
    [
        "headers {\n  a: b\n" + " " * LONG + "x",
        "headers {\n  a: b\n" + "\n" * LONG + "x",
        "headers {\n  a: b" + "\n " * LONG + "x",
        "headers {" + "\n" * LONG + "x",
        "headers {\n" + '"a' * LONG + "\n}",
        'headers {\n"' + '\\"' * LONG + "\n}",
        "headers {\n" + "@a('\n" * LONG + "x: y\n}",
        "headers {\n" + '@a("\n' * LONG + "x: y\n}",
        "headers {\n" + "@a('''\n" * LONG + "x: y\n}",
        "headers {\n" + "a: '''\n" * LONG + "\n}",
        "meta {\n" + "  a: [\n" * LONG + "\n}",
        "meta {\n  a: [\n" + "    x\n" * LONG + "}",
        "meta {\n  a: [\n" + "\n" * LONG + "}",
        "meta {\n  a: [\n  x" + " " * LONG + "y\n ]\n}",
        "headers {\na: '''x'''" + " " * LONG + "@contentType(\n}",
        "body:multipart-form {\n a: " + " @contentType(" * LONG + "\n}",
        "body:multipart-form {\n a: x" + " " * LONG + "y\n}",
        "headers {\n a: b\n" + "\n\x01" * LONG + "x",
        "example {\n  request: {\n" + "    headers: {\n" * LONG + "  }\n}",
    ],
    ids=lambda text: text[:20].replace("\n", " "),
)
def test_no_text_takes_time_out_of_proportion(text: str) -> None:
    # Where a pattern tried every split of such a text, this would take minutes.
    check(text, "request")
