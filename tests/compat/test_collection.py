"""The tree that the reference makes of a directory, and ours."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from compat.reference import node

from bruscript.collection import load

pytestmark = pytest.mark.reference

ORDER = """
const {createCollectionJsonFromPathname, getCallStack} = require('@usebruno/cli/src/utils/collection');
const print = console.log;
console.warn = console.log = () => {};
const collection = createCollectionJsonFromPathname(process.argv[1]);
const paths = JSON.parse(process.argv[2]);
const stack = ([path, recursive]) => getCallStack([path], collection, {recursive}).map((i) => i.pathname);
const stacks = paths.map(stack);
print(JSON.stringify({stacks, skipped: (global.brunoSkippedFiles || []).map((f) => f.path)}));
"""
NAMES = [
    "a",
    "B",
    "b 1",
    "b-1",
    "b_1",
    "Zebra",
    "émile",
    "eve",
    "🚀 go",
    "\u2013dash",
    "Ярд",
    "яблоко",
    "10",
    "9",
    "node_modules",
    ".git",
    "environments",
]


@pytest.mark.parametrize("seed", range(4))
def test_same_order_of_yaml_files(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    root = tmp_path / "tree"
    root.mkdir()
    (root / "opencollection.yml").write_text("opencollection: 1.0.0\ninfo:\n  name: tree\n")
    (root / "bruno.json").write_text("{}")
    _fill_yml(root, chance, 3)
    (root / "loop").symlink_to(root, target_is_directory=True)
    (root / "other.yaml").write_text("info: {name: x, type: http}\n")
    (root / "old.bru").write_text("get {\n  url: x\n}\n")
    folders = [str(path) for path in sorted(root.rglob("*")) if path.is_dir() and not path.is_symlink()][:10]
    paths = [(path, recursive) for path in [str(root), *folders] for recursive in (True, False)]
    theirs = json.loads(node(ORDER, str(root), json.dumps(paths)))
    collection = load(root)
    ours = [
        [str(request.path) for request in collection.select([path], recursive=recursive)]
        for path, recursive in paths
    ]
    # What is no request is "skipped" there, with a warning.
    assert ours == theirs["stacks"]
    broken = [path for path in theirs["skipped"] if not path.endswith("compose.yml")]
    assert [str(skipped.path) for skipped in collection.skipped] == broken


def _fill_yml(directory: Path, random: random.Random, depth: int) -> None:
    for name in random.sample(NAMES, random.randint(1, 6)):
        seq = random.choice(["1", "2", "2", "3", "10", "0", "-1", "1.5", '"2"', "0x3"])
        line = f"  seq: {seq}\n" if random.random() < 0.8 else ""
        text = f"info:\n  name: {name}\n  type: http\n{line}http:\n  url: x\n"
        text = "info:\n  name: a\n  type: http\n\tx\n" if random.random() < 0.1 else text
        (directory / f"{name}.yml").write_text(text)
    (directory / "compose.yml").write_text("services: {}\n")
    if depth == 0:
        return
    for name in random.sample(NAMES, random.randint(0, 7)):
        folder = directory / name
        folder.mkdir()
        if random.random() < 0.7:
            seq = random.choice(["1", "2", "2", "3", "7", "0", "1.5", '"1"'])
            line = f"  seq: {seq}\n" if random.random() < 0.7 else ""
            (folder / "folder.yml").write_text(f"info:\n  name: {name}\n  type: folder\n{line}")
        _fill_yml(folder, random, depth - 1)


def _file(path: Path, random: random.Random) -> None:
    seq = random.choice(["1", "2", "2", "3", "10", "0", "-1", "1.5", "x", ""])
    line = f"  seq: {seq}\n" if random.random() < 0.8 else ""
    path.write_text(f"meta {{\n  name: {path.stem}\n  type: http\n{line}}}\n\nget {{\n  url: x\n}}\n")
    if random.random() < 0.1:
        path.write_text("meta {\n  name\n")


def _fill(directory: Path, random: random.Random, depth: int) -> None:
    for name in random.sample(NAMES, random.randint(1, 6)):
        _file(directory / f"{name}.bru", random)
    if depth == 0:
        return
    for name in random.sample(NAMES, random.randint(0, 7)):
        folder = directory / name
        folder.mkdir()
        if random.random() < 0.7:
            seq = random.choice(["1", "2", "2", "3", "7", "0", "1.5", "x"])
            line = f"  seq: {seq}\n" if random.random() < 0.7 else ""
            (folder / "folder.bru").write_text(f"meta {{\n  name: {name}\n{line}}}\n")
        _fill(folder, random, depth - 1)


@pytest.mark.parametrize("seed", range(4))
def test_same_order(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    root = tmp_path / "tree"
    root.mkdir()
    (root / "bruno.json").write_text('{"version": "1", "name": "tree", "type": "collection"}')
    (root / "collection.bru").write_text("headers {\n  a: b\n}\n")
    _fill(root, chance, 3)
    (root / "loop").symlink_to(root, target_is_directory=True)
    (root / "linked.bru").symlink_to(next(root.glob("*.bru")))
    (root / "dangling.bru").symlink_to(root / "nowhere")
    (root / "notes.txt").write_text("no request")
    folders = [str(path) for path in sorted(root.rglob("*")) if path.is_dir() and not path.is_symlink()][:10]
    paths = [(path, recursive) for path in [str(root), *folders] for recursive in (True, False)]
    theirs = json.loads(node(ORDER, str(root), json.dumps(paths)))
    collection = load(root)
    ours = [
        [str(request.path) for request in collection.select([path], recursive=recursive)]
        for path, recursive in paths
    ]
    assert ours == theirs["stacks"]
    assert [str(skipped.path) for skipped in collection.skipped] == theirs["skipped"]
