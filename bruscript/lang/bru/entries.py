"""Pairs of a block as entries of Bruno's JSON: name, value, whether enabled, annotations, files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bruscript.lang import js
from bruscript.lang.nodes import Annotation, Pair
from bruscript.lang.values import described

_CONTENT_TYPE = "@contentType("


def annotation_list(annotations: Sequence[Annotation]) -> list[dict[str, Any]]:
    """Return annotations as JSON."""
    return [{"name": a.name} if a.value is None else {"name": a.name, "value": a.value} for a in annotations]


def entry(pair: Pair) -> dict[str, Any]:
    """Return a pair as name, value and whether it is enabled, with its annotations."""
    name = pair.key
    if name == "__proto__":
        # In JavaScript such a key sets a prototype and is then not to be found.
        result: dict[str, Any] = {"enabled": True}
    else:
        value = list(pair.value) if isinstance(pair.value, tuple) else pair.value
        enabled = name[:1] != "~"
        result = {"name": name if enabled else name[1:], "value": value, "enabled": enabled}
    if pair.annotations:
        result["annotations"] = annotation_list(pair.annotations)
    return result


def entries(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """Return pairs as a list of entries with their descriptions."""
    result = []
    for pair in pairs:
        item = entry(pair)
        if pair.annotations:
            described(item, item["annotations"])
        result.append(item)
    return result


def mapping(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return pairs as one object: the last of equal keys wins, lists are laid over one another."""
    result: dict[str, Any] = {}
    for pair in pairs:
        if pair.key != "__proto__":
            value = pair.value
            js.merge(result, {pair.key: list(value) if isinstance(value, tuple) else value})
    return result


def _split_content_type(value: str) -> tuple[str, str | None]:
    """Split `value @contentType(type)`: the type goes from the first mark to the last parenthesis."""
    whole = value.rstrip(js.WHITESPACE)
    at = whole.find(_CONTENT_TYPE)
    if at < 0 or not whole.endswith(")"):
        return value, None
    return value[:at].rstrip(js.WHITESPACE), whole[at + len(_CONTENT_TYPE) : -1]


def multipart_entry(item: dict[str, Any], *, keep_empty: bool = False) -> dict[str, Any]:
    """Read a form field's content type and its files, `@file(a|b)`; empty names stay with `keep_empty`."""
    item["type"] = "text"
    value = item.get("value")
    if isinstance(value, str):
        value, content_type = _split_content_type(value)
        item["value"], item["contentType"] = value, content_type or ""
        if value.startswith("@file(") and value.endswith(")"):
            item["type"] = "file"
            item["value"] = [name for name in value[6:-1].split("|") if name or keep_empty]
    return item


def file_entry(item: dict[str, Any]) -> dict[str, Any]:
    """Read a file body's path and content type."""
    value = item.get("value")
    if not isinstance(value, str):
        return item
    value, content_type = _split_content_type(value)
    if content_type is not None:
        value, content_type = js.trim(value), js.trim(content_type)
    item["value"], item["contentType"] = value, content_type or ""
    if value.startswith("@file(") and value.endswith(")"):
        item["filePath"] = value[6:-1]
        item["selected"] = item["enabled"]
        del item["value"], item["name"], item["enabled"]
    return item
