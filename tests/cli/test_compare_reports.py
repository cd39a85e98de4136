"""`compare A.json B.json` with files that are not reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.invoke import Invoke

GOOD = [
    {
        "results": [
            {"test": {"filename": "a.bru"}, "testResults": [{"description": {"a": 1}, "status": "pass"}]}
        ]
    }
]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            '[{"results":[{"test":5}]}]',
            "1:22: not a JSON report of a run: expected an object in [0].results[0].test",
        ),
        (
            '[{"results":[\n5]}]',
            "2:1: not a JSON report of a run: expected an object in [0].results[0], not a number",
        ),
        (
            '[{"results":[null]}]',
            "1:14: not a JSON report of a run: expected an object in [0].results[0], not null",
        ),
        (
            '{"results":[{"response":[]}]}',
            "1:25: not a JSON report of a run: expected an object in results[0].resp",
        ),
        (
            '[{"results":[{"testResults":{}}]}]',
            "1:29: not a JSON report of a run: expected a list in [0].results",
        ),
        (
            '[{"results":[{"assertionResults":[1]}]}]',
            "1:35: not a JSON report of a run: expected an object in",
        ),
        (
            '[{"results":null}]',
            "1:2: not a JSON report of a run: expected an iteration, an object with a list",
        ),
        ("[{}]", "1:2: not a JSON report of a run: expected an iteration, an object with a list `results`"),
        ("[3]", "1:2: not a JSON report of a run: expected an object in [0], not a number"),
        ('"x"', "1:1: not a JSON report of a run: expected a list, not a string"),
        ("[", "1:2: not a JSON report of a run: not valid JSON"),
        ("[" * 100_000, "not a JSON report of a run: nested too deeply"),
    ],
)
def test_what_is_not_a_report(
    bruscript: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.json").write_text(text)
    Path("good.json").write_text(json.dumps(GOOD))
    for paths in (("bad.json", "good.json"), ("good.json", "bad.json")):
        outcome = bruscript("compare", *paths)
        assert (outcome.status, outcome.out) == (10, "")
        assert outcome.err.startswith("bad.json:")
        assert says in outcome.err


def test_one_iteration_is_a_report(bruscript: Invoke, tmp_path: Path) -> None:
    for name, report in (("a.json", GOOD), ("b.json", GOOD[0])):
        (tmp_path / name).write_text(json.dumps(report))
    outcome = bruscript("compare", str(tmp_path / "a.json"), str(tmp_path / "b.json"))
    assert (outcome.status, outcome.out) == (0, "No difference.\n")
    GOOD[0]["results"][0]["testResults"][0]["status"] = "fail"  # type: ignore[index]
    (tmp_path / "a.json").write_text(json.dumps(GOOD))
    assert (
        "test '[object Object]'"
        in bruscript("compare", str(tmp_path / "a.json"), str(tmp_path / "b.json")).out
    )
