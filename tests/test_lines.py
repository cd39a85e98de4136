"""Files that can be read in one sitting: no source file has more than 400 lines."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACES = ("bruscript", "tests", "libraries", "grammar", "benchmarks", "docs", ".ci")
SUFFIXES = (".py", ".js", ".mjs", ".cjs", ".lark", ".css", ".sh")
OTHERS = ("bundles", "node_modules")


def test_no_source_file_has_more_than_400_lines() -> None:
    files = [
        path
        for place in PLACES
        for path in (ROOT / place).rglob("*")
        if path.suffix in SUFFIXES and not any(part in OTHERS for part in path.parts)
    ]
    assert len(files) > 500
    sizes = {path: len(path.read_text("utf-8").splitlines()) for path in files}
    assert not {str(path.relative_to(ROOT)): size for path, size in sizes.items() if size > 400}
