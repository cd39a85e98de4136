"""What scripts are told of failures of the network, beside the reference: fixtures/failures run by both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import pytest
from apps.faulty import faulty_servers
from apps.serving import serve_canned
from compat.reference import run_reference, settled

from bruscript import load

pytestmark = pytest.mark.reference

COLLECTION = Path(__file__).parents[2] / "fixtures" / "failures"
ODD = {
    "unknown host": "http://no-such-host.invalid/",
    "unknown scheme": "ftp://127.0.0.1/",
    "no port": "http://127.0.0.1:99999/",
    "no host name": "http://a b/",
}


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_scripts_are_told_what_the_reference_tells_them(mode: Literal["safe", "developer"]) -> None:
    with faulty_servers() as urls, serve_canned() as (base, _):
        values = {"base": base, "urls": json.dumps({**urls, **ODD})}
        options = [part for name, value in values.items() for part in ("--env-var", f"{name}={value}")]
        ours = load(COLLECTION).run(sandbox=mode, env_vars=values)
        given = {test["description"]: test["error"] for test in ours.results[0].tests}

        def ask() -> dict[str, str]:
            report = run_reference(COLLECTION, "--sandbox", mode, *options)
            return {test["description"]: test["error"] for test in report[0]["results"][0]["testResults"]}

        expected = settled(ask, lambda answer: answer == given)
    assert len(expected) == (12 if mode == "safe" else 43)
    assert given == expected
