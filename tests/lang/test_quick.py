"""Files that are read without the automaton mean what it makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from examples import examples
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st
from lang.bru_strategies import DICTIONARIES, TEXTS, documents

from bruscript.lang import BruSyntaxError
from bruscript.lang.bru import blocks, quick
from bruscript.lang.bru.build import automaton
from bruscript.lang.bru.document import BruDocument, syntax_tree

CORPUS = Path(__file__).parents[2] / "fixtures" / "language"
SETTINGS = examples(120)
GRAMMARS: dict[str, Any] = {
    "request": blocks.REQUEST,
    "collection": blocks.COLLECTION,
    "environment": ("vars", "vars:secret"),
}


def assert_same(text: str, grammar: Any) -> bool:
    """Fail if the quick reader differs from the automaton on a text; return whether it reads the text."""
    found = quick.sections(text, grammar)
    if found is None:
        return False
    tree = syntax_tree(text, grammar)
    assert quick.tree(text, grammar) == tree
    document = BruDocument(text, grammar)
    expected = BruDocument(text, grammar, tree)
    assert document.to_json() == expected.to_json()
    assert document.content() == expected.content()
    heading = quick.heading(text, found) if grammar == "request" else None
    if heading is not None:
        assert heading == expected.content().get("meta", {})
    return True


def mostly(usual: list[str], odd: list[str]) -> st.SearchStrategy[str]:
    """One of the usual texts, and one time in ten an odd one."""
    return st.integers(0, 9).flatmap(lambda number: st.sampled_from(usual if number else odd))


KEYS = mostly(
    ["a", "~a", "seq", "x-b", "a.b[0]", "$a", "-", 'a"b', "name", "ä"],
    ["~~a", "a\ufeff", '~"a', "__proto__", "@a", '"a"', "", "a b"],
)
VALUES = mostly(
    ["b", "", "{{a}}", "x: y", "1", "é\xa0", "b \t", "a [", "b\x1c", "a\ufeff", "a'''"],
    ["[", "'a", "'''", "\ufeffb", "\x0bb", "[a]", "[\n    smoke\n  ]"],
)
LISTS = mostly(
    ["[\n    smoke\n  ]", "[\n    a\n    b-c\n  ]", "[\r\n a\r\n]"],
    ["[\n    é\n  ]", "[\n  ]", "[\n    a\n\n  ]", "[\n    a\n  ] "],
)
LINES = mostly(["  a", "a", "  a: b", "", "  }", "\t", "    if (x) {", "  \x1c"], ["\r", "}", "}a"])


@st.composite
def regular(draw: st.DrawFn, grammar: str) -> str:
    """Texts of which most are regular, and many nearly."""
    end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    parts = [draw(mostly(["", "\n"], [" \t", "\ufeff", "\x00"]))]
    for _ in range(draw(st.integers(0, 4))):
        if draw(st.booleans()):
            name = draw(st.sampled_from([*DICTIONARIES[grammar], "meta", "meta", "headers"]))
            values = VALUES | LISTS if name == "meta" else VALUES
            pairs = draw(st.lists(st.tuples(KEYS, values), min_size=1, max_size=3))
            colon = draw(st.sampled_from([": ", ": ", ":", " :\t"]))
            lines = [f"  {key}{colon}{value}" for key, value in pairs]
        else:
            name = draw(st.sampled_from(TEXTS[grammar]))
            lines = draw(st.lists(LINES, min_size=1, max_size=4))
        opening = draw(mostly([" {", "{", "\t{"], [" { ", " {\n"]))
        gap = draw(mostly(["\n\n", "", "\n", " ", end], ["x", "\xa0"]))
        parts.append(f"{name}{opening}{end}{end.join(lines)}{end}}}{gap}")
    return "".join(parts)


@pytest.mark.parametrize("grammar", GRAMMARS)
@given(data=st.data())
@SETTINGS
def test_random_texts(grammar: str, data: st.DataObject) -> None:
    texts = environments() if grammar == "environment" else regular(grammar)
    assert_same(data.draw(texts | documents(grammar)), grammar)


ITEMS = mostly(["a", "~a", "b-c", "x.y", "$a"], ["", "@a", "a b", "é", "~", '"a"', "[", "a]", "\ufeff"])
COMMAS = mostly([",\n  ", ",\r\n  ", ", \n"], [",", "\n,\n", ",\n\n", " ,\n", "\n"])


@st.composite
def environments(draw: st.DrawFn) -> str:
    """Environments of which most are regular, and many nearly."""
    end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    parts = [draw(mostly(["", "\n"], [" \t", "\ufeff"]))]
    for _ in range(draw(st.integers(0, 3))):
        gap = draw(mostly(["\n\n", "", "\n", " ", end], ["x", "\xa0"]))
        if draw(st.booleans()):
            name = draw(mostly(["vars"], ["vars:externalsecrets:x", "meta"]))
            pairs = draw(st.lists(st.tuples(KEYS, VALUES | LISTS), min_size=1, max_size=3))
            lines = end.join(f"  {key}{draw(st.sampled_from([': ', ':']))}{value}" for key, value in pairs)
            parts.append(f"{name} {{{end}{lines}{end}}}{gap}")
        else:
            items = draw(st.lists(st.tuples(ITEMS, COMMAS), min_size=1, max_size=3))
            names = "".join(f"{item}{comma}" for item, comma in items[:-1]) + items[-1][0]
            opening = draw(mostly([" [", "["], [" [ ", "\n["]))
            closing = draw(mostly([f"{end}]", f"{end}  ]"], ["]", " ]", f",{end}]", "\n\n]"]))
            parts.append(f"vars:secret{opening}{draw(mostly([end + '  '], ['', ' ']))}{names}{closing}{gap}")
    return "".join(parts)


CORPUS_FILES = sorted(path for path in CORPUS.rglob("*.bru"))


@pytest.mark.parametrize("path", CORPUS_FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_corpus(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "replace")
    for grammar in GRAMMARS:
        for lines in (text, text.replace("\n", "\r\n"), text.rstrip(), text[: len(text) // 2]):
            assert_same(lines, grammar)


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_each_block_is_read_as_the_grammar_has_it(grammar: str) -> None:
    for name in [*blocks.REQUEST, *blocks.COLLECTION, "vars", "unknown"]:
        for content in ("  a: b\n", "  text {\n  }\n", "  password: a\n  username: b\n"):
            text = f"{name} {{\n{content}}}\n"
            if assert_same(text, grammar):
                assert name in GRAMMARS[grammar]


REGULAR = """meta {
  name: get user
  type: http
  seq: 3
  tags: [
    smoke
    slow
  ]
}

get {
  url: {{host}}/users/3?q[a]=1
  body: none
  auth: inherit
}

headers {
  accept: application/json
  ~x-off: 1
}

assert {
  res.status: eq 200
  res.body.items[0].id: eq 3
}

tests {
  test("is there", function() {
    expect(res.getStatus()).to.equal(200);
  });
}
"""


@pytest.mark.parametrize("text", [REGULAR, REGULAR.replace("\n", "\r\n"), REGULAR.replace("\n\n", "\n")])
def test_what_bruno_writes_is_read_the_quick_way(text: str) -> None:
    assert assert_same(text, "request")
    document, meta = BruDocument.outlined(text)
    assert meta == {"name": "get user", "type": "http", "seq": "3", "tags": ["smoke", "slow"]}
    assert document.content()["meta"] == meta


@pytest.mark.parametrize("at", range(0, len(REGULAR), 7))
def test_a_broken_file_is_the_same_error(at: int) -> None:
    text = REGULAR[:at] + "}\n{" + REGULAR[at:]
    assert_same(text, "request")
    if quick.sections(text, "request") is None:
        try:
            expected: Any = automaton("request").parse(text)
        except Exception:
            with pytest.raises(BruSyntaxError):
                BruDocument.parsed(text, "request")
        else:
            assert BruDocument.parsed(text, "request").blocks == expected


@pytest.mark.parametrize(
    "text",
    [
        "meta {\n  a: b\n}\nmeta {\n  c: d\n}\n",
        "auth:ntlm {\n  password: a\n}\n",
        "body:file {\n  __proto__: a\n}\n",
        "example {\n  name: x\n}\n",
        "headers {\n  a: [\n    b\n  ]\n}\n",
    ],
)
def test_what_may_be_refused_later_is_left_to_the_automaton(text: str) -> None:
    found = quick.sections(text, "request")
    assert found is None or quick.heading(text, found) is None


def test_no_text_takes_more_than_in_proportion() -> None:
    for begin, part in [
        ("meta {\n", "  a: b\n"),
        ("meta {\n  tags: [\n", "    a\n"),
        ("tests {\n", "\n"),
        ("tests {\n", "a\n"),
        ("meta {\n", "  a"),
        ("", "meta {\n  a: b\n}\n"),
        ("meta ", " "),
    ]:

        def work(size: int, begin: str = begin, part: str = part) -> None:
            quick.sections(begin + part * size, "request")

        assert_linear(work, 2000)
