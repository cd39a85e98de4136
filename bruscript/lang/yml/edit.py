"""Edits of OpenCollection files by the names of blocks, which leave every other byte alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Protocol, TypeVar

from bruscript.lang.values import data_type, reads_as, variable_text
from bruscript.lang.yml.compose import Composed
from bruscript.lang.yml.places import SCRIPTS, block_path
from bruscript.lang.yml.print_entries import condition
from bruscript.lang.yml.quoting import keeps_lines, quoted
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

    @property
    def composition(self) -> Composed:
        """The nodes, with what it takes to read them."""

    @property
    def value(self) -> Any:
        """The text as YAML."""

    def with_reading(self: D, text: str, composition: Composed, value: Any) -> D:
        """Return the document of another text that has been read already. Raises BruSyntaxError."""


D = TypeVar("D", bound=Editable)


def typed_data(value: Any) -> Any:
    """Return a variable's value as a file has it: a text, or `{type, data}` for anything else."""
    kind = data_type(value)
    return variable_text(value) if kind is None else {"type": kind, "data": variable_text(value)}


def set_value(document: D, block: str, key: str, value: Any) -> D:
    """Return the document with `key: value` in a block of this name; see Document.set."""
    _check_value(block, key, value)
    path = _path(document, block)
    splice = _splice(document)
    if block not in _ROWS:
        return _edited_document(document, _set_key(splice, path, block, key, str(value)))
    puts, items = _row_changes(splice, path, block, [(key, value)])
    for place, content in puts:
        splice = splice.put(place, content)
    for item in items:
        splice = splice.append(path, item)
    return _edited_document(document, splice)


def set_values(document: D, block: str, values: Sequence[tuple[str, Any]]) -> D:
    """Return the document with all these entries, the same as from `set_value` one after the other.

    The file is read again only once or twice. Of several, ValueError is also raised if one can be written
    only with all texts in quotes.
    """
    if len(values) == 1:
        return set_value(document, block, *values[0])
    for key, value in values:
        _check_value(block, key, value)
    path = _path(document, block)
    splice = _splice(document)
    puts, items = _row_changes(splice, path, block, values)
    return _edited_document(document, splice.change(puts, path, items) if puts or items else splice)


def _check_value(block: str, key: str, value: Any) -> None:
    if block not in VARIABLE_BLOCKS and not isinstance(value, str):
        raise TypeError(f"a value of `{block}` is text, not {type(value).__name__}")
    if not isinstance(value, (str, bool, int, float, dict, list, type(None))):
        raise TypeError(f"a value of `{block}` cannot be of the type {type(value).__name__}")
    if block in VARIABLE_BLOCKS and not reads_as(variable_text(value), value):
        raise ValueError(
            f"the value of `{key}` cannot be written in `{block}`: it does not read back as it is"
        )


def remove_entries(document: D, block: str, keys: Iterable[str]) -> D:
    """Return the document without the entries of these keys in a block of this name; see Document.remove."""
    path = _path(document, block)
    if block not in _ROWS:
        raise ValueError(f"`{block}` has no entries that can be removed")
    splice = _splice(document)
    present = _positions(splice, path, block)
    order: list[int] = []
    for key in keys:
        order += reversed(present.get(_name_and_state(key), ()))
    return _edited_document(document, _without(splice, path, order))


def secret_names(document: Editable, block: str) -> frozenset[str]:
    """Return the names of the secret variables among the entries of a block of variables."""
    rows = _at(document.value, _path(document, block))
    return frozenset(
        text(row.get("name")) for row in rows or () if isinstance(row, dict) and row.get("secret") is True
    )


def remove_secret(document: D, name: str) -> D:
    """Return the document without the secret variable `name`."""
    path = _path(document, "vars:secret")
    splice = _splice(document)
    return _edited_document(
        document, _without(splice, path, _all_states(_positions(splice, path, "vars:secret"), name))
    )


def set_text(document: D, block: str, content: str) -> D:
    """Return the document with `content` as the text of a block of this name; see Document.set_text."""
    if not content:
        raise ValueError(f"`{block}` cannot be empty")
    path = _path(document, block)
    splice = _splice(document)
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
    splice = _splice(document)
    if _all_states(_positions(splice, path, "vars:secret"), name):
        return document
    return _edited_document(document, splice.append(path, {"secret": True, "name": name}))


# -- where things are -----------------------------------------------------------------------------


def _path(document: Editable, block: str) -> Path:
    path = block_path(document.root, document.kind, block)
    if path is None:
        raise ValueError(f"`{block}` cannot be in a file of kind {document.kind}")
    return path


def _value(splice: Splice, path: Path) -> Any:
    return _at(splice.value, path)


def _at(value: Any, path: Path) -> Any:
    for step in path:
        if isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def _positions(splice: Splice, path: Path, block: str) -> dict[tuple[str, bool], list[int]]:
    """Return where the entries of each name are, and, apart from them, the disabled ones."""
    rows = _value(splice, path)
    result: dict[tuple[str, bool], list[int]] = {}
    for at, row in enumerate(rows if isinstance(rows, list) else ()):
        if not isinstance(row, dict) or (row.get("secret") is True) != (block == "vars:secret"):
            continue
        if block.startswith("params:") and row.get("type", "query") != block.partition(":")[2]:
            continue
        result.setdefault((_name(block, row), row.get("disabled") is True), []).append(at)
    return result


def _name_and_state(key: str) -> tuple[str, bool]:
    """Return the name of a key, and whether it is that of a disabled entry."""
    name = key.removeprefix("~")
    return name, name != key


def _all_states(positions: dict[tuple[str, bool], list[int]], name: str) -> list[int]:
    """Return where the entries of a name are, disabled or not, from the last to the first."""
    return sorted(positions.get((name, False), []) + positions.get((name, True), []), reverse=True)


def _name(block: str, row: dict[str, Any]) -> str:
    if block == "assert":
        return text(row.get("expression"))
    return text(optional(row.get("variable"), "name") if block == "vars:post-response" else row.get("name"))


# -- what is written ------------------------------------------------------------------------------


def _row_changes(
    splice: Splice, path: Path, block: str, values: Sequence[tuple[str, Any]]
) -> tuple[list[tuple[Path, Any]], list[Any]]:
    """Return what sets the entries of the list at `path`: values to put, and entries to add."""
    present = _positions(splice, path, block)
    puts: list[tuple[Path, Any]] = []
    added = []
    for key, value in values:
        name, disabled = _name_and_state(key)
        entry, fields = _ROWS[block](name, value)
        positions = present.get((name, disabled))
        if positions is None:
            added.append({**entry, "disabled": True} if disabled else entry)
            continue
        # The last of several is the one that counts.
        row = (*path, positions[-1])
        for field in fields:
            if field in entry or field in (_value(splice, row) or {}):
                puts += _puts(splice, (*row, field), entry.get(field, ""))
    # What follows such a text would belong to it, and the order of changes would count.
    return [(place, quoted(value, keeps_lines)) for place, value in puts], quoted(added, keeps_lines)


def _puts(splice: Splice, path: Path, value: Any) -> list[tuple[Path, Any]]:
    """Return what sets a value; a typed one that stays typed keeps its mapping, and one that is equal all."""
    old = _value(splice, path)
    if old == value and type(old) is type(value):
        return []
    if isinstance(value, dict) and isinstance(old, dict) and list(old) == list(value):
        return [put for key, item in value.items() for put in _puts(splice, (*path, key), item)]
    return [(path, value)]


def _put(splice: Splice, path: Path, value: Any) -> Splice:
    for place, content in _puts(splice, path, value):
        splice = splice.put(place, content)
    return splice


def _without(splice: Splice, path: Path, order: Sequence[int]) -> Splice:
    """Remove the entries at these positions of the list at `path`, as if in this order."""
    rows = _value(splice, path)
    if 1 < len(order) == len(rows):
        # What surrounds the entry that is removed last is what surrounds the empty list.
        splice, order = splice.remove(path, frozenset(order[:-1])), [0]
    return splice.remove(path, frozenset(order)) if order else splice


def _set_key(splice: Splice, path: Path, block: str, key: str, value: str) -> Splice:
    holder = _value(splice, path)
    if block.startswith("auth:") and optional(holder, "type") != block.partition(":")[2]:
        raise ValueError(f"the auth of this file is not `{block}`")
    if holder is not None and not isinstance(holder, dict):
        raise ValueError(f"`{block}` is not a block of pairs")
    plain = plain_value(value) if key in _PLAIN_KEYS else value
    return _put(splice, (*path, key), plain)


def _splice(document: Editable) -> Splice:
    return Splice(document.text, document.composition, document.value)


def _edited_document(document: D, splice: Splice) -> D:
    if splice.text == document.text:
        return document
    return document.with_reading(splice.text, splice.composition, splice.value)


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
