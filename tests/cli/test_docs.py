from __future__ import annotations

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_as_the_command_is() -> None:
    page = runpy.run_path(str(DOCS / "generate_cli.py"))["page"]()
    assert (DOCS / "cli.md").read_text("utf-8") == page, "run: python docs/generate_cli.py"
