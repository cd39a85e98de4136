"""What the reference writes into files of variables, and what we write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from compat.reference import node

from bruscript.collection.writeback import PersistError, persist_collection, persist_environment
from bruscript.lang import parse
from bruscript.lang.js import trim

pytestmark = pytest.mark.reference

PERSIST = """
const fs = require('fs');
const {persistVariableUpdates} = require('@usebruno/cli/src/utils/persist-variables');
const {parseCollection} = require('@usebruno/filestore');
for (const [path, kind, after] of JSON.parse(fs.readFileSync(0, 'utf8'))) {
  if (kind === 'yml collection') {
    const parsed = parseCollection(fs.readFileSync(path, 'utf8'), {format: 'yml'});
    const {collectionRoot: root, brunoConfig} = parsed;
    const collection = {root, format: 'yml', brunoConfig};
    persistVariableUpdates({collectionVariables: after}, {collection, collectionRootPath: path});
  } else if (kind === 'collection') {
    const root = parseCollection(fs.readFileSync(path, 'utf8'), {format: 'bru'});
    const collection = {root, format: 'bru', brunoConfig: {}};
    persistVariableUpdates({collectionVariables: after}, {collection, collectionRootPath: path});
  } else {
    persistVariableUpdates({envVariables: after}, {envFile: {path, format: kind}});
  }
}
"""

READ = """
const fs = require('fs');
const {parseCollection, parseEnvironment} = require('@usebruno/filestore');
const read = ([path, kind]) => {
  const text = fs.readFileSync(path, 'utf8');
  if (kind === 'json') return JSON.parse(text).variables;
  if (kind === 'bru') return parseEnvironment(text.replace(/\\r\\n/g, '\\n'), {format: 'bru'}).variables;
  if (kind === 'yml') return parseEnvironment(text, {format: 'yml'}).variables;
  if (kind === 'collection') return parseCollection(text, {format: 'bru'}).request.vars.req;
  return parseCollection(text, {format: 'yml'}).collectionRoot.request.vars.req;
};
console.log(JSON.stringify(JSON.parse(fs.readFileSync(0, 'utf8')).map(read)));
"""

ENVIRONMENT = """vars {
  host: http://localhost
  @number
  port: 80
  @object
  map: '''
    {
      "a": 1
    }
  '''
  ~off: kept
  gone: x
}
vars:secret [
  token,
  ~old,
  lost
]
"""
JSON = json.dumps(
    {
        "name": "Local",
        "variables": [
            {"name": "host", "value": "http://localhost", "enabled": True, "type": "text", "secret": False},
            {"name": "port", "value": 80, "enabled": True, "dataType": "number", "uid": "u1"},
            {"name": "off", "value": "kept", "enabled": False},
            {"name": "gone", "value": "x", "enabled": True},
        ],
        "custom": {"kept": True},
    },
    indent=2,
)
YAML = """name: Local
variables:
  - name: host
    value: http://localhost
  - name: port
    value:
      type: number
      data: "80"
  - name: off
    value: kept
    disabled: true
  - name: gone
    value: x
  - secret: true
    name: token
"""
COLLECTION = """headers {
  X-A: 1
}

vars:pre-request {
  host: http://localhost
  @number
  port: 80
  ~off: kept
  gone: x
}

tests {
  test("a", () => {});
}
"""

YAML_COLLECTION = """opencollection: 1.0.0
info:
  name: Shop
request:
  headers:
    - name: a
      value: b
  variables:
    - name: host
      value: http://localhost
    - name: port
      value: {type: number, data: "80"}
    - {name: off, value: kept, disabled: true}
    - name: gone
      value: x
docs: Kept.
"""
BEFORE = {"host": "http://localhost", "port": 80, "gone": "x"}
AFTERS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "text": {"host": "http://example.org/?a=1&b={{x}}"},
    "number to text": {"port": "eighty"},
    "text to number": {"host": 5},
    "boolean": {"host": True, "port": False},
    "object": {"host": {"b": [1, "two", None], "ü": 1.5}},
    "list": {"fresh": [1, 2]},
    "several lines": {"host": "one\ntwo\n  three"},
    "new ones": {"fresh": "f", "count": 3, "off": "again", "flag": True},
    "empty": {"host": ""},
    "quotes": {"host": "it's \"so\" 'said'"},
}


FILES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "Local.bru": (ENVIRONMENT, "bru", {"token": "", "lost": "", "map": {"a": 1}}),
    "Local.json": (JSON + "\n", "json", {}),
    "Local.yml": (YAML, "yml", {"token": ""}),
    "collection.bru": (COLLECTION, "collection", {}),
    "opencollection.yml": (YAML_COLLECTION, "yml collection", {}),
}


def _comparable(text: str, kind: str) -> Any:
    if kind == "yml":
        return parse(text, "environment", format="yml").to_json()
    if kind == "yml collection":
        return parse(text, "collection", format="yml").to_json()
    if kind == "collection":
        # The reference puts the disabled ones last whenever it writes.
        document = parse(text, "collection")
        rest = document.to_json()
        variables = rest["vars"].pop("req")
        return rest, sorted(variables, key=lambda each: (not each["enabled"], str(each)))
    return text


def test_same_files(tmp_path: Path) -> None:
    cases = []
    for change, values in AFTERS.items():
        for name, (text, kind, more) in FILES.items():
            before = {**BEFORE, **more}
            after = {**before, **values}
            if change != "nothing":
                del after["gone"]
                after.pop("lost", None)
            paths = [tmp_path / who / change / name for who in ("theirs", "ours")]
            for path in paths:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            cases.append((change, name, kind, paths, after))
            persist = persist_collection if kind.endswith("collection") else persist_environment
            persist(paths[1], before, after)
    node(PERSIST, stdin=json.dumps([[str(paths[0]), kind, after] for _, _, kind, paths, after in cases]))
    for change, name, kind, paths, _ in cases:
        theirs, ours = (_comparable(path.read_text(encoding="utf-8"), kind) for path in paths)
        if name == "Local.bru" and change != "nothing":
            # On purpose: the name of a secret stays, whatever a script deletes (docs/differences.md).
            assert "lost" not in theirs
            theirs = theirs.replace("  ~old\n]", "  ~old,\n  lost\n]")
        assert ours == theirs, (change, name)


ODD = {
    "cr": "a\rb",
    "cr in lines": "a\rb\nc",
    "crlf": "a\r\nb",
    "lines": "a\n   b\n\nc",
    "quotes": "'''",
    "quotes at the end": "x'''",
    "quotes around": "'''x'''",
    "quotes in lines": "a\n'''b",
    "quotes in an object": {"a": ["'''", " x ", "a\r\nb"]},
    "blanks": "  x  ",
    "line end": "a\nb\n",
    "no-break space": "x\u00a0",
    "byte order mark": "\ufeffx",
    "other line ends": "a\u2028b\x85c",
    "list": "[\n  a\n]",
    "brace": "a\n}\nb",
    "annotation": "@number",
    "colon": "a: b",
    "comment": "a # b",
    "null": "null",
    "number": "1.10",
    "control": "a\x00b\tc",
    "emoji": "😀\n😀",
}


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_reference_reads_what_we_write(tmp_path: Path, line_end: str) -> None:
    cases, trimmed = [], set()
    for what, value in ODD.items():
        for name, (text, kind, more) in FILES.items():
            path = tmp_path / what / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text.replace("\n", line_end).encode())
            persist = persist_collection if kind.endswith("collection") else persist_environment
            before = {**BEFORE, **more}
            warnings: list[str] = []
            try:
                persist(path, before, {**before, "host": value}, warn=warnings.append)
            except PersistError:
                continue
            if warnings:
                trimmed.add((what, kind))
            cases.append((what, kind, path, trim(str(value)) if warnings else value))
    read = json.loads(node(READ, stdin=json.dumps([[str(path), kind] for _, kind, path, _ in cases])))
    for (what, kind, _, value), variables in zip(cases, read, strict=True):
        assert [each["value"] for each in variables if each["name"] == "host"] == [value], (what, kind)
    unwritten = {(what, kind) for what in ODD for _, kind, _ in FILES.values()} - {case[:2] for case in cases}
    refused = {"bru": ["quotes in lines", "cr in lines", "crlf"]}
    refused["collection"] = ["quotes in lines", "quotes", "quotes around"]
    assert unwritten == {(what, kind) for kind, names in refused.items() for what in names}
    blank = ("blanks", "line end", "no-break space", "byte order mark")
    assert trimmed == {(what, kind) for what in blank for kind in refused}
