"""Entries of YAML files that are not used as they are meant: a run warns of them, `check` finds them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.invoke import Invoke, lay

NUMBER = "{name: n, value: {type: numbr, data: '5'}}"
TYPES = "`string`, `number`, `boolean`, `object`, `null`"
TYPE = f"`type` is `numbr`, expected one of {TYPES}. Did you mean `number`?"
COLLECTION = "opencollection: 1.0.0\ninfo: {name: c}\n"
HEAD = "info: {name: a, type: http}\nhttp:\n  method: POST\n  url: http://127.0.0.1:1\n"


def nameless(rows: str, used: str = "is not used") -> str:
    return f"an entry of `{rows}` has no `name`, and {used}. Name it, or remove it."


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    lay(tmp_path, {"opencollection.yml": COLLECTION, "a.yml": HEAD})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def places(text: str) -> list[str]:
    return [line for line in text.splitlines() if ".yml:" in line]


@pytest.mark.parametrize(
    ("more", "problems"),
    [
        ("  headers: [{value: x}]\n", [f"5:13: {nameless('headers')}"]),
        ("  params: [{value: x, type: path}]\n", [f"5:12: {nameless('params')}"]),
        ("  params: [{name: '', value: x, type: query}]\n", [f"5:12: {nameless('params')}"]),
        (
            "  body: {type: form-urlencoded, data: [{value: x}]}\n",
            [f"5:40: {nameless('data', 'is sent without one')}"],
        ),
        (
            "  body: {type: multipart-form, data: [{type: text, value: x}]}\n",
            [f"5:39: {nameless('data', 'is sent without one')}"],
        ),
        (
            f"runtime: {{variables: [{NUMBER}, {{value: 3}}]}}\n",
            [f"5:47: {TYPE}", "5:67: " + nameless("variables")],
        ),
        (
            "runtime: {assertions: [{operator: eq, value: 5}]}\n",
            [
                "5:24: an entry of `assertions` has no `expression`, and checks nothing. Write what it is "
                "about, such as `expression: res.status`."
            ],
        ),
        (
            "runtime: {actions: [{type: set-variabl, phase: after-response, variable: {name: x}}]}\n",
            ["5:28: `type` is `set-variabl`, expected `set-variable`. Did you mean `set-variable`?"],
        ),
    ],
)
def test_a_run_warns_once_of_what_check_finds(
    bruscript: Invoke, root: Path, more: str, problems: list[str]
) -> None:
    lay(root, {"a.yml": HEAD + more})
    lines = [f"a.yml:{problem}" for problem in problems]
    assert places(bruscript("check").out) == lines
    run = bruscript("run", "--noproxy", "--iteration-count", "2").out
    assert [line for line in places(run) if line in lines] == lines


def test_the_files_around_a_request(bruscript: Invoke, root: Path) -> None:
    rows = f"request: {{variables: [{NUMBER}]}}\n"
    lay(
        root,
        {
            "opencollection.yml": COLLECTION + rows,
            "f/folder.yml": f"info: {{name: f}}\n{rows}",
            "f/b.yml": HEAD,
            "g/folder.yml": f"info: {{name: g}}\n{rows}",
            "environments/e.yml": "variables:\n  - {name: n, type: numbr, value: 1}\n  - value: x\n",
        },
    )
    run = bruscript("run", "--noproxy", "--env", "e", "f").out
    file, line = ("environments/e.yml", "environments/e.yml:3:5: " + nameless("variables"))
    assert places(run)[:4] == [
        f"{file}:2:21: {TYPE}",
        line,
        f"opencollection.yml:3:47: {TYPE}",
        f"f/folder.yml:2:47: {TYPE}",
    ]
    assert "g/folder.yml" not in run


@pytest.mark.parametrize(
    "more",
    [
        "  headers: [{value: x, disabled: true}, {name: ''}, {name: '', value: ''}]\n",
        "examples:\n  - name: e\n    request: {headers: [{value: x}]}\n",
    ],
)
def test_a_run_does_not_mention_what_could_not_matter(bruscript: Invoke, root: Path, more: str) -> None:
    lay(root, {"a.yml": HEAD + more})
    assert "has no `name`" not in bruscript("run", "--noproxy").out
    assert "has no `name`" in bruscript("check").out


@pytest.mark.parametrize(
    ("more", "place", "problem"),
    [
        (
            "  headers: [5]\n",
            "5:13",
            "`headers` is a number, expected a mapping with `name`, `value`",
        ),
        (
            "  headers: [x]\n",
            "5:13",
            "`headers` is a text, expected a mapping with `name`, `value`",
        ),
        (
            "  params: [[x]]\n",
            "5:12",
            "`params` is a list, expected a mapping with `name`, `value`",
        ),
        (
            "runtime: {scripts: [5]}\n",
            "5:21",
            "`scripts` is a number, expected a mapping with `type`",
        ),
    ],
)
def test_an_item_that_is_no_entry(bruscript: Invoke, root: Path, more: str, place: str, problem: str) -> None:
    lay(root, {"a.yml": HEAD + more})
    found = bruscript("check").out
    assert f"a.yml:{place}: an item of {problem}" in found
    assert "Write each entry like this: - " in found
    assert problem in bruscript("run", "--noproxy").out
