"""The scripting API beside the reference: fixtures/api run by both, in both modes, value for value.

Its scripts put what they see into the report as the texts of failed tests, so that equal reports mean equal
values.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apps.serving import serve_asgi
from compat.known import agree, assert_equal, replaced
from compat.reference import run_reference, settled

pytestmark = pytest.mark.reference

COLLECTION = Path(__file__).parents[2] / "fixtures" / "api"
LISTS = ("preRequestTestResults", "postResponseTestResults", "assertionResults", "testResults")
BODY = r'"{\"a\": {{number}}, \"b\": \"{{shadowed}}\"}"'
OBJECT = '{"a":5,"b":"{{shadowed}}"}'
IGNORES_CASE = "`req.getHeader()` and `req.deleteHeader()` ignore the case of names"
KNOWN = {
    "json-templates": replaced(
        "`req.getBody()` of JSON with templates outside of its strings",
        f"[{BODY},{BODY},{BODY}]",
        f"[{OBJECT},{OBJECT},{BODY}]",
    ),
    "request": replaced(IGNORES_CASE, '["second",null,"first"]', '["second","second","first"]'),
    "odds": replaced(IGNORES_CASE, '[null,"1"]', '["1","1"]'),
}
PARTS = ("description", "lhsExpr", "rhsExpr", "rhsOperand", "operator", "status", "error")


def _app() -> Any:
    spec = importlib.util.spec_from_file_location("api_server", COLLECTION / "server.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.app


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    # The reference lets scripts set cookies for names only, not for addresses.
    with serve_asgi(_app()) as url:
        yield url.replace("127.0.0.1", "localhost")


def run_ours(*args: str, report: Path) -> Any:
    command = [
        sys.executable,
        "-m",
        "bruscript",
        "run",
        str(COLLECTION),
        *args,
        "--reporter-json",
        str(report),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert report.exists(), done.stdout + done.stderr
    return json.loads(report.read_text(encoding="utf-8"))


def outcomes(report: Any, mode: str) -> dict[str, Any]:
    """Each request's outcome by its name, reduced to what must be equal."""
    (iteration,) = report
    parts = (*PARTS, "errorName") if mode == "developer" else PARTS
    made = {}
    for result in iteration["results"]:
        lists = {name: [_reduced(check, parts) for check in result[name]] for name in LISTS}
        made[result["name"]] = {"status": result["status"], "error": result["error"], **lists}
    return made


def _reduced(check: dict[str, Any], parts: tuple[str, ...]) -> dict[str, Any]:
    made = {part: check[part] for part in parts if part in check}
    # Objects that scripts make come from another realm in the reference's developer mode; here they do not.
    if isinstance(made.get("error"), str):
        made["error"] = made["error"].replace("Object{", "{")
    return made


def compared_values(report: Any) -> dict[tuple[str, str], tuple[Any, Any]]:
    """What failed comparisons compared, by request and description."""
    (iteration,) = report
    return {
        (result["name"], check["description"]): (check["actual"], check["expected"])
        for result in iteration["results"]
        for check in result["testResults"]
        if "actual" in check and "expected" in check
    }


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_scripts_see_what_they_see_in_the_reference(mode: str, base: str, tmp_path: Path) -> None:
    options = ["--env", "local", "--env-var", f"base={base}", "--sandbox", mode]
    # The tokens of this collection are the value of a variable that its scripts show.
    our_report = run_ours(*options, "--no-mask", "shadowed", report=tmp_path / "report.json")
    ours, values = outcomes(our_report, mode), compared_values(our_report)

    def ask() -> tuple[dict[str, Any], dict[tuple[str, str], tuple[Any, Any]]]:
        report = run_reference(COLLECTION, *options)
        # Theirs takes an object that it has seen before for a circular one.
        known = {k: v for k, v in compared_values(report).items() if "[Circular" not in json.dumps(v)}
        return outcomes(report, mode), known

    theirs, known = settled(ask, lambda answer: agree(answer[0], ours, KNOWN))
    assert {place: values[place] for place in known} == known
    assert_equal(theirs, ours, KNOWN)
