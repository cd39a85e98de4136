"""From a syntax tree to the reference parser's JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bruscript.lang.bru import blocks, entries
from bruscript.lang.js import merge, truthy
from bruscript.lang.nodes import Block, Color, Dictionary, Secrets, Text
from bruscript.lang.values import SECRET_IDENTIFIERS, described, outdent, typed

Part = tuple[str, Any]
"""The name of a block, and its pairs or its text without indentation."""


def request_json(parts: Iterable[Part]) -> dict[str, Any]:
    """Return what the reference's parser gives for a request file."""
    return _merged(parts, blocks.REQUEST)


def collection_json(parts: Iterable[Part]) -> dict[str, Any]:
    """Return what the reference's parser gives for collection.bru or folder.bru."""
    return _merged(parts, blocks.COLLECTION)


def parts(tree: tuple[Block, ...]) -> Iterator[Part]:
    """Return the parts of a request's, collection's or folder's tree."""
    for block in tree:
        content: Any = None
        if isinstance(block, Dictionary):
            content = block.pairs
        elif isinstance(block, Text):
            # An example takes its own indentation off.
            content = block.source if block.name == "example" else outdent(block.source)
        yield block.name, content


def _merged(parts: Iterable[Part], makers: dict[str, blocks.Maker]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, content in parts:
        merge(result, makers[name](content), concatenate=True)
    return result


def environment_json(tree: tuple[Block, ...]) -> dict[str, Any]:
    """Return what the reference's parser gives for an environment file."""
    if not tree:
        return {"variables": []}
    result: dict[str, Any] = {}
    for block in tree:
        if isinstance(block, Color):
            part: dict[str, Any] = {"color": block.value}
        elif isinstance(block, Secrets):
            part = {"variables": _secrets(block)}
        elif isinstance(block, Dictionary) and block.name == "vars":
            part = {"variables": [{**entry, "secret": False} for entry in _variables(block)]}
        else:
            part = _external(block) if isinstance(block, Dictionary) else {}
        merge(result, part, concatenate=True)
    return result


def _variables(block: Dictionary) -> list[dict[str, Any]]:
    variables: list[dict[str, Any]] = []
    for pair in block.pairs:
        entry = entries.entry(pair)
        described(entry, entry.get("annotations"))
        typed(entry, entry.get("annotations"))
        variables += _split_descriptions(entry)
    return variables


def _split_descriptions(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a variable with several descriptions as rows: all but the last have no name."""
    annotations = entry.get("annotations", [])
    descriptions = [a for a in annotations if a["name"] == "description"]
    if len(descriptions) <= 1:
        return [entry]
    rows = [
        {
            "name": "",
            "value": "",
            "enabled": entry["enabled"],
            "annotations": [annotation],
            "description": annotation.get("value", ""),
        }
        for annotation in descriptions[:-1]
    ]
    last = descriptions[-1]
    others = [a for a in annotations if a["name"] != "description"]
    return [*rows, {**entry, "annotations": [*others, last], "description": last.get("value", "")}]


def _secrets(block: Secrets) -> list[dict[str, Any]]:
    variables = []
    for item in block.items:
        enabled = not item.name.startswith("~")
        entry: dict[str, Any] = {"name": item.name.removeprefix("~"), "value": "", "enabled": enabled}
        annotations = entries.annotation_list(item.annotations)
        if annotations:
            entry["annotations"] = annotations
            described(entry, annotations)
            typed(entry, annotations)
        entry["secret"] = True
        variables.append(entry)
    return variables


def _external(block: Dictionary) -> dict[str, Any]:
    store = block.name.removeprefix("vars:externalsecrets:")
    field = SECRET_IDENTIFIERS.get(store)
    if field is None:
        return {}
    variables = []
    for row in _variables(block):
        if truthy(row.get("name")):
            value = row["value"]
            entry = {
                "name": row["name"],
                field: value if isinstance(value, str) else "",
                "enabled": row["enabled"],
            }
            if "annotations" in row:
                entry["annotations"] = row["annotations"]
            variables.append(entry)
    return {"externalSecrets": {"type": store, "variables": variables}}
