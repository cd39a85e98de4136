from __future__ import annotations

import pytest

from bruscript.cli.argv import normalize
from bruscript.cli.run_options import AT_ONCE, OPTIONS


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (["--reporterJson", "x"], ["--reporter-json", "x"]),
        (["--envVar=a=b=c"], ["--env-var=a=b=c"]),
        (["--bail=true", "p"], ["--bail", "p"]),
        (["--bail", "true", "p"], ["--bail", "p"]),
        (["--bail=false", "p"], ["p"]),
        (["--bail", "false", "p"], ["p"]),
        (["--no-bail", "p"], ["p"]),
        (["--no-bail=false"], ["--bail"]),
        (["--no-persist"], ["--no-persist"]),
        (["--bail=perhaps"], ["--bail=perhaps"]),
        (["--parallel", "folder"], [f"--parallel={AT_ONCE}", "folder"]),
        (["--parallel"], [f"--parallel={AT_ONCE}"]),
        (["--parallel", "3", "folder"], ["--parallel=3", "folder"]),
        (["--parallel=5"], ["--parallel=5"]),
        (["--parallel=true"], [f"--parallel={AT_ONCE}"]),
        (["--parallel=false"], []),
        (["--no-parallel"], []),
        (["--parallel=none"], ["--parallel=none"]),
        (
            ["--reporter-skip-headers", "A", "B", "--bail", "p"],
            ["--reporter-skip-headers=A", "--reporter-skip-headers=B", "--bail", "p"],
        ),
        (["--reporter-skip-headers=A", "p"], ["--reporter-skip-headers=A", "p"]),
        (["--no-such", "x"], ["--no-such", "x"]),
        (["--", "--bail=false"], ["--", "--bail=false"]),
        (["-r", "x.bru"], ["-r", "x.bru"]),
    ],
)
def test_the_references_spellings(given: list[str], meant: list[str]) -> None:
    assert normalize(given, OPTIONS) == meant
