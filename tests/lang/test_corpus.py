"""The corpus: every rule of the language, what it means, and what is said of broken files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lark import Lark, UnexpectedInput

from bruscript.lang import BruSyntaxError, Kind, parse
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.bru.tables import grammar_directory

CORPUS = Path(__file__).parents[2] / "fixtures" / "language"
KINDS = ("request", "collection", "environment")


def files(*kinds: str) -> list[Any]:
    return [
        pytest.param(kind, file, id=f"{kind}-{file.stem}")
        for kind in kinds
        for file in sorted((CORPUS / kind).glob("*.bru"))
    ]


@pytest.mark.parametrize(("kind", "file"), files(*KINDS))
def test_json(kind: Any, file: Path) -> None:
    document = parse(file.read_bytes().decode(), kind)
    wanted = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(document.to_json())) == wanted
    assert document.text == file.read_bytes().decode()


@pytest.mark.parametrize(("kind", "file"), files("broken"))
def test_message(kind: str, file: Path) -> None:
    with pytest.raises(BruSyntaxError) as caught:
        parse(file.read_bytes().decode(), filename=file.name)
    assert str(caught.value) + "\n" == file.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def larks() -> dict[str, Lark]:
    return {
        kind: Lark.open(str(grammar_directory() / f"{kind}.lark"), parser="lalr", lexer="contextual")
        for kind in KINDS
    }


@pytest.mark.parametrize(("kind", "file"), files(*KINDS))
def test_lark_itself_takes_the_same(larks: dict[str, Lark], kind: Kind, file: Path) -> None:
    tree = larks[kind].parse(file.read_bytes().decode())
    # A block that is one token begins with its name, too.
    names = [str(block.children[0]).partition("{")[0].rstrip(" \t") for block in tree.children]
    assert names == [
        block.name if block.name != "color" else names[at]
        for at, block in enumerate(BruDocument.parsed(file.read_bytes().decode(), kind).blocks)
    ]


BEYOND_THE_GRAMMAR = {"ntlm-without-domain", "assert-list"}


@pytest.mark.parametrize(("kind", "file"), files("broken"))
def test_lark_itself_rejects_the_same(larks: dict[str, Lark], kind: str, file: Path) -> None:
    if file.stem in BEYOND_THE_GRAMMAR:
        larks["request"].parse(file.read_text())
    else:
        with pytest.raises(UnexpectedInput):
            larks["request"].parse(file.read_bytes().decode())
