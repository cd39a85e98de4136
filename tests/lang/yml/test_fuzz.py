"""What holds for every value and every text."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from examples import examples
from hypothesis import assume, example, given
from hypothesis import strategies as st
from lang.yml.values import PIECES, TEXT, TREE, same
from yaml import YAMLError

from bruscript import BruSyntaxError, Document, parse
from bruscript.lang.js import trim
from bruscript.lang.yml.compose import compose
from bruscript.lang.yml.document import YmlDocument
from bruscript.lang.yml.emit import emit
from bruscript.lang.yml.fitting import fits
from bruscript.lang.yml.format import format_yml
from bruscript.lang.yml.lint import serious
from bruscript.lang.yml.quick import quick
from bruscript.lang.yml.values import Misuse, build

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*/*.yml"))
EXPECTED: dict[str, Any] = json.loads((Path(__file__).parent / "expected.json").read_text("utf-8"))
# In the form that Bruno writes, which the quick reader is for, and as people write it.
TEXTS = [(name, made["text"]) for name, made in EXPECTED.items() if made.get("text")]
TEXTS += [(path.relative_to(path.parents[1]).as_posix(), path.read_bytes().decode()) for path in CORPUS]
few = examples(60)


def readable(value: Any) -> bool:
    """Whether a value has none of the few texts that even the reference reads back changed."""
    if isinstance(value, dict):
        return all(map(readable, value)) and all(map(readable, value.values()))
    if isinstance(value, list):
        return all(map(readable, value))
    # A text of blanks and line ends alone loses blanks.
    return not isinstance(value, str) or value.strip(" \n\t") != "" or "\n" not in value


@few
@given(st.dictionaries(TEXT, TREE, min_size=1, max_size=4))
@example({"a": " \n\n"})
def test_what_is_printed_reads_back(value: dict[str, Any]) -> None:
    assume(readable(value) and not any(key.startswith("\ufeff") for key in value))
    assert same(build(compose(emit(value))), value)


def changed(draw: Any, text: str) -> str:
    """A text with a few changes of the kind that people make."""
    for _ in range(draw(st.integers(0, 3))):
        lines = text.split("\n")
        at = draw(st.integers(0, len(lines) - 1))
        kind = draw(st.integers(0, 5))
        line = lines[at]
        if kind == 0:
            lines[at] = draw(st.sampled_from(["", " ", "  ", "    ", "      "])) + line.strip()
        elif kind == 1:
            lines.insert(at, draw(st.sampled_from(ADDED)))
        elif kind == 2:
            del lines[at]
        else:
            place = draw(st.integers(0, len(line)))
            lines[at] = line[:place] + draw(PIECES) + line[place:]
        text = "\n".join(lines)
    return text


def refusal(work: Callable[[], Any]) -> BruSyntaxError | None:
    try:
        work()
    except BruSyntaxError as error:
        return error
    return None


ADDED = [
    "",
    "   ",
    "# c",
    "  # c",
    "- a",
    "  - name: c",
    "    - d",
    "x",
    "  y",
    "name:",
    "  value: v",
    "code: |",
]
ADDED += ["      text", "...", "---", "{{x}}", "<<<<<<< HEAD", "  name: x", "\tvalue: x", "    disabled: yes"]


@examples(160)
@given(st.data())
def test_the_quick_reader_says_what_the_whole_one_does(data: Any) -> None:
    _, text = data.draw(st.sampled_from(TEXTS))
    text = changed(data.draw, text)
    found = quick(text)
    if found is not None:
        whole = build(compose(text))
        assert same(found.value, whole)
        assert json.dumps(found.value) == json.dumps(whole)


def test_the_quick_reader_reads_what_bruno_writes() -> None:
    printed = [made["text"] for made in EXPECTED.values() if made.get("text")]
    read = [text for text in printed if quick(text) is not None]
    assert len(read) >= 0.8 * len(printed)


@examples(120)
@given(st.data())
def test_every_text_is_read_or_refused_with_its_place(data: Any) -> None:
    name, text = data.draw(st.sampled_from(TEXTS))
    kind: Any = name.partition("/")[0]
    text = changed(data.draw, text)
    error = refusal(lambda: parse(text, kind, format="yml", filename="f.yml").content())
    if error is not None:
        assert error.line >= 1
        assert error.column >= 1
        assert str(error).startswith(f"f.yml:{error.line}:{error.column}: ")
        return
    formatted = format_yml(text, kind)
    assert format_yml(formatted, kind) == formatted
    assert parse(formatted, kind, format="yml").to_json() == parse(text, kind, format="yml").to_json()


@examples(120)
@given(st.data())
def test_what_fits_has_nothing_serious(data: Any) -> None:
    name, text = data.draw(st.sampled_from(TEXTS))
    kind: Any = name.partition("/")[0]
    try:
        composed = compose(changed(data.draw, text))
        value = build(composed)
    except (YAMLError, Misuse):
        assume(False)
    if isinstance(value, dict) and fits(value, kind):
        assert serious(composed.root, kind) is None


@few
@given(st.data())
def test_json_is_printed_so_that_it_reads_back(data: Any) -> None:
    names = [name for name, made in EXPECTED.items() if "json" in made and "infinite" not in str(made)]
    name = data.draw(st.sampled_from(names))
    kind: Any = name.partition("/")[0]
    # What Bruno has printed once has all its defaults, so that nothing is added any more.
    first = Document.from_json(EXPECTED[name]["json"], kind, format="yml").to_json()
    # An assertion loses blanks at its ends.
    texts = data.draw(st.lists(TEXT.map(trim), min_size=1, max_size=4))
    _fill(first, texts)
    assume(readable(first))
    second = Document.from_json(first, kind, format="yml")
    again = Document.from_json(second.to_json(), kind, format="yml")
    assert again.to_json() == second.to_json()
    # An empty text may be one that is left out the next time.
    assert Document.from_json(again.to_json(), kind, format="yml").text == again.text


def _fill(value: Any, texts: list[str]) -> None:
    """Put texts where names and values are."""
    if isinstance(value, list):
        for item in value:
            _fill(item, texts)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in ("name", "value", "json", "req", "description", "url") and isinstance(item, str):
                texts.append(texts.pop(0))
                value[key] = texts[-1]
            else:
                _fill(item, texts)


@few
@given(st.text(max_size=200))
def test_any_text_at_all(text: str) -> None:
    for kind in ("request", "environment"):
        error = refusal(partial(YmlDocument.composed, text, kind))
        assert error is None or str(error)
