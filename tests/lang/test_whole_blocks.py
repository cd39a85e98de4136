"""Blocks that the lexer takes whole read as they do token by token."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from lang.bru_strategies import documents

from bruscript.lang import BruSyntaxError
from bruscript.lang.bru import build
from bruscript.lang.bru.automaton import Automaton, Unexpected
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.bru.tables import load_tables

CORPUS = Path(__file__).parents[2] / "fixtures" / "language"
SETTINGS = examples(80)


@cache
def token_by_token(grammar: str) -> Automaton:
    table = load_tables()[grammar]
    terminals = {name: p for name, p in table["terminals"].items() if name not in ("PLAIN", "VERBATIM")}
    assert len(terminals) == len(table["terminals"]) - 2
    return Automaton({**table, "terminals": terminals}, build.ACTIONS[grammar])


@pytest.fixture(autouse=True)
def no_quick_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every text read by the automaton."""
    monkeypatch.setattr("bruscript.lang.bru.quick.sections", lambda *_: None)


def outcome(text: str, grammar: Literal["request", "collection"]) -> Any:
    try:
        return BruDocument.parsed(text, grammar).blocks
    except BruSyntaxError:
        # Where the text goes wrong behind a whole block, its message knows that the block is complete.
        return "an error"


def expected(text: str, grammar: Literal["request", "collection"]) -> Any:
    automaton = token_by_token(grammar)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bruscript.lang.bru.document.automaton", lambda _: automaton)
        return outcome(text, grammar)


CORPUS_FILES = sorted(path for path in CORPUS.rglob("*.bru") if path.parent.name != "environment")


@pytest.mark.parametrize("path", CORPUS_FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_corpus(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "replace")
    for grammar in ("request", "collection"):
        for lines in (text, text.replace("\n", "\r\n")):
            assert outcome(lines, grammar) == expected(lines, grammar)


ODD = [
    "\n",
    "\r\n",
    "\n}",
    "\r\n}",
    "}\n",
    "meta {",
    "tests {",
    "headers {\n",
    "  a: b\n",
    "  a :\n",
    " ~a: b \n",
    "a:b",
    ":",
    "  a: '''\n",
    "  @a\n",
    '  "a": b\n',
    "  a: [\n  b\n  ]\n",
    " ",
    "\t",
    "\x0b",
    "\xa0",
    "\r",
    "x",
    "assert {\n",
    "  res.status: eq 1\n",
    "get {\n",
    "  __proto__: a\n",
    "body:file {\n",
    "script:pre-request {\n",
]


@given(
    st.one_of(
        documents("request"),
        documents("collection"),
        st.lists(st.sampled_from(ODD), max_size=14).map("".join),
    )
)
@SETTINGS
def test_anything(text: str) -> None:
    assert outcome(text, "request") == expected(text, "request")
    assert outcome(text, "collection") == expected(text, "collection")


@pytest.mark.parametrize("text", ["tests {\r\n}\r\n", "tests {\n}\n", "tests {\n\n}\n}\n"])
def test_an_empty_text_stays_an_error_or_what_it_was(text: str) -> None:
    with pytest.raises(Unexpected):
        token_by_token("request").parse(text + "x")
    assert outcome(text, "request") == expected(text, "request")
