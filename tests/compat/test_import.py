"""What `import` writes, beside what the reference's command and converters write."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from compat.reference import HOME, node

from bruscript.cli import main

pytestmark = pytest.mark.reference

SOURCES = Path(__file__).parent.parent / "importing" / "sources"
FORMATS = [("yml", "opencollection"), ("bru", "bru")]

CONVERT = """
const fs = require('fs');
const converters = require('@usebruno/converters');
const { createCollectionFromBrunoObject } = require('@usebruno/cli/src/utils/collection.js');
const [kind, source, target, format] = process.argv.slice(1);
for (const name of ['log', 'warn', 'error']) console[name] = () => {};
const text = fs.readFileSync(source, 'utf8');
const value = source.endsWith('json') ? JSON.parse(text) : require('js-yaml').load(text);
(async () => {
  const collection = kind === 'postman' ? (await converters.postmanToBruno(value)).collection
    : converters.insomniaToBruno(value);
  collection.root ??= {};
  fs.mkdirSync(target);
  await createCollectionFromBrunoObject(collection, target, { format });
})();
"""


def texts(directory: Path) -> dict[str, str]:
    files = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_text(encoding="utf-8") for path in files}


@pytest.mark.parametrize(("format_", "named"), FORMATS)
@pytest.mark.parametrize(
    ("kind", "name", "group"),
    [
        *[
            ("openapi", name, group)
            for name in ("library-3.0.yml", "weather-3.1.json", "inventory-2.0.yml")
            for group in ("tags", "path")
        ],
        ("wsdl", "quotes.wsdl", None),
    ],
)
def test_the_files_are_those_of_the_references_command(
    tmp_path: Path, kind: str, name: str, group: str | None, format_: str, named: str
) -> None:
    source = ["import", kind, "-s", str(SOURCES / name), "-n", "Mine", *(["-g", group] if group else [])]
    assert main([*source, "-o", str(tmp_path / "ours"), "--format", format_]) == 0
    command = [str(HOME / "node_modules" / ".bin" / "bru"), *source, "-o", str(tmp_path / "theirs")]
    subprocess.run([*command, "--collection-format", named], check=True, capture_output=True)
    ours, theirs = texts(tmp_path / "ours"), texts(tmp_path / "theirs")
    if kind == "wsdl":
        # Without it the reference's result is not a collection in YAML.
        ours.pop("opencollection.yml", None)
    assert ours == theirs
    assert len(ours) > 1


def without_settings(text: str) -> str:
    """Leave out the settings, and the numbers of Insomnia's requests, which its converter gives twice."""
    text = re.sub(r"\n*settings:\n(?:  .*\n)*|\n*settings \{\n[^}]*\}\n?", "\n", text)
    return re.sub(r"\n  seq: \d+", "", text).replace("\n\n", "\n").strip()


@pytest.mark.parametrize("format_", ["yml", "bru"])
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("postman", "shop.postman_collection.json"),
        ("insomnia", "shop.insomnia-v4.json"),
        ("insomnia", "shop.insomnia-v5.yml"),
    ],
)
def test_exports_of_other_programs_become_the_same_requests(
    tmp_path: Path, kind: str, name: str, format_: str
) -> None:
    """Settings aside, which the reference's writer drops."""
    source = str(SOURCES / name)
    assert main(["import", kind, "-s", source, "-o", str(tmp_path / "ours"), "--format", format_]) == 0
    node(CONVERT, kind, source, str(tmp_path / "theirs"), format_)
    ours, theirs = texts(tmp_path / "ours"), texts(tmp_path / "theirs")
    # Its root is empty: what it prints of it is no concern of these.
    for name in ("opencollection.yml", "collection.bru"):
        if kind == "insomnia":
            ours.pop(name, None)
            theirs.pop(name, None)
    assert {key: without_settings(text) for key, text in ours.items()} == {
        key: without_settings(text) for key, text in theirs.items()
    }
    assert len(ours) > 3
