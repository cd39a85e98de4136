"""Reasons why a file is not converted: values that the other format would read differently."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from bruscript.conversion.losses import JsonPath, block_name, dotted
from bruscript.conversion.places import place_of
from bruscript.lang import Document, Format, js
from bruscript.lang.errors import visible

_FORMATS: Final = {"yml": "YAML", "bru": ".bru files"}
_MOST_SHOWN: Final = 40
_ENTRY_PARTS: Final = {"contentType": "content type", "filePath": "path", "enabled": "state"}


class RefusedError(Exception):
    """A file cannot be converted: `reasons` says why, each with its place."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(dict.fromkeys(reasons))
        super().__init__("\n".join(self.reasons))


def refusal(document: Document, data: dict[str, Any], paths: Iterable[JsonPath], to: Format) -> RefusedError:
    """Return the error for the paths of a file's JSON that have no form in the format `to`."""
    return RefusedError(_reason(document, data, path, to) for path in paths)


def located(document: Document, path: JsonPath, message: str) -> str:
    """Return a message with its place in the source."""
    place = place_of(document, path)
    source = document.filename or document.kind
    return f"{source}:{place}: {message}" if place else f"{source}: {message}"


def _reason(document: Document, data: dict[str, Any], path: JsonPath, to: Format) -> str:
    value = _value_at(data, path)
    cause = _bru_cause(path, value, document.kind) if to == "bru" else _yml_cause(path, value)
    return located(
        document, path, f"{_subject(data, path)} has no form in {_FORMATS[to]}{f': {cause}' if cause else ''}"
    )


def _value_at(data: Any, path: JsonPath) -> Any:
    for part in path:
        if isinstance(data, list) and part.isdecimal() and int(part) < len(data):
            data = data[int(part)]
        elif isinstance(data, dict):
            data = data.get(part)
        else:
            return None
    return data


def _subject(data: dict[str, Any], path: JsonPath) -> str:
    """Return words for the value at a path: only its name, since the value may be a secret."""
    if not path:
        return "the file"
    block, part = block_name(path), path[-1]
    indices = [at for at, key in enumerate(path) if key.isdecimal()]
    if indices:
        entry = _value_at(data, path[: indices[0] + 1])
        name = entry.get("name") if isinstance(entry, dict) else None
        label = f"`{_short(name)}`" if isinstance(name, str) else f"entry {int(path[indices[0]]) + 1}"
        if part == "name":
            return f"the name {label} in `{block}`"
        if part.isdecimal() and len(indices) == 1:
            return f"{label} in `{block}`"
        return f"the {_ENTRY_PARTS.get(part, 'value')} of {label} in `{block}`"
    if path[0] in ("auth", "http", "grpc", "ws", "settings", "meta") and len(path) > 1:
        block = "the request" if path[0] in ("http", "grpc", "ws") else f"`{block}`"
        return f"`{part}` of {block}"
    return f"`{block}`" if path[0] in ("body", "script") else f"`{dotted(path)}`"


def _short(name: str) -> str:
    name = visible(name.replace("\n", "\\n").replace("\t", "\\t"))
    return name if len(name) <= _MOST_SHOWN else name[: _MOST_SHOWN - 1] + "…"


def _yml_cause(path: JsonPath, value: Any) -> str:
    if path[:2] == ("body", "graphql") and not value:
        return "a body of GraphQL has a query there, if an empty one"
    is_list = path[-1:] == ("value",) and isinstance(value, list)
    return "a value there is one text, not a list" if is_list else ""


def _bru_cause(path: JsonPath, value: Any, kind: str) -> str:
    """Return why the language has no form for a value."""
    part = path[-1] if path else ""
    text_block = path[:1] == ("body",) and not any(key.isdecimal() for key in path)
    if not isinstance(value, str):
        return "it would be read as something else"
    if text_block:
        return "all line ends of a body are read as LF" if "\r" in value else ""
    if part == "name":
        return _name_cause(path, value, kind) or "it would be read as something else"
    if value != js.trim(value):
        return "blanks and line ends around a value are not read"
    if "'''" in value:
        return "three single quotes end a text of several lines"
    if path[:2] == ("body", "multipartForm") or part in ("filePath", "contentType"):
        if "@contentType(" in value or "@file(" in value:
            return "`@file(…)` and `@contentType(…)` are marks of the language"
        if "|" in value and part.isdecimal():
            return "`|` separates files"
        if part != "value":
            return "it stands between parentheses, on one line"
    if part == "privateKey" and value.startswith("@file("):
        return "`@file(…)` is a key's file"
    return "it would be read as something else"


def _name_cause(path: JsonPath, name: str, kind: str) -> str:
    if name.startswith("~"):
        return "`~` disables an entry"
    if name.startswith("@") and path[0] == "vars":
        return "`@` makes a variable local"
    if "\n" in name or "\r" in name:
        return "a name is on one line"
    if name != js.trim(name):
        return "blanks around a name are not read"
    if path[0] == "assertions":
        return "an expression ends at its first colon"
    if kind == "environment":
        return "the name of a variable has no blanks, colons, commas or brackets there"
    return "an entry has a name" if not name else ""
