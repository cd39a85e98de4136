"""Edits of OpenCollection files by the names of blocks, which leave every other byte alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar

from bruscript.lang.values import data_type, reads_as, variable_text
from bruscript.lang.yml.places import SCRIPTS, block_path
from bruscript.lang.yml.print_entries import condition
from bruscript.lang.yml.scalars import plain_value
from bruscript.lang.yml.shapes import optional, text
from bruscript.lang.yml.splice import Path, Splice

VARIABLE_BLOCKS: Final = frozenset({"vars", "vars:pre-request"})
"""The blocks whose values have types."""
_BODY_TYPES: Final = ("json", "text", "xml", "sparql")
_PLAIN_KEYS: Final = frozenset(
    (
        *("seq", "timeout", "maxRedirects", "keepAliveInterval", "maxBodySize", "encodeUrl"),
        *("followRedirects", "forwardAuthorizationHeader", "includeBodyHash"),
    )
)


class Editable(Protocol):
    """The parts of a document that an edit needs."""

    @property
    def text(self) -> str:
        """The file's text."""

    @property
    def kind(self) -> str:
        """The kind of file."""

    @property
    def root(self) -> Any:
        """The root of the nodes."""

    def with_text(self: D, text: str) -> D:
        """Return the document of another text. Raises BruSyntaxError."""


D = TypeVar("D", bound=Editable)


def typed_data(value: Any) -> Any:
    """Return a variable's value as a file has it: a text, or `{type, data}` for anything else."""
    kind = data_type(value)
    return variable_text(value) if kind is None else {"type": kind, "data": variable_text(value)}


def set_value(document: D, block: str, key: str, value: Any) -> D:
    """Return the document with `key: value` in a block of this name; see Document.set."""
    if block not in VARIABLE_BLOCKS and not isinstance(value, str):
        raise TypeError(f"a value of `{block}` is text, not {type(value).__name__}")
    if not isinstance(value, (str, bool, int, float, dict, list, type(None))):
        raise TypeError(f"a value of `{block}` cannot be of the type {type(value).__name__}")
    if block in VARIABLE_BLOCKS and not reads_as(variable_text(value), value):
        raise ValueError(
            f"the value of `{key}` cannot be written in `{block}`: it does not read back as it is"
        )
    path = _path(document, block)
    splice = Splice(document.text)
    shape = _ROWS.get(block)
    if shape is None:
        return _edited_document(document, _set_key(splice, path, block, key, str(value)))
    name = key.removeprefix("~")
    disabled = name != key
    entry, keys = shape(name, value)
    at = _find(splice, path, block, name, disabled=disabled)
    if at is None:
        if disabled:
            entry["disabled"] = True
        return _edited_document(document, splice.append(path, entry))
    for field in keys:
        if field in entry:
            splice = _put(splice, (*path, at, field), entry[field])
        elif field in _row(splice, path, at):
            splice = _put(splice, (*path, at, field), "")
    return _edited_document(document, splice)


def remove_entries(document: D, block: str, key: str) -> D:
    """Return the document without the entries of this key in a block of this name; see Document.remove."""
    path = _path(document, block)
    if block not in _ROWS:
        raise ValueError(f"`{block}` has no entries that can be removed")
    splice = Splice(document.text)
    name = key.removeprefix("~")
    while (at := _find(splice, path, block, name, disabled=name != key)) is not None:
        splice = splice.remove((*path, at))
    return _edited_document(document, splice)


def set_text(document: D, block: str, content: str) -> D:
    """Return the document with `content` as the text of a block of this name; see Document.set_text."""
    if not content:
        raise ValueError(f"`{block}` cannot be empty")
    path = _path(document, block)
    splice = Splice(document.text)
    if block in SCRIPTS:
        scripts = _value(splice, path)
        rows = scripts if isinstance(scripts, list) else []
        kinds = [optional(row, "type") if optional(row, "code") else None for row in rows]
        if SCRIPTS[block] in kinds:
            at = len(kinds) - 1 - kinds[::-1].index(SCRIPTS[block])
            return _edited_document(document, _put(splice, (*path, at, "code"), content))
        return _edited_document(document, splice.append(path, {"type": SCRIPTS[block], "code": content}))
    if block == "docs":
        inner = isinstance(_value(splice, path), dict)
        return _edited_document(document, _put(splice, (*path, "content") if inner else path, content))
    mode = block.partition(":")[2] or "json"
    if not block.startswith("body") or mode not in _BODY_TYPES:
        raise ValueError(f"`{block}` is not a block of text")
    if optional(_value(splice, path), "type") == mode:
        return _edited_document(document, _put(splice, (*path, "data"), content))
    return _edited_document(document, _put(splice, path, {"type": mode, "data": content}))


def add_secret(document: D, name: str) -> D:
    """Return the document with `name` among its secret variables."""
    path = _path(document, "vars:secret")
    splice = Splice(document.text)
    if _find(splice, path, "vars:secret", name, disabled=None) is not None:
        return document
    return _edited_document(document, splice.append(path, {"secret": True, "name": name}))


def remove_secret(document: D, name: str) -> D:
    """Return the document without the secret variable `name`."""
    path = _path(document, "vars:secret")
    splice = Splice(document.text)
    while (at := _find(splice, path, "vars:secret", name, disabled=None)) is not None:
        splice = splice.remove((*path, at))
    return _edited_document(document, splice)


# -- where things are -----------------------------------------------------------------------------


def _path(document: Editable, block: str) -> Path:
    path = block_path(document.root, document.kind, block)
    if path is None:
        raise ValueError(f"`{block}` cannot be in a file of kind {document.kind}")
    return path


def _value(splice: Splice, path: Path) -> Any:
    value = splice.value
    for step in path:
        if isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def _row(splice: Splice, path: Path, at: int) -> dict[str, Any]:
    row = _value(splice, (*path, at))
    return row if isinstance(row, dict) else {}


def _find(splice: Splice, path: Path, block: str, name: str, *, disabled: bool | None) -> int | None:
    """Return the position of the entry that counts: the last of this name."""
    rows = _value(splice, path)
    for at in range(len(rows) - 1, -1, -1) if isinstance(rows, list) else ():
        row = rows[at]
        if not isinstance(row, dict) or _name(block, row) != name:
            continue
        if (row.get("secret") is True) != (block == "vars:secret"):
            continue
        if block.startswith("params:") and row.get("type", "query") != block.partition(":")[2]:
            continue
        if disabled is None or (row.get("disabled") is True) == disabled:
            return at
    return None


def _name(block: str, row: dict[str, Any]) -> str:
    if block == "assert":
        return text(row.get("expression"))
    return text(optional(row.get("variable"), "name") if block == "vars:post-response" else row.get("name"))


# -- what is written ------------------------------------------------------------------------------


def _put(splice: Splice, path: Path, value: Any) -> Splice:
    """Set a value; a typed one that stays typed keeps its mapping, and one that is equal all."""
    old = _value(splice, path)
    if old == value and type(old) is type(value):
        return splice
    if isinstance(value, dict) and isinstance(old, dict) and list(old) == list(value):
        for key, item in value.items():
            splice = _put(splice, (*path, key), item)
        return splice
    return splice.put(path, value)


def _set_key(splice: Splice, path: Path, block: str, key: str, value: str) -> Splice:
    holder = _value(splice, path)
    if block.startswith("auth:") and optional(holder, "type") != block.partition(":")[2]:
        raise ValueError(f"the auth of this file is not `{block}`")
    if holder is not None and not isinstance(holder, dict):
        raise ValueError(f"`{block}` is not a block of pairs")
    plain = plain_value(value) if key in _PLAIN_KEYS else value
    return _put(splice, (*path, key), plain)


def _edited_document(document: D, splice: Splice) -> D:
    return document if splice.text == document.text else document.with_text(splice.text)


def _variable(name: str, value: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    return {"name": name, "value": typed_data(value)}, ("value",)


def _pair(name: str, value: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    return {"name": name, "value": value}, ("value",)


def _param(kind: str) -> Callable[[str, Any], tuple[dict[str, Any], tuple[str, ...]]]:
    return lambda name, value: ({"name": name, "value": value, "type": kind}, ("value",))


def _assertion(name: str, value: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    operator, expected = condition(value)
    entry = {"expression": name, "operator": operator}
    return ({**entry, "value": expected} if expected is not None else entry), ("operator", "value")


def _action(name: str, value: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    entry = {
        "type": "set-variable",
        "phase": "after-response",
        "selector": {"expression": value, "method": "jsonq"},
        "variable": {"name": name, "scope": "runtime"},
    }
    return entry, ("selector",)


_ROWS: Final[dict[str, Callable[[str, Any], tuple[dict[str, Any], tuple[str, ...]]]]] = {
    "vars": _variable,
    "vars:pre-request": _variable,
    "vars:post-response": _action,
    "headers": _pair,
    "metadata": _pair,
    "query": _param("query"),
    "params:query": _param("query"),
    "params:path": _param("path"),
    "assert": _assertion,
}
