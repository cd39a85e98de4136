"""Files of the other format that lie in a collection: they do not count there, nor in its conversion."""

from __future__ import annotations

from pathlib import Path

from conversion.round_trip import losses, request, write

import bruscript
from bruscript.conversion import convert

YML = "info:\n  name: {name}\n  type: http\n  seq: 1\nhttp:\n  method: GET\n  url: http://h/{name}\n"
HEADERS = "headers {\n  old: 1\n}\n"


def test_bru_files_in_a_collection_of_yaml(tmp_path: Path) -> None:
    files = {
        "opencollection.yml": "opencollection: 1.0.0\ninfo:\n  name: new\n",
        "collection.bru": HEADERS,
        "f/folder.bru": HEADERS,
        "f/a.yml": YML.format(name="a"),
        "f/a.bru": request(),
        "environments/e.bru": "vars {\n  a: 1\n}\n",
    }
    root, target = write(tmp_path / "c", files), tmp_path / "out"
    result = convert(root, "bru", target)
    assert result.failed == {}
    assert sorted(loss.split(":")[0] for loss in losses(result, root)) == [
        "bruno.json",
        "collection.bru",
        "environments/e.bru",
        "f/a.bru",
        "f/folder.bru",
    ]
    made = bruscript.load(target)
    assert made.name == "new"
    assert [each.name for each in made.walk()] == ["a"]
    assert "old" not in "".join(path.read_text() for path in target.rglob("*.bru"))
    assert made.environments() == []


def test_yaml_files_in_a_collection_of_bru_files(tmp_path: Path) -> None:
    files = {
        "a.bru": request(),
        "a.yml": YML.format(name="other"),
        "f/folder.yml": "info:\n  name: f\n  type: folder\n",
        "f/b.bru": request(),
        "broken.yml": "info:\n  type: http\nhttp:\n  url: {{x}}/a\n",
        "compose.yml": "services: {}\n",
    }
    root, target = write(tmp_path / "c", files), tmp_path / "out"
    result = convert(root, "yml", target)
    assert result.failed == {}
    assert sorted(loss.split(":")[0] for loss in losses(result, root)) == [
        "a.yml",
        "broken.yml",
        "f/folder.yml",
    ]
    assert [each.name for each in bruscript.load(target).walk()] == ["A", "A"]
    assert (target / "compose.yml").read_text() == "services: {}\n"
