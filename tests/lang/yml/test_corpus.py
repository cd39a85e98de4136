"""The corpus: every file parses to the reference's JSON, or is refused as there, and prints as it does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bruscript import BruSyntaxError, Document, parse
from bruscript.lang.yml import compose as composing
from bruscript.lang.yml.document import YmlDocument
from bruscript.lang.yml.printer import print_yml
from bruscript.lang.yml.reader import read
from bruscript.lang.yml.scalars import unspelled

CORPUS = Path(__file__).parent / "corpus"
# What the reference made of each file; tests/compat/test_yml_language.py compares it with the reference.
EXPECTED: dict[str, Any] = json.loads((Path(__file__).parent / "expected.json").read_text("utf-8"))
PARSED = [name for name, made in EXPECTED.items() if "json" in made]
REFUSED = [name for name, made in EXPECTED.items() if "refused" in made]


def source(name: str) -> tuple[str, Any]:
    return (CORPUS / name).read_bytes().decode(), name.partition("/")[0]


def test_the_corpus_is_whole() -> None:
    assert sorted(EXPECTED) == sorted(path.relative_to(CORPUS).as_posix() for path in CORPUS.glob("*/*.yml"))
    assert len(PARSED) >= 90
    assert len(REFUSED) >= 30


@pytest.mark.parametrize("name", PARSED)
def test_parses_to_the_references_json(name: str) -> None:
    text, kind = source(name)
    document = parse(text, kind, format="yml", filename=name)
    assert document.format == "yml"
    assert document.to_json() == EXPECTED[name]["json"]
    json.dumps(document.to_json(), allow_nan=False)


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_what_the_reference_refuses(name: str) -> None:
    text, kind = source(name)
    with pytest.raises(BruSyntaxError) as refused:
        parse(text, kind, format="yml", filename=name)
    assert refused.value.filename == name
    lines = text.split("\n")
    assert 1 <= refused.value.line <= len(lines)
    assert refused.value.source_line == lines[refused.value.line - 1].removesuffix("\r")
    assert 1 <= refused.value.column <= len(refused.value.source_line) + 1


@pytest.mark.parametrize("name", PARSED)
def test_prints_as_the_reference_does(name: str) -> None:
    text, kind = source(name)
    printed = print_yml(read(unspelled(YmlDocument.parsed(text, kind).value), kind), kind)
    assert printed == EXPECTED[name]["text"]
    # What it has written itself, it reads and writes again without a change.
    again = Document.from_json(parse(printed, kind, format="yml").to_json(), kind, format="yml")
    if name != "request/typed-variables.yml":
        # It has an infinity there, which JSON has not.
        assert again.text == printed


@pytest.mark.parametrize("name", PARSED)
def test_reads_the_same_without_libyaml(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composing, "CParser", None)
    monkeypatch.setattr(composing, "_loader", composing._PythonParser)
    text, kind = source(name)
    assert parse(text, kind, format="yml").to_json() == EXPECTED[name]["json"]


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_the_same_without_libyaml(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composing, "CParser", None)
    monkeypatch.setattr(composing, "_loader", composing._PythonParser)
    text, kind = source(name)
    with pytest.raises(BruSyntaxError):
        parse(text, kind, format="yml")
