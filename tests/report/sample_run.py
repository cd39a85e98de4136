"""A run of the collection `My API (v2)` and what every reporter writes of it.

`python tests/report/sample_run.py` writes the snapshots anew: read the difference before you commit it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
COLLECTION = HERE / "My API (v2)"
SNAPSHOTS = HERE / "snapshots"
SECRETS = ("s3cr3t-pass-4711", "t0ken-of-the-sample-4711")

_TELLING_TIME = (
    (r'\b(time|timestamp|hostname|datetime)="[^"]*"', r'\1="-"'),
    (r"\b\d+(?:\.\d+)? m?s\b", "0 ms"),
    (r"^=+ (.*) in \d+\.\d+s\b.* =+$", r"=== \1 in 0.00s ==="),
    (r"│ +\d+ +│$", "│       0       │"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-01-01 00:00:00"),
    # Older versions of Python do not mark what failed in the line of a traceback.
    (r"(?m)^[ ^~]*\^[ ^~]*\n(?= *(?:File|RuntimeError))", ""),
)


def outputs(directory: Path) -> dict[str, str]:
    """Run a copy of the collection in `directory`; return each output under the name of its snapshot."""
    root = directory / COLLECTION.name
    shutil.copytree(COLLECTION, root)
    run = ["-m", "bruscript", "run", "-r", "--app", "server.py:app", "--env", "Local env"]
    row = ["--csv-file-path", "rows.csv", "--env-var", f"password={SECRETS[0]}", "--mask", "token"]
    terminal = _python(
        root, *run, *row, "--reporter-junit", "../junit.xml", "--reporter-html", "../report.html"
    )
    annotations = _python(root, *run, *row, "--quiet", "--reporter-github")
    options = [
        "app=server.py:app",
        "env=Local env",
        "csv_file=rows.csv",
        f"env_vars=password={SECRETS[0]}",
        "mask=token",
    ]
    items = ["-m", "pytest", "-p", "no:cacheprovider", "-p", "bruscript.pytest_plugin"]
    items += ["-o", "bruscript=true", "-ra"]
    pytest = _python(root, *items, *(part for each in options for part in ("-o", f"bruscript_{each}")))
    texts = {
        "terminal.txt": terminal,
        "annotations.txt": "\n".join(line for line in annotations.splitlines() if line.startswith("::")),
        "pytest.txt": re.sub(r"(?m)^(platform|rootdir|configfile|plugins|asyncio|timeout).*\n", "", pytest),
        "junit.xml": (directory / "junit.xml").read_text("utf-8"),
        "report.html": _without_drawings((directory / "report.html").read_text("utf-8")),
    }
    return {name: _timeless(text.replace(str(directory), "/home/ada")) for name, text in texts.items()}


def _python(root: Path, *arguments: str) -> str:
    environment = {**os.environ, "COLUMNS": "110", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "PYTEST_ADDOPTS", "CI", "FORCE_COLOR"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout + done.stderr


def _without_drawings(page: str) -> str:
    page = re.sub(r"(?s)(<(style|script)[^>]*>).*?(</\2>)", r"\1\3", page)
    return re.sub(r"(?s)(<svg)\b.*?(</svg>)", r"\1>\2", page)


def _timeless(text: str) -> str:
    for pattern, instead in _TELLING_TIME:
        text = re.sub(pattern, instead, text, flags=re.MULTILINE)
    return text.rstrip() + "\n"


if __name__ == "__main__":
    SNAPSHOTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        for name, text in outputs(Path(directory).resolve()).items():
            (SNAPSHOTS / name).write_text(text, "utf-8")
