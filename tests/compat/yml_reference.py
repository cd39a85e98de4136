"""The reference's parser and printer of OpenCollection files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from compat.reference import node

SCRIPT = """
const fs = require('fs');
const store = require('@usebruno/filestore');
const print = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
for (const name of ['log', 'warn', 'info', 'error']) console[name] = () => {};
const yml = {format: 'yml'}, bru = {format: 'bru'};
const parse = {request: store.parseRequest, collection: store.parseCollection, folder: store.parseFolder,
  environment: store.parseEnvironment};
const write = {request: store.stringifyRequest, folder: store.stringifyFolder,
  environment: store.stringifyEnvironment,
  collection: (json, how) => store.stringifyCollection(json.collectionRoot, json.brunoConfig, how)};
const bare = (value) => Array.isArray(value) ? value.map(bare) : value && typeof value === 'object'
  ? Object.fromEntries(Object.entries(value).filter(([k]) => k !== 'uid' && k !== 'itemUid')
      .map(([k, v]) => [k, bare(v)])) : value;
"""

PARSE = """
for (const [kind, text] of JSON.parse(fs.readFileSync(0, 'utf8'))) {
  try {
    const json = parse[kind](text, yml);
    let text_ = null;
    try { text_ = write[kind](json, yml); } catch {}
    print({json: bare(json), text: text_});
  } catch (error) { print({error: error.message}); }
}
"""

CONVERT = """
for (const [kind, text, config] of JSON.parse(fs.readFileSync(0, 'utf8'))) {
  let json = parse[kind](text, bru);
  if (kind === 'collection') {
    const {version, collectionVersion, ...rest} = config;
    json = {collectionRoot: json, brunoConfig: {...rest, opencollection: '1.0.0'}};
  }
  print(write[kind](json, yml));
}
"""


def parse_all(texts: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """What the reference makes of texts, each with its kind: {json, text}, its own text, null where
    it cannot print what it has read, or {error}."""
    lines = node(SCRIPT + PARSE, stdin=json.dumps(texts)).split("\n")[:-1]
    return [json.loads(line) for line in lines]


def kind_of(path: Path) -> str:
    if path.name in ("collection.bru", "folder.bru"):
        return path.stem
    return "environment" if path.parent.name == "environments" else "request"


def convert_collection(source: Path, target: Path) -> None:
    """Make a copy of a collection of .bru files as YAML, by the reference's own conversion."""
    config = json.loads((source / "bruno.json").read_text("utf-8"))
    work = []
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        if path.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        elif path.suffix == ".bru":
            name = "opencollection.yml" if path.name == "collection.bru" else f"{path.stem}.yml"
            work.append((place.with_name(name), kind_of(path), path.read_text("utf-8")))
        else:
            # bruno.json too: with both, the collection is YAML.
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
    if not any(kind == "collection" for _, kind, _ in work):
        work.append((target / "opencollection.yml", "collection", "docs {\n  none\n}\n"))
    given = json.dumps([[kind, text, config] for _, kind, text in work])
    lines = node(SCRIPT + CONVERT, stdin=given).split("\n")[:-1]
    for (place, _, _), line in zip(work, lines, strict=True):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(json.loads(line).encode())
