"""Comments stay, whatever a script does to the variables beside them."""

from __future__ import annotations

from itertools import count

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from bruscript.lang.yml.document import YmlDocument
from bruscript.lang.yml.edit import remove_entries, set_values

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


def test_the_comment_on_the_line_of_a_key_stays_above_a_block_of_text() -> None:
    text = "variables:\n  - name: a\n    value: # first\n      | # second\n      text\n"
    assert document(text).set("vars", "a", "new").text == (
        "variables:\n  - name: a\n    value: new # first # second\n"
    )


@pytest.mark.parametrize("gap", ["\n", "\n\n", "  \n"])
@pytest.mark.parametrize("rest", ["   # deeper\n", "# ours\n", "color: red\n", ""])
def test_a_block_above_that_keeps_empty_lines_gets_none_of_a_removed_entry(gap: str, rest: str) -> None:
    kept = "name: n\nvariables:\n  - name: a\n    value: |+\n      x\n"
    text = f"{kept}  - name: b\n    value: y\n{gap}{rest}"
    assert remove_entries(document(text), "vars", ["b"]).text == kept + rest


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("comma", ["", ","])
def test_an_added_entry_gets_a_line_of_its_own_where_the_others_have_one(comma: str, newline: str) -> None:
    text = f'variables: [\n  {{name: a, value: "1"}}{comma} # about a\n  # end\n]\n'
    after = set_values(document(text.replace("\n", newline)), "vars", [("b", "x"), ("c", "y")])
    assert after.text.replace(newline, "\n") == (
        'variables: [\n  {name: a, value: "1"}, # about a\n'
        f"  {{name: b, value: x}},\n  {{name: c, value: y}}{comma}\n  # end\n]\n"
    )


FLOW = ["{name: @,& value: 1&}", "{name: @,& value: {type: number,& data: '1'&}&}", "{name: @&}"]
BLOCKS = [
    "name: @&\nvalue: 1&",
    "name: @&\nvalue:&\n  type: number&\n  data: '1'&",
    "name: @&\nvalue: |-\n  text\nother: 1&",
    "{name: @, value: 1}&",
    "name: @&\nvalue: [1,&\n  2]&",
]


@st.composite
def commented(draw: st.DrawFn) -> tuple[str, list[set[str]], set[str]]:
    """Return an environment, the comments within each of its entries, and those about none of them."""
    numbers = count()
    within: list[set[str]] = [set() for _ in range(draw(st.integers(1, 4)))]
    around: set[str] = set()
    flow = draw(st.booleans())

    def comment(group: set[str], margin: str, ending: str) -> str:
        kind = draw(st.integers(0, 3))
        if kind < 2:
            return ending
        text = f"#c{next(numbers)}."
        group.add(text)
        own_line = kind == 3 or (group is around and not flow)
        below = f"\n{margin}{text}" if own_line else f" {text}"
        return below + (f"\n{margin}" if flow else "")

    lines = "variables:" + (" [" if flow else "") + comment(around, "  ", "")
    for at, group in enumerate(within):
        parts = draw(st.sampled_from(FLOW if flow else BLOCKS)).replace("@", f"v{at}").split("&")
        row = parts[0] + "".join(comment(group, "    ", "") + part for part in parts[1:])
        if flow:
            comma = "," if at < len(within) - 1 or draw(st.booleans()) else ""
            lines += draw(st.sampled_from(["", "\n  "])) + row + comma
            # What follows the comma in the same line may be about the entry.
            lines += comment(group, "  ", "")
        else:
            lines += comment(around, "  ", "") + "\n  - " + row.replace("\n", "\n    ")
    lines += "\n]" if flow else ""
    return lines + comment(around, "", "") + "\n", within, around


@given(
    commented(), st.frozensets(st.integers(0, 3)), st.sampled_from(["x", "a\nb", 5, True, ["q"], "", None])
)
@examples(150)
def test_no_comment_is_lost_but_those_of_removed_entries(
    case: tuple[str, list[set[str]], set[str]], chosen: frozenset[int], value: object
) -> None:
    text, within, around = case
    names = {at: f"v{at}" for at in sorted(chosen) if at < len(within)}
    removed = remove_entries(document(text), "vars", names.values()).text
    stay = around.union(*(group for at, group in enumerate(within) if at not in names))
    assert {each for each in stay if removed.count(each) != 1} == set()
    changed = document(text)
    for name in names.values():
        changed = changed.set("vars", name, value)
    assert {each for each in around.union(*within) if changed.text.count(each) != 1} == set()
