"""What scripts and servers may do to a whole run: it goes on, and every report is written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

POST, TESTS = "script:post-response", "tests"


def script(kind: str, source: str) -> str:
    return f"{kind} {{\n  {source}\n}}\n\n"


@pytest.mark.parametrize(
    "source",
    [
        "let a = []; for (let i = 0; i < 900; i += 1) a = [a]; bru.setVar('deep', a)",
        "let a = {}; for (let i = 0; i < 900; i += 1) a = { a }; res.setBody(a)",
        "bru.setNextRequest({ name: 'b' })",
        "bru.setVar('half', '\\ud800'); console.log('\\udfff')",
    ],
)
def test_a_script_costs_its_own_request_at_the_most(make: Any, echo: Any, source: str) -> None:
    result = make({"a.bru": script(POST, source), "b.bru": script(TESTS, "test('t', () => {})")}).run(
        app=echo
    )
    assert len(result.results) == 2
    assert result.results[1].status == "pass"


DEEP = """
async def app(scope, receive, send):
    head = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}
    await send(head)
    await send({"type": "http.response.body", "body": b"[" * 900 + b"]" * 900})
"""


def test_an_answer_nested_beyond_pythons_depth_is_cut_in_reports(make: Any, tmp_path: Path) -> None:
    collection = make({"a.bru": script(TESTS, "test('t', () => expect(res.getBody()).to.have.length(1))")})
    (tmp_path / "deep.py").write_text(DEEP)
    names = {kind: tmp_path / f"report.{kind}" for kind in ("json", "junit", "html", "ndjson", "har")}
    options = [part for kind, name in names.items() for part in (f"--reporter-{kind}", str(name))]
    done = subprocess.run(
        [sys.executable, "-m", "bruscript", "run", str(collection.path), "--app", "deep:app", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert all(name.stat().st_size > 0 for name in names.values())
    assert "[…]" in json.dumps(json.loads(names["json"].read_text()), ensure_ascii=False)
