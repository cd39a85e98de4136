"""Links between the files of the repository lead to a file, and to a heading in it.

Links to other sites are checked for their form; those to the repository's own page lead to a file, too.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pages.blocks import PAGES, ROOT

FILES = [*PAGES, "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
BLOCK = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)")
EXTERNAL = re.compile(r"\]\(([a-z]+:[^)]*)\)|<((?:https?|mailto):[^>]*)>")
ANY = re.compile(r"\]\(|\bhref=|\bsrc=|^\[[^]]+\]:", re.MULTILINE)
HOME = "https://github.com/bruscript/bruscript"
HOME_PAGES = {"", "/", "/issues", "/security/advisories/new"}
"""What the repository's page has beside files."""
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


@pytest.mark.parametrize("name", FILES)
def test_every_link_is_one_that_is_checked(name: str) -> None:
    text = re.sub(r"`[^`\n]*`", "", prose(ROOT / name))
    inline = [match for match in EXTERNAL.findall(text) if match[0]]
    assert len(ANY.findall(text)) == len(LINK.findall(text)) + len(inline)


@pytest.mark.parametrize("name", [*FILES, "pyproject.toml", "mkdocs.yml", "action.yml"])
def test_links_to_other_sites_are_well_formed(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    if name.endswith(".md"):
        links = [inline or plain for inline, plain in EXTERNAL.findall(prose(ROOT / name))]
    else:
        links = re.findall(r"https?:[^\s\"']+", text)
    for link in links:
        parts = urlsplit(link)
        assert parts.scheme == "https", link
        assert re.fullmatch(r"([\w-]+\.)+[a-z]{2,}", parts.netloc), link
        assert re.fullmatch(r"[\w./~%+-]*", parts.path), link
        if link.startswith(HOME):
            branch, _, file = link.removeprefix(HOME).partition("/blob/main/")
            assert (ROOT / file).is_file() if file else branch in HOME_PAGES, link
