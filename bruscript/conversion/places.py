"""The line and column, 1-based, of the value at a path of a file's JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from bruscript.conversion.losses import JsonPath, block_name
from bruscript.lang import Document
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.nodes import Dictionary, Item, Pair, Secrets, Text
from bruscript.lang.place import Place, place_at
from bruscript.lang.yml.document import YmlDocument
from bruscript.lang.yml.places import child, content_node

_LISTS: Final[dict[JsonPath, tuple[str, ...]]] = {
    ("headers",): ("headers",),
    ("metadata",): ("metadata",),
    ("params",): ("params:query", "params:path", "query"),
    ("assertions",): ("assert",),
    ("variables",): ("vars", "vars:secret"),
    ("vars", "req"): ("vars:pre-request",),
    ("vars", "res"): ("vars:post-response",),
    ("body", "formUrlEncoded"): ("body:form-urlencoded",),
    ("body", "multipartForm"): ("body:multipart-form",),
    ("body", "file"): ("body:file",),
}
_YML_KEYS: Final = {
    "name": ("name", "expression", "variable", "title"),
    "value": ("value", "selector", "operator"),
    "filePath": ("filePath",),
    "content": ("message", "data"),
    "enabled": ("disabled",),
    "grantType": ("flow",),
    "credentialsPlacement": ("placement",),
    "protoPath": ("protoFilePath",),
}
"""YAML's names for parts of an entry's JSON, where they differ."""


def place_of(document: Document, path: JsonPath) -> Place | None:
    """Return the place of the value at a path of a file's JSON, or None."""
    if not path:
        return None
    if isinstance(document, BruDocument):
        return _bru_place(document, path)
    return _yml_place(document, path) if isinstance(document, YmlDocument) else None


# -- .bru -----------------------------------------------------------------------------------------


def _bru_place(document: BruDocument, path: JsonPath) -> Place | None:
    lists = {**_LISTS, path[:1]: (block_name(path),)} if path[0].startswith("oauth2_") else _LISTS
    for prefix, names in lists.items():
        if path[: len(prefix)] == prefix and len(path) > len(prefix) and path[len(prefix)].isdecimal():
            entries = list(_entries(document, names))
            at = int(path[len(prefix)])
            if at < len(entries):
                return _entry_place(document, entries[at], path[-1])
    if path[0] in ("http", "grpc", "ws"):
        blocks: list[Any] = [block for block in document.blocks if "url" in _keys(block)]
        blocks = blocks or [block for block in document.blocks if block.name == path[0]]
    else:
        blocks = [block for block in document.blocks if block.name == block_name(path)]
    numbered = path[0] == "examples" or path[:2] in (("body", "grpc"), ("body", "ws"))
    indices = [int(part) for part in path if part.isdecimal()] if numbered else []
    if indices and indices[0] < len(blocks):
        blocks = [blocks[indices[0]]]
    if not blocks:
        line = document.content_line(block_name(path))
        return None if line is None else Place(line)
    block = blocks[-1]
    if isinstance(block, Dictionary):
        for pair in reversed(block.pairs):
            if pair.key in (path[-1], _snake(path[-1])):
                return _entry_place(document, pair, "value")
    return Place(block.content_line if isinstance(block, Text) else block.line)


def _keys(block: Any) -> list[str]:
    return [pair.key for pair in block.pairs] if isinstance(block, Dictionary) else []


def _entries(document: BruDocument, names: tuple[str, ...]) -> Iterator[Pair | Item]:
    for block in document.blocks:
        if block.name in names and isinstance(block, Dictionary):
            yield from block.pairs
        elif block.name in names and isinstance(block, Secrets):
            yield from block.items


def _entry_place(document: BruDocument, entry: Pair | Item, part: str) -> Place:
    if isinstance(entry, Item):
        return Place(entry.line)
    offset = (
        entry.value_start if part not in ("name", "enabled", "local") and entry.value else entry.key_start
    )
    return place_at(document.text, offset)


def _snake(key: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in key)


# -- YAML -----------------------------------------------------------------------------------------


def _yml_place(document: YmlDocument, path: JsonPath) -> Place | None:
    node = _yml_node(document, path)
    if node is None:
        return None
    return Place(int(node.start_mark.line) + 1, int(node.start_mark.column) + 1)


def _yml_node(document: YmlDocument, path: JsonPath) -> Any:
    root, kind = document.root, document.kind
    if path[0] in ("http", "grpc", "ws"):
        block = content_node(root, kind, "http")
        return _inside(block, path[1:]) if path[1:] else block
    if path[0] == "examples":
        return _inside(child(root, "examples"), path[1:])
    if path[0] in ("name", "color", "externalSecrets"):
        return _inside(child(root, path[0]), path[1:])
    if path[0] == "description":
        return child(root, "info", "description")
    if path[0] == "config":
        return child(root, "config")
    if path[:2] in (("body", "grpc"), ("body", "ws")):
        return _inside(child(content_node(root, kind, "http"), "message"), path[2:])
    node = content_node(root, kind, block_name(path))
    if node is None:
        return None
    if path[0] == "body":
        rest = path[2:]
        data = child(node, "data") if path[1:2] != ("graphql",) else None
        return _inside(node if data is None else data, rest)
    if path[:2] == ("vars", "res"):
        rows = [row for row in getattr(node, "value", ()) if _is_action(row)]
        at = int(path[2]) if len(path) > 2 else 0
        return _inside(rows[at], path[3:]) if at < len(rows) else node
    skipped = 2 if path[0] in ("vars", "auth", "script") else 1
    return _inside(node, path[skipped:])


def _is_action(row: Any) -> bool:
    kind, phase = child(row, "type"), child(row, "phase")
    return (
        getattr(kind, "value", None) == "set-variable" and getattr(phase, "value", None) == "after-response"
    )


def _inside(node: Any, path: JsonPath) -> Any:
    """Return the node at a path, or the deepest one that exists on the way."""
    for part in path:
        if getattr(node, "id", None) == "sequence" and part.isdecimal() and int(part) < len(node.value):
            node = node.value[int(part)]
        elif getattr(node, "id", None) == "mapping":
            names = _YML_KEYS.get(part, (part,))
            deeper = next((each for name in names if (each := _child(node, name)) is not None), None)
            if deeper is None:
                break
            node = deeper
        else:
            break
    return node


def _child(node: Any, name: str) -> Any:
    """Return the node under a key, or under a key of one of the mappings in it."""
    direct = child(node, name)
    if direct is not None:
        return direct
    inner = (value for _, value in node.value if value.id == "mapping")
    return next((deeper for each in inner if (deeper := _child(each, name)) is not None), None)
