"""The collections of `fixtures/` in the other format and back: the same files, requests and outcomes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from conversion.round_trip import REQUESTS, echo, losses, there_and_back

import bruscript
from bruscript.conversion.losses import normal
from bruscript.lang import parse

FIXTURES = Path(__file__).parents[2] / "fixtures"
COLLECTIONS = sorted(
    path.parent.relative_to(FIXTURES).as_posix()
    for path in FIXTURES.rglob("bruno.json")
    if "node_modules" not in path.parts
)
RUN = [name for name in COLLECTIONS if name not in ("oauth2/grants", "oauth2/life", "failures")]
"""Those that need no server of their own."""

ENDING = re.compile(r"""(runRequest\(['"][^'"]*)\.bru""")
"""What scripts say of a request's file, and need not."""


@pytest.mark.parametrize("name", COLLECTIONS)
def test_every_file_comes_back_as_it_was(name: str, tmp_path: Path) -> None:
    root = FIXTURES / name
    there, back, _, bru = there_and_back(root, tmp_path)
    assert there.failed == back.failed == {}
    assert back.losses == {}
    assert all("`meta.type`" in loss for loss in losses(there, root))
    files = [path.relative_to(root) for path in root.rglob("*.bru") if path.is_file()]
    assert files
    for file in files:
        kind: Any = {"folder.bru": "folder", "collection.bru": "collection"}.get(file.name, "request")
        kind = "environment" if file.parent.name == "environments" else kind
        texts = ENDING.sub(r"\1", (root / file).read_text()), (bru / file).read_text()
        before, after = (normal(parse(text, kind).to_json()) for text in texts)
        for json_ in (before, after):
            # A body of GraphQL makes its request one; in collection.bru nobody reads `meta`.
            json_.get("meta", {}).pop("type", None)
            json_.pop("meta" if kind == "collection" else "", None)
        assert after == before, file


CHANGING = re.compile(r"wsse|oauth1|digest|edgegrid|awsv4")
"""Auth modes whose headers have a time and a nonce in them."""


def outcome(root: Path) -> tuple[list[str], list[Any]]:
    REQUESTS.clear()
    env = "local" if (root / "environments").is_dir() else None
    result = bruscript.run(root, app=echo, env=env, persist=False, sandbox="developer")
    checks = [
        (each.name, each.status, [check["status"] for check in each.checks])
        for each in result.results
        if not CHANGING.search(each.path)
    ]
    return [seen for seen in REQUESTS if not re.search(r"x-wsse|oauth_|EG1-HMAC|AWS4", seen)], checks


@pytest.mark.parametrize("name", RUN)
def test_what_is_sent_and_what_comes_of_it_is_the_same(name: str, tmp_path: Path) -> None:
    # A copy: some of their scripts write files.
    original = tmp_path / "original"
    shutil.copytree(FIXTURES / name, original, symlinks=True)
    there_and_back(original, tmp_path)
    sent, checks = outcome(original)
    assert sent
    for format_ in ("yml", "bru"):
        # One of the requests sends this file.
        shutil.copy(original / "bruno.json", tmp_path / format_)
        assert outcome(tmp_path / format_) == (sent, checks), format_
