"""Formatting keeps the meaning, and has nothing to do twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from examples import examples
from hypothesis import given
from lang.bru_strategies import documents

from bruscript.lang import BruSyntaxError, parse
from bruscript.lang.bru.format import format_bru
from bruscript.lang.tags import tags_of

CORPUS = Path(__file__).parents[2] / "fixtures" / "language"
KINDS = ("request", "collection", "environment")
FILES = [(kind, file) for kind in KINDS for file in sorted((CORPUS / kind).glob("*.bru"))]


def meaning(text: str, kind: Any) -> Any:
    data = parse(text, kind).to_json()
    if isinstance(data.get("meta"), dict) and "tags" in data["meta"]:
        data["meta"]["tags"] = tags_of(data["meta"])
    return data


def check(text: str, kind: Any) -> None:
    result = format_bru(text, kind)
    assert meaning(result, kind) == meaning(text, kind)
    assert format_bru(result, kind) == result


@pytest.mark.parametrize(("kind", "file"), FILES, ids=lambda value: getattr(value, "stem", value))
def test_corpus(kind: str, file: Path) -> None:
    check(file.read_bytes().decode(), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_any_document(kind: str) -> None:
    @examples(40)
    @given(documents(kind))
    def run(text: str) -> None:
        try:
            parse(text, kind)  # type: ignore[arg-type]
        except BruSyntaxError:
            return
        check(text, kind)

    run()


def test_what_bruno_would_write() -> None:
    wanted = "meta {\n  name: x\n  type: http\n  seq: 1\n}\n\nget {\n  url: a\n}\n\n"
    messy = (
        "get {\r\n\r\n   url:a\n}\nmeta { name:   x\n    type: http\n seq: 1\n}headers {\nb:c\n\n\n~d: e\n}"
    )
    assert format_bru(messy) == wanted + "headers {\n  b: c\n  ~d: e\n}\n"


@pytest.mark.parametrize(
    ("written", "formatted"),
    [
        ("smoke", "[\n    smoke\n  ]"),
        ("[a, 'b-c',d_e]", "[\n    a\n    b-c\n    d_e\n  ]"),
        ("[]", "[]"),
        ("v1.2", "v1.2"),
    ],
)
def test_tags_on_one_line_become_a_list(written: str, formatted: str) -> None:
    text = "meta {\n  name: x\n  type: http\n  seq: 2\n  tags: %s\n}\n"
    result = format_bru(text % written)
    assert result == text % formatted
    assert format_bru(result) == result


def test_a_folder_has_its_tags_on_one_line() -> None:
    text = "meta {\n  name: x\n  tags: [a, b]\n}\n"
    assert format_bru(text, "folder") == text
    with pytest.raises(BruSyntaxError, match="Write the items on this line: a, b"):
        format_bru(text.replace("[a, b]", "[\n    a\n  ]"), "folder")


def test_what_bruno_would_lose_stays() -> None:
    text = "meta {\n   name: x\n   unknown: 1\n}\nauth:basic {\n  username: a\n  password: b\n  more: c\n}\n"
    assert format_bru(text) == (
        "meta {\n  name: x\n  unknown: 1\n}\n\nauth:basic {\n  username: a\n  password: b\n  more: c\n}\n"
    )


def test_order_that_bruno_would_change_stays() -> None:
    text = "headers {\n ~off: 1\n on: 2\n}\n"
    assert format_bru(text) == "headers {\n  ~off: 1\n  on: 2\n}\n"


def test_additional_parameters_stay() -> None:
    text = (
        "auth:oauth2 {\n  grant_type: client_credentials\n  token_placement: header\n}\n"
        "auth:oauth2:additional_params:access_token_req:body {\n  audience: api\n}\n"
    )
    assert "access_token_req:body {\n  audience: api\n}" in format_bru(text)


def test_a_broken_file_is_an_error() -> None:
    with pytest.raises(BruSyntaxError):
        format_bru("get {")
