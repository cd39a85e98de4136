"""Documents: their tree, their lines, their text."""

from __future__ import annotations

import pytest

import bruscript.lang
from bruscript.lang import BruSyntaxError, Document, parse
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.nodes import Color, Dictionary, Secrets, Text

REQUEST = """\
meta {
  name: A
}

headers {
  @description('one')
  @other
  ~"a b": c

  d: '''
    lines
  '''
}

script:pre-request {

  first();
}

tests {
  one();
}

tests {
  two();
}
"""


def test_nodes_know_their_lines_and_spans() -> None:
    document = BruDocument.parsed(REQUEST, "request", "a.bru")
    meta, headers, script, _, tests = document.blocks
    assert [block.line for block in document.blocks] == [1, 5, 15, 20, 24]
    assert isinstance(meta, Dictionary)
    assert isinstance(headers, Dictionary)
    first, second = headers.pairs
    assert (first.key, first.name, first.enabled, first.value, first.line) == ("~a b", "a b", False, "c", 8)
    assert [(a.name, a.value, a.line) for a in first.annotations] == [
        ("description", "one", 6),
        ("other", None, 7),
    ]
    assert (second.key, second.value, second.line) == ("d", "lines", 10)
    assert REQUEST[first.start : first.end] == "@description('one')\n  @other\n  ~\"a b\": c"
    assert REQUEST[first.key_start : first.value_start] == '~"a b": '
    assert REQUEST[second.value_start : second.end] == "'''\n    lines\n  '''"
    assert REQUEST[headers.start : headers.end].startswith("headers {")
    assert REQUEST[headers.close : headers.end] == "\n}"
    assert isinstance(script, Text)
    assert script.source == "  first();"
    assert isinstance(tests, Text)
    assert REQUEST[tests.content_start :].startswith("  two();")


def test_nodes_cannot_be_changed() -> None:
    meta = BruDocument.parsed(REQUEST, "request").blocks[0]
    assert isinstance(meta, Dictionary)
    pair = meta.pairs[0]
    with pytest.raises(AttributeError):
        pair.key = "x"  # type: ignore[misc]


def test_content_line_is_that_of_the_last_block_of_the_name() -> None:
    document = parse(REQUEST)
    assert document.content_line("script:pre-request") == 17
    assert document.content_line("tests") == 25
    assert document.content_line("headers") == 8
    assert document.content_line("docs") is None


def test_environment_nodes() -> None:
    text = "vars {\n  a: 1\n}\nvars:secret [\n  @number\n  s,\n  ~t\n]\ncolor: red\n"
    variables, secrets, color = BruDocument.parsed(text, "environment").blocks
    assert isinstance(variables, Dictionary)
    assert isinstance(secrets, Secrets)
    assert [(item.name, item.line, text[item.start : item.end]) for item in secrets.items] == [
        ("s", 6, "@number\n  s"),
        ("~t", 7, "~t"),
    ]
    assert isinstance(color, Color)
    assert (color.value, color.line) == ("red", 9)


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(ValueError, match="kind is 'folders', expected one of request, collection, folder"):
        parse("", "folders")  # type: ignore[arg-type]


def test_a_folder_has_the_language_of_a_collection() -> None:
    text = "auth {\n  mode: inherit\n}\n"
    assert (
        parse(text, "folder").to_json()
        == parse(text, "collection").to_json()
        == {"auth": {"mode": "inherit"}}
    )


def test_the_error_says_where() -> None:
    with pytest.raises(BruSyntaxError) as caught:
        parse("get {\n\turl a\n}\n", filename="x.bru")
    error = caught.value
    assert (error.line, error.column, error.filename, error.source_line) == (2, 6, "x.bru", "\turl a")
    assert (error.found, error.expected) == ("`a`", "`:` after the key `url`")
    assert (
        str(error) == "x.bru:2:6: found `a`, expected `:` after the key `url`\n  2 | \turl a\n    | \t    ^"
    )
    assert isinstance(error, ValueError)


def test_the_error_sends_nothing_to_the_terminal_that_it_would_obey() -> None:
    with pytest.raises(BruSyntaxError) as caught:
        parse("get {\n  url \x1b[2J\n}\n")
    assert "\x1b" not in str(caught.value)
    assert "url \ufffd[2J" in str(caught.value)


def test_from_json_gives_the_text_even_if_it_cannot_be_read() -> None:
    document = Document.from_json({"headers": [{"name": "a\nb", "value": "c", "enabled": True}]}, "request")
    assert document.text == "headers {\n  a\n  b: c\n}\n"
    with pytest.raises(BruSyntaxError):
        document.to_json()


def test_from_json_leaves_its_data_alone() -> None:
    data = {"meta": {"name": "a", "tags": ["x"]}}
    Document.from_json(data, "request")
    assert data == {"meta": {"name": "a", "tags": ["x"]}}


def test_a_name_that_is_not_text_is_refused() -> None:
    with pytest.raises(ValueError, match="a name must be text"):
        Document.from_json({"headers": [{"value": "c", "enabled": True}]}, "request")


def test_ten_megabytes_and_a_hundred_thousand_pairs() -> None:
    line = '  {"key": "some value of a body"},\n'
    body = parse("body:json {\n" + line * 300_000 + "}\n")
    assert len(body.to_json()["body"]["json"]) == 300_000 * (len(line) - 2) - 1
    pairs = parse("headers {\n" + "  a: b\n" * 100_000 + "}\n")
    assert len(pairs.to_json()["headers"]) == 100_000


def test_the_public_names() -> None:
    assert set(bruscript.lang.__all__) == {"BruSyntaxError", "Document", "Format", "Kind", "parse"}
