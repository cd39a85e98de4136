"""Every code block of README.md and of docs/ runs: see `runners.py` for what that means for each language."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.invoke import invoker
from pages import setups
from pages.blocks import PAGES, Block, blocks, indented
from pages.runners import RUNNERS, Page
from pages.stage import Stage, server

ELSEWHERE = {
    ("docs/getting-started.md", "bru"): (1, "cli/test_getting_started.py"),
    ("docs/getting-started.md", "python"): (1, "cli/test_getting_started.py"),
    ("docs/getting-started.md", "sh"): (5, "cli/test_getting_started.py"),
    ("docs/getting-started.md", "text"): (2, "cli/test_getting_started.py"),
    ("docs/load.md", "python"): (2, "servers/test_locust.py"),
    ("docs/pytest.md", "ini"): (1, "pytest_plugin/test_frameworks.py"),
    ("docs/pytest.md", "python"): (5, "pytest_plugin/test_frameworks.py"),
    ("docs/python.md", "python"): (4, "test_api.py"),
    ("docs/python.md", "text"): (2, "test_api.py"),
    ("docs/sandbox.md", "python"): (3, "cli/test_docs.py"),
}
"""Blocks that belong to a longer story: how many of a language on a page, and the test that tells it."""

EXCEPTIONS = {
    (
        "docs/architecture.md",
        "text --lang--> AST --collection--> tree --evaluate--> request --http (auth)--> response",
    ): "a drawing",
    (
        "docs/language.md",
        "text --automaton (tables from Lark)--> tree --tojson--> JSON --printer--> text",
    ): "a drawing",
    ("docs/ci.md", "pipeline {"): "Jenkins' language; tests/cli/test_ci_page.py runs the commands in it",
}
"""Blocks, by page and first line, with which nothing is done, and why."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture
def page(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Page]:
    for name in ("FORCE_COLOR", "BRUSCRIPT_DEBUG", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"NO_COLOR": "1", "TOKEN": "t", "HOME": str(tmp_path / "home")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "path", [*sys.path])
    names: dict[str, Any] = {"sign_in": lambda url: url, "secret": "a-secret"}
    yield Page(Stage(tmp_path / "stage", url), invoker(capsys), monkeypatch, names)
    # The next page has modules of the same names.
    for name, module in list(sys.modules.items()):
        # A package without a file may also have a directory among the tests, and stays then.
        file = getattr(module, "__file__", None)
        places = [file] if file else list(getattr(module, "__path__", []))
        if places and all(Path(place).is_relative_to(tmp_path) for place in places):
            del sys.modules[name]
    importlib.invalidate_caches()


def elsewhere(block: Block) -> bool:
    return (block.page, block.language) in ELSEWHERE or (block.page, block.start) in EXCEPTIONS


LEFT = [page for page in PAGES if not all(elsewhere(block) for block in blocks(page))]
WHOLE = pytest.param(False, marks=pytest.mark.servers)


@pytest.mark.parametrize("name", LEFT)
@pytest.mark.parametrize("quick", [True, WHOLE], ids=["quick", "whole"])
def test_the_blocks_of_a_page_run(name: str, quick: bool, page: Page) -> None:
    """A quick run leaves out what takes long: see `Page.quick`."""
    page.quick = quick
    of_page = blocks(name)
    for block, following in itertools.zip_longest(of_page, of_page[1:]):
        if elsewhere(block):
            continue
        if block.language not in ("text", "console") or block.start in setups.BLOCKS:
            page.stage.renew()
        setup = setups.BLOCKS.get(block.start)
        try:
            if setup is not None:
                setup(page)
            page.run(block, following)
        except BaseException as error:
            raise AssertionError(f"{block}: {type(error).__name__}: {error}") from error


def test_every_block_is_fenced_and_has_a_language_that_is_run() -> None:
    assert {page: lines for page in PAGES if (lines := indented(page))} == {}
    lost = [
        f"{block}: {block.language or 'no language'}"
        for page in PAGES
        for block in blocks(page)
        if not elsewhere(block) and block.language not in RUNNERS
    ]
    assert not lost


def test_other_tests_run_as_many_blocks_as_there_are() -> None:
    counts = Counter((block.page, block.language) for page in PAGES for block in blocks(page))
    assert {key: counts[key] for key in ELSEWHERE} == {key: count for key, (count, _) in ELSEWHERE.items()}
    tests = Path(__file__).parents[1]
    for (page, _), (_, test) in ELSEWHERE.items():
        assert Path(page).name in (tests / test).read_text("utf-8"), f"{test} does not read {page}"


def test_every_exception_and_every_setup_has_its_block() -> None:
    starts = {(block.page, block.start) for page in PAGES for block in blocks(page)}
    assert set(EXCEPTIONS) <= starts
    assert set(setups.BLOCKS) <= {start for _, start in starts}
