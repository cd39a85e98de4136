"""The same collections as YAML: what arrives at a server, and how requests end, here and in the reference."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from apps.raw import raw_server
from compat import test_api, test_http
from compat.known import agree, assert_equal, replaced
from compat.reference import run_in_place, run_reference, settled
from compat.yml_reference import convert_collection

import bruscript

pytestmark = pytest.mark.reference


_QUERY = "/a%20b/%C3%BC/%7Bx%7D%7Cy?q=%C3%BC%20%22%3C%3E%27&a=1&a=2&empty=&bare&plus=a%2Bb&done="
ENCODED = {
    f"{_QUERY}%2520%252F%23fragment": f"{_QUERY}%20%2F%23fragment",
    "/auth/oauth1?a=b%2520c&d=e": "/auth/oauth1?a=b%20c&d=e",
    "/p?q=a%20b%2Fc&r=%2520&s=%C3%BC": "/p?q=a%20b%2Fc&r=%20&s=%C3%BC",
    "/x/a%20b/y/c/d/?z=%3Aone": "/x/a%20b/y/c%2Fd/?z=%3Aone",
}
"""YAML requests have their URL encoded: here once, and a value stays in its place (docs/differences.md)."""


async def test_the_same_requests_arrive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    collection = tmp_path / "http"
    convert_collection(test_http.COLLECTION, collection)
    async with raw_server(test_http.answer) as server:
        variables = test_http.variables(server)
        await asyncio.to_thread(run_in_place, collection, "-r", env=variables)
        theirs, server.arrived = server.arrived, []
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        result = await bruscript.load(collection).arun(noproxy=True)
    assert [found.error for found in result.results if found.error] == []
    assert len(theirs) == len(server.arrived) == 58
    for one, other in zip(theirs, server.arrived, strict=True):
        if one.target in ENCODED:
            assert other.target == ENCODED[one.target]
        elif not one.target.startswith(test_http.BETTER):
            assert test_http.normal(other) == test_http.normal(one)


base = test_api.base
KNOWN = test_api.KNOWN | {
    # The conversion loses the GraphQL body of a file that says `type: http`: an object in place of none.
    "set-graphql": replaced(
        "Templates in a body that a script set are resolved whatever the file's body mode",
        "query { {{shadowed}} }",
        "query { environment }",
    ),
}


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_scripts_see_the_same(tmp_path: Path, base: str, mode: str) -> None:
    collection = tmp_path / "api"
    convert_collection(test_api.COLLECTION, collection)
    args = ["--env", "local", "--env-var", f"base={base}", "--sandbox", mode]
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "bruscript", "run", str(collection), *args, "--no-mask", "shadowed"]
    done = subprocess.run(
        [*command, "--reporter-json", str(report)], capture_output=True, text=True, check=False
    )
    assert report.exists(), done.stdout + done.stderr
    ours: Any = json.loads(report.read_text("utf-8"))
    made = test_api.outcomes(ours, mode)
    known = dict(KNOWN)
    if mode == "developer":
        # `bru.runRequest()` of a file that YAML names otherwise: the reference rejects it with a text.
        known["run-request"] = replaced(
            "If a script throws a value that is not an `Error`, the message is its text",
            "An error occurred while executing the pre-request script.",
            f"bru.runRequest: invalid request path - {collection / 'parts' / 'inner.bru.yml'}",
        )

    def ask() -> tuple[dict[str, Any], list[str]]:
        report = run_reference(collection, *args)
        # Bruno gives each entry of a YAML file a random id, which its scripts see.
        report = json.loads(re.sub(r'\\"uid\\":\\"[\w-]+\\",', "", json.dumps(report)))
        return test_api.outcomes(report, mode), [each["test"]["filename"] for each in report[0]["results"]]

    wanted, filenames = settled(ask, lambda answer: agree(answer[0], made, known))
    assert_equal(wanted, made, known)
    assert [each["test"]["filename"] for each in ours[0]["results"]] == filenames
