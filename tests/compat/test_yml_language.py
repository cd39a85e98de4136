"""OpenCollection files: what the reference's parser and printer make of them, and ours."""

from __future__ import annotations

import copy
import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
from compat.reference import node
from compat.yml_reference import parse_all

from bruscript import BruSyntaxError, parse
from bruscript.lang.yml.document import YmlDocument
from bruscript.lang.yml.emit import emit
from bruscript.lang.yml.printer import print_yml
from bruscript.lang.yml.reader import read
from bruscript.lang.yml.scalars import unspelled

pytestmark = pytest.mark.reference

HERE = Path(__file__).parents[1] / "lang" / "yml"
CORPUS = HERE / "corpus"
KINDS: list[Any] = ["request", "collection", "folder", "environment"]

STRINGIFY = """
const YAML = require('yaml'), fs = require('fs');
const how = {lineWidth: 0, indent: 2, minContentWidth: 0, defaultStringType: 'PLAIN'};
for (const value of JSON.parse(fs.readFileSync(0, 'utf8'))) {
  const text = YAML.stringify(value, how);
  let whole = false;
  try { whole = JSON.stringify(YAML.parse(text)) === JSON.stringify(value); } catch {}
  process.stdout.write(JSON.stringify([text, whole]) + '\\n');
}
"""


def test_the_corpus_has_what_the_reference_says() -> None:
    expected = json.loads((HERE / "expected.json").read_text("utf-8"))
    texts = [(name.partition("/")[0], (CORPUS / name).read_bytes().decode()) for name in expected]
    made = [{"refused": True} if "error" in each else each for each in parse_all(texts)]
    assert dict(zip(expected, made, strict=True)) == expected


# -- files with values of the wrong shape ---------------------------------------------------------

ODD: list[Any] = [
    *(None, "", "x", 0, 5, 1.5, True, False, "  ", "inherit"),
    *([], [None], ["a"], [{}], [[1]]),
    *({}, {"a": 1}, {"content": "c"}, {"length": 2}, {"type": "x", "data": 5}, {"name": None}),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [found for key, item in inner for found in places(item, (*path, key))]


def changed(value: Any, chance: random.Random) -> Any:
    value = copy.deepcopy(value)
    for _ in range(chance.choice([1, 1, 2, 3])):
        found = places(value)
        if not found:
            break
        *path, last = chance.choice(found)
        holder = value
        for key in path:
            holder = holder[key]
        if isinstance(holder, dict) and chance.random() < 0.15:
            del holder[last]
        else:
            holder[last] = copy.deepcopy(chance.choice(ODD))
    return value


def seeds(kind: str) -> list[Any]:
    found = []
    for path in sorted((CORPUS / kind).glob("*.yml")):
        try:
            found.append(unspelled(YmlDocument.composed(path.read_bytes().decode(), "request").value))
        except BruSyntaxError:
            continue
    return [value for value in found if isinstance(value, (dict, list))]


@pytest.mark.parametrize("kind", KINDS)
def test_odd_shapes_are_read_and_refused_alike(kind: Any) -> None:
    chance = random.Random(kind)
    known = seeds(kind)
    # JSON is YAML, so that no printer stands between the values and the parsers.
    texts = [json.dumps(changed(chance.choice(known), chance)) for _ in range(400)]
    texts = [text for text in texts if "NaN" not in text and "Infinity" not in text]
    for text, theirs in zip(texts, parse_all([(kind, text) for text in texts]), strict=True):
        try:
            ours = parse(text, kind, format="yml")
        except BruSyntaxError:
            assert "error" in theirs, text
            continue
        assert "json" in theirs, text
        assert ours.to_json() == theirs["json"], text
        if "length" not in text and theirs["text"] is not None:
            assert print_yml(read(unspelled(ours.value), kind), kind) == theirs["text"], text  # type: ignore[attr-defined]


# -- texts in all their styles ----------------------------------------------------------------------

PARTS = [*"ab:#- \n\t'\"{}[],&*!|>%@`?~0.1e_\\"]
PARTS += ["true", "null", "\n\n", "  ", "---", "...", "\r", "\x07", "\x85", "\u2028", "é", "😀", "<<", "="]
PARTS += ["\n  ", "x" * 30, "\ud83d", "0x1F", "1e3", ".inf", "\x00", "\x1b", "\xa0", "\ufeff"]


def some_text(chance: random.Random) -> str:
    return "".join(chance.choice(PARTS) for _ in range(chance.choice([0, 1, 2, 3, 5, 8, 20])))


def some_value(chance: random.Random, depth: int) -> Any:
    kind = chance.random()
    if depth == 0 or kind < 0.6:
        return some_text(chance)
    if kind < 0.7:
        return chance.choice([None, True, False, 0, -5, 1.5, 1e21, 1e-7, 123456789012, 0.1])
    if kind < 0.85:
        return [some_value(chance, depth - 1) for _ in range(chance.randrange(3))]
    return {some_text(chance): some_value(chance, depth - 1) for _ in range(chance.randrange(3))}


def test_values_are_written_as_the_references_library_writes_them() -> None:
    chance = random.Random(7)
    values = [{some_text(chance): some_value(chance, 3) for _ in range(2)} for _ in range(1500)]
    values = json.loads(json.dumps(values))
    lines = node(STRINGIFY, stdin=json.dumps(values)).split("\n")[:-1]
    for value, line in zip(values, lines, strict=True):
        theirs, reads_back = json.loads(line)
        assert emit(value) == theirs
        assert not reads_back or equal(YmlDocument.composed(theirs, "request").value, value)


def equal(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return (
            isinstance(other, dict)
            and one.keys() == other.keys()
            and all(equal(one[k], other[k]) for k in one)
        )
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, float) and math.isnan(one):
        return isinstance(other, float) and math.isnan(other)
    return (type(one) is type(other) and one == other) or (one == other and not isinstance(one, (str, bool)))
