"""Links between the files of the repository lead to a file, and to a heading in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pages.blocks import PAGES, ROOT

FILES = [*PAGES, "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
BLOCK = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)")
INCLUDED = {"docs/security.md": "SECURITY.md", "docs/changelog.md": "CHANGELOG.md"}
"""Pages that hold the text of another file; that file's links are written for the page."""


def prose(path: Path) -> str:
    return BLOCK.sub("", path.read_text("utf-8"))


def anchors(path: Path) -> set[str]:
    """Name the headings of a file as GitHub and mkdocs do."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings)
    return {re.sub(r"[^\w -]", "", heading).strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("name", FILES)
def test_links_lead_somewhere(name: str) -> None:
    lost = []
    for target, anchor in LINK.findall(prose(ROOT / name)):
        path = (ROOT / name).parent / target if target else ROOT / name
        included = INCLUDED.get(path.resolve().relative_to(ROOT).as_posix())
        known = path.exists() and (not anchor or anchor in anchors(ROOT / included if included else path))
        if not known:
            lost.append(f"{target}#{anchor}" if anchor else target)
    assert lost == []
