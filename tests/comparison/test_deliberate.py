"""Rules for differences on purpose: each has its row, and fits only what it is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from bruscript.collection import load
from bruscript.comparison.arrival import Arrival, Headers
from bruscript.comparison.deliberate import PAGE, RULES, judge
from bruscript.comparison.reports import Difference
from bruscript.comparison.wire import NOT_SENT, Sent

ROOT = Path(__file__).parents[2]


def test_every_rule_has_its_row_in_its_section() -> None:
    rows: dict[str, list[str]] = {}
    section = ""
    for line in (ROOT / PAGE).read_text("utf-8").splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.startswith("| "):
            rows.setdefault(section, []).append(line.removeprefix("| "))
    for rule in RULES:
        assert [row for row in rows[rule.section] if row.startswith(rule.row)], str(rule)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "bruno.json": '{"version": "1", "name": "c", "type": "collection", "ignore": ["old"]}',
        "collection.bru": "auth {\n  mode: bearer\n}\n\nauth:bearer {\n  token: t\n}\n",
        "public/folder.bru": "auth {\n  mode: none\n}\n",
        "public/a.bru": "meta {\n  name: a\n  type: http\n}\n"
        "\nget {\n  url: http://h/a\n  auth: inherit\n}\n",
        "b.bru": "meta {\n  name: b\n  type: http\n}\n\nget {\n  url: http://h/b\n  auth: inherit\n}\n"
        "\nsettings {\n  encodeUrl: true\n}\n",
        "p.bru": "meta {\n  name: p\n  type: http\n}\n\nget {\n  url: http://h/:id.json\n}\n"
        "\nparams:path {\n  id: 7\n  a-b: 8\n}\n",
        "old/o.bru": "meta {\n  name: o\n  type: http\n}\n\nget {\n  url: http://h/o\n}\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def request(file: str, target: str = "/", headers: Headers | None = None, body: bytes = b"") -> Sent:
    return Sent(Arrival("GET", "http", "h", target, headers or [], body), file)


def row(root: Path, difference: Difference) -> str | None:
    (judged,) = judge([difference], load(root))
    return judged.rule.row if judged.rule else None


def test_credentials_that_a_folder_leaves_out(root: Path) -> None:
    def without(file: str) -> str | None:
        sides = request(file, headers=[("Authorization", "Bearer t")]), request(file)
        return row(root, Difference("x", "header authorization", "Bearer t", NOT_SENT, sides))

    assert without("public/a.bru") == "A folder's `auth: none` ends inheritance"
    assert without("b.bru") is None
    added = Difference("x", "header authorization", NOT_SENT, "Bearer t", (request("public/a.bru"),) * 2)
    assert row(root, added) is None


def test_urls_that_are_encoded_otherwise(root: Path) -> None:
    def encoded(file: str, left: str, right: str) -> str | None:
        before, after = request(file, left), request(file, right)
        return row(root, Difference("x", "URL", before.arrival.url, after.arrival.url, (before, after)))

    assert encoded("b.bru", "/b?q=%2520", "/b?q=%20") == "With `encodeUrl`, what is encoded already stays"
    assert encoded("b.bru", "/b?q=%2520", "/b?q=x") is None
    assert encoded("public/a.bru", "/a?q=%2520", "/a?q=%20") is None
    filled_in = "`:id.json`, `:id:verb` and `:größe` in a path are filled in"
    assert encoded("p.bru", "/:id.json?q", "/7.json?q") == filled_in
    assert encoded("p.bru", "/%3Aid%3Averb/:id-:a-b?q=%2520", "/x%2Fy%3Averb/x%2Fy-8?q=%20") == filled_in
    assert encoded("p.bru", "/:id.json", "/7.xml") is None
    assert encoded("p.bru", "/:ids.json", "/7.json") is None
    assert encoded("public/a.bru", "/:id.json", "/7.json") is None


def test_headers_of_one_name(root: Path) -> None:
    def repeated(*values: str) -> str | None:
        sides = request("b.bru", headers=[("X", "2")]), request("b.bru", headers=[("X", v) for v in values])
        return row(root, Difference("x", "header x", "2", ", ".join(values), sides))

    assert repeated("1", "2") == "A header that a file has several times"
    assert repeated("1", "3") is None
    assert repeated("3") is None


def test_whole_numbers(root: Path) -> None:
    def number(left: str, right: str) -> str | None:
        sides = request("b.bru", body=left.encode()), request("b.bru", body=right.encode())
        return row(root, Difference("x", "body", left, right, sides))

    assert number('{"id":9007199254740992}', '{"id":9007199254740993}')
    assert number('{"id":9007199254740992}', '{"id":9007199254749999}') is None
    assert number('{"id":1}', '{"id":2}') is None


def test_a_redirect_to_another_origin(root: Path) -> None:
    def left_out(origin: str) -> str | None:
        before = Arrival("GET", "http", origin, "/", [])
        sides = (
            Sent(Arrival("GET", "http", "h", "/there", [])),
            Sent(Arrival("GET", "http", "h", "/there", []), "", before),
        )
        return row(root, Difference("x", "header cookie", "a=1", NOT_SENT, sides))

    assert left_out("elsewhere") == "Cookies and signatures stay behind on a redirect to another origin"
    assert left_out("h") is None


def test_an_ignored_request(root: Path) -> None:
    def missing(file: str) -> str | None:
        return row(
            root, Difference(file, "request", "there", "missing", ({"test": {"filename": file}}, None))
        )

    assert missing("old/o.bru") == "`ignore` in `bruno.json` is respected"
    assert missing("b.bru") is None


def test_an_outcome_follows_from_what_was_sent(root: Path) -> None:
    sides = request("public/a.bru", headers=[("Authorization", "Bearer t")]), request("public/a.bru")
    wire = Difference("x", "header authorization", "Bearer t", NOT_SENT, sides)
    other = Difference("x", "body", "a", "b", sides)
    result = {"test": {"filename": "public/a.bru"}}
    outcome = Difference("public/a.bru", "outcome", "pass", "fail", (result, result))
    elsewhere = {"test": {"filename": "b.bru"}}
    unrelated = Difference("b.bru", "outcome", "pass", "fail", (elsewhere, elsewhere))
    collection = load(root)
    assert [(bool(j.rule), j.follows) for j in judge([outcome, unrelated, wire], collection)] == [
        (True, True),
        (False, False),
        (True, False),
    ]
    # Something else differs too: it may be the cause.
    assert [bool(j.rule) for j in judge([outcome, wire, other], collection)] == [False, True, False]
