from __future__ import annotations

import click
import pytest

from bruscript.cli.argv import normalize
from bruscript.cli.run_options import OPTIONS
from bruscript.runner.options import AT_ONCE


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (["--reporterJson", "x"], ["--reporter-json", "x"]),
        (["--envVar=a=b=c"], ["--env-var=a=b=c"]),
        (["--bail=true", "p"], ["p", "--bail"]),
        (["--bail", "true", "p"], ["p", "--bail"]),
        (["--bail=false", "p"], ["p"]),
        (["--bail", "false", "p"], ["p"]),
        (["--no-bail", "p"], ["p"]),
        (["--no-bail=false"], ["--bail"]),
        (["--bail", "--no-bail"], []),
        (["--no-bail", "--bail"], ["--bail"]),
        (["--no-persist"], ["--no-persist"]),
        (["-r=false", "p"], ["p"]),
        (["-r", "false", "p"], ["p"]),
        (["-r", "true", "p"], ["p", "-r"]),
        (["--r", "p"], ["p", "-r"]),
        (["--no-r", "p"], ["p"]),
        (["-o=r.json"], ["-o", "r.json"]),
        (["-or.json"], ["-or.json"]),
        (["--delay", "-5"], ["--delay", "-5"]),
        (["--reporter-ndjson", "-", "p"], ["--reporter-ndjson", "-", "p"]),
        (["--bail=perhaps"], ["--bail=perhaps"]),
        (["--parallel", "folder"], [f"--parallel={AT_ONCE}", "folder"]),
        (["--parallel"], [f"--parallel={AT_ONCE}"]),
        (["--parallel", "3", "folder"], ["--parallel=3", "folder"]),
        (["--parallel=5"], ["--parallel=5"]),
        (["--parallel=true"], [f"--parallel={AT_ONCE}"]),
        (["--parallel=false"], []),
        (["--no-parallel"], []),
        (["--parallel", "true", "p"], [f"--parallel={AT_ONCE}", "p"]),
        (["--parallel", "false", "p"], ["p"]),
        (["--parallel=none"], ["--parallel=none"]),
        (
            ["--reporter-skip-headers", "A", "B", "--bail", "p"],
            ["--reporter-skip-headers=A", "--reporter-skip-headers=B", "p", "--bail"],
        ),
        (["--reporter-skip-headers=A", "p"], ["--reporter-skip-headers=A", "p"]),
        (["--no-such", "x"], ["--no-such", "x"]),
        (["--", "--bail=false"], ["--", "--bail=false"]),
        (["-r", "x.bru"], ["x.bru", "-r"]),
    ],
)
def test_the_references_spellings(given: list[str], meant: list[str]) -> None:
    assert normalize(given, OPTIONS) == meant


@pytest.mark.parametrize("args", [["--env"], ["--env", "--bail"], ["-o", "-r"], ["--env-var", "--", "p"]])
def test_an_option_without_its_value_does_not_take_the_next_option(args: list[str]) -> None:
    with pytest.raises(click.UsageError, match=f"Option '{args[0]}' requires a value"):
        normalize(args, OPTIONS)
