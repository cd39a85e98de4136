"""Comments stay, whatever a script does to the variables beside them."""

from __future__ import annotations

import pytest

from bruscript.lang.yml.document import YmlDocument
from bruscript.lang.yml.edit import remove_entries

LINES = """name: n # the name
variables: [
  # first of all
  {name: a, value: "1"}, # about a
  # about b
  {name: b, value: "2"}, # b's
  {name: c, value: {type: number, # typed
      data: "3"}}, # c's
  # before d
  {name: d, value: "4"} # d's
  # end
]
"""
LEADING = """name: n
variables:
  [ {name: a, value: "1"} # aa
  , {name: b, value: "2"} # bb
  , {name: c, value: "3"} ]
"""
MIXED = """name: n
variables: [{name: a, value: "1"}, # aa
  {name: b, value: "2"}, {name: c, value: "3"}, # cc
 ] # all
"""
ONE_LINE = 'name: n\nvariables: [{name: a, value: "1"}, {name: b, value: "2"}, {name: c, value: "3"}] # all\n'
BLOCK = """name: n
variables:
  - name: a # na
    value: # va
      # how many
      type: number # t
      # digits
      data: "1" # one
    # after
  - name: b
    value: x # vb
"""


def document(text: str) -> YmlDocument:
    return YmlDocument.parsed(text, "environment", "e.yml")


def without(text: str, *lines: str) -> str:
    """The text without these of its lines."""
    rest = [line for line in text.splitlines(keepends=True) if line.strip() not in lines]
    assert len(rest) == text.count("\n") - len(lines)
    return "".join(rest)


A, B, D = '{name: a, value: "1"}, # about a', '{name: b, value: "2"}, # b\'s', '{name: d, value: "4"} # d\'s'
C = ("{name: c, value: {type: number, # typed", 'data: "3"}}, # c\'s')


@pytest.mark.parametrize(
    ("names", "lines"),
    [
        *(("a", (A,)), ("b", (B,)), ("c", C), ("d", (D,))),
        *(("ad", (A, D)), ("bc", (B, *C)), ("abcd", (A, B, *C, D))),
    ],
)  # fmt: skip
def test_an_entry_goes_with_its_own_lines_only(names: str, lines: tuple[str, ...]) -> None:
    after = remove_entries(document(LINES), "vars", names)
    assert after.text == without(LINES, *lines)
    one_by_one = document(LINES)
    for name in names:
        one_by_one = one_by_one.remove("vars", name)
    assert one_by_one.text == after.text


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        (ONE_LINE, "a", '[{name: b, value: "2"}, {name: c, value: "3"}] # all\n'),
        (ONE_LINE, "b", '[{name: a, value: "1"}, {name: c, value: "3"}] # all\n'),
        (ONE_LINE, "bc", '[{name: a, value: "1"}] # all\n'),
        (ONE_LINE, "abc", "[] # all\n"),
        (MIXED, "a", '[ # aa\n  {name: b, value: "2"}, {name: c, value: "3"}, # cc\n ] # all\n'),
        (MIXED, "bc", '[{name: a, value: "1"}, # aa\n   # cc\n ] # all\n'),
        (MIXED, "c", '[{name: a, value: "1"}, # aa\n  {name: b, value: "2"}, # cc\n ] # all\n'),
    ],
)
def test_entries_that_share_a_line(text: str, names: str, expected: str) -> None:
    assert remove_entries(document(text), "vars", names).text.partition("variables: ")[2] == expected


@pytest.mark.parametrize("text", [LINES, LEADING, MIXED, ONE_LINE])
@pytest.mark.parametrize("names", ["a", "b", "c", "ab", "bc", "ac", "abc"])
def test_what_is_left_reads_as_it_did(text: str, names: str) -> None:
    before = document(text)
    after = remove_entries(before, "vars", names)
    left = [row for row in before.value["variables"] if row["name"] not in names]
    assert document(after.text).value == {**before.value, "variables": left}
    assert "[#" not in after.text
    assert ",#" not in after.text


@pytest.mark.parametrize("value", ["text", "two\nlines", True, 5, [1], "", None])
def test_a_value_of_another_type_keeps_the_comments_within(value: object) -> None:
    after = document(BLOCK).set("vars", "a", value)
    for comment in ("# na", "# va", "# how many", "# t", "# digits", "# one", "# after", "# vb"):
        assert after.text.count(comment) == 1
    assert document(after.text).value["variables"][1] == document(BLOCK).value["variables"][1]
    flow = document(LINES).set("vars", "c", value)
    for comment in ("# about a", "# typed", "# c's", "# before d"):
        assert flow.text.count(comment) == 1
