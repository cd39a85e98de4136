"""Writes what scripts made of variables back to the files that they came from."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from bruscript.collection.environment import parse_json_environment
from bruscript.errors import BruscriptError
from bruscript.lang import BruSyntaxError, Document, parse
from bruscript.lang.js import stringify, to_string

_INTERNAL: Final = frozenset({"__name__"})
_INDENTED_LIST: Final = re.compile(r"^variables:[^\n]*\n(?:[ \t]*#[^\n]*\n|\s*\n)*( +)-", re.MULTILINE)
_JSON_INDENT: Final = re.compile(r"^[\[{]\r?\n([ \t]+)")


class PersistError(BruscriptError):
    """Variables could not be written back; the file is as it was."""

    exit_code = 1


@dataclass(frozen=True)
class Changes:
    """The variables that scripts set, with their values, and those that they deleted."""

    values: Mapping[str, Any]
    removed: frozenset[str]

    @classmethod
    def between(cls, before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
        """What turns the scope `before` into `after`. A value of another type is another value."""
        values = {
            name: value
            for name, value in after.items()
            if name not in _INTERNAL and (name not in before or not _same(before[name], value))
        }
        return cls(values, frozenset(before) - frozenset(after) - _INTERNAL)

    def __bool__(self) -> bool:
        return bool(self.values or self.removed)


def persist_environment(path: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Bring what scripts changed between the scopes `before` and `after` to the environment file at `path`.

    Only the lines of changed variables change; what a script left alone, `--env-var`'s values too, is not
    written. A number, boolean, object or list is stored with its type. A secret's value never gets into a
    `.bru` or `.yml` file, and into a JSON file only where it held one before. Gives whether the file was
    written. Raises PersistError.
    """
    edit = {".json": _edit_json, ".yml": _edit_yaml}.get(path.suffix.lower(), _edit_bru)
    return _persist(path, Changes.between(before, after), edit)


def persist_collection(path: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Bring what scripts changed of the collection's variables to the collection.bru at `path`.

    The file is made where there is none. Gives whether it was written. Raises PersistError.
    """
    return _persist(path, Changes.between(before, after), _edit_collection, create=True)


def write_atomically(path: Path, text: str) -> None:
    """Replace the file at `path`, or the file it links to, in one step; permissions stay. Raises OSError."""
    target = Path(os.path.realpath(path))
    mode = target.stat().st_mode if target.exists() else None
    if mode is not None and not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(13, "the file is read-only", str(path))
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.chmod(name, stat.S_IMODE(mode) if mode is not None else 0o644)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _persist(
    path: Path, changes: Changes, edit: Callable[[str, Changes, Path], str], *, create: bool = False
) -> bool:
    # A pipe (`--env-file <(…)`) cannot be read once more, nor written to.
    if not changes or (path.exists() and not path.is_file()):
        return False
    try:
        try:
            old = path.read_bytes().decode("utf-8")
        except FileNotFoundError:
            if not create:
                return False
            old = ""
        unix = old.replace("\r\n", "\n")
        new = edit(unix, changes, path)
        if new == unix:
            return False
        # A file keeps its line ends; one that mixes them gets those of Unix.
        if "\r\n" in old and unix.count("\n") == old.count("\r\n"):
            new = new.replace("\n", "\r\n")
        write_atomically(path, new)
    except OSError as error:
        raise PersistError(f"Cannot write variables back to {path}: {error.strerror or error}") from None
    except BruSyntaxError as error:
        raise PersistError(f"Cannot write variables back: {error}") from None
    except (BruscriptError, ValueError, TypeError, RecursionError) as error:
        raise PersistError(f"Cannot write variables back to {path}: {error}") from None
    return True


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) != isinstance(other, bool) or isinstance(one, str) != isinstance(other, str):
        return False
    try:
        return stringify(one, None) == stringify(other, None)
    except RecursionError:
        return False


def _edit_bru(text: str, changes: Changes, path: Path) -> str:
    document = parse(text, "environment", filename=str(path))
    entries = document.to_json().get("variables") or ()
    secrets = {entry.get("name") for entry in entries if entry.get("secret")}
    document = _edit_block(document, "vars", changes, secrets)
    for name in changes.removed & secrets:
        document = document.remove_secret(name)
    return document.text


def _edit_collection(text: str, changes: Changes, path: Path) -> str:
    document = parse(text, "collection", filename=str(path))
    return _edit_block(document, "vars:pre-request", changes, set()).text


def _edit_block(document: Document, block: str, changes: Changes, secrets: set[str]) -> Document:
    for name in changes.removed:
        for key in _keys(document, block, name):
            document = document.remove(block, key)
    for name, value in changes.values.items():
        if name not in secrets:
            # null has no notation of its own; like the reference's its text is empty.
            keys = _keys(document, block, name)
            document = document.set(block, keys[-1] if keys else name, "" if value is None else value)
    return document


def _keys(document: Document, block: str, name: str) -> list[str]:
    """How the enabled pairs of this name are written: with `@` or without."""
    pairs = [pair for each in document.blocks if each.name == block for pair in getattr(each, "pairs", ())]
    return list(dict.fromkeys(pair.key for pair in pairs if pair.enabled and pair.name == name))


def _edit_json(text: str, changes: Changes, path: Path) -> str:
    data = parse_json_environment(text, path)
    kept = []
    written: set[str] = set()
    for entry in data["variables"]:
        if not isinstance(entry, dict) or entry.get("enabled") is False:
            kept.append(entry)
            continue
        name = str(entry.get("name"))
        if name in changes.removed:
            continue
        if name in changes.values:
            written.add(name)
            if not entry.get("secret") or entry.get("value"):
                entry = _with_type({**entry, "value": changes.values[name]})
        kept.append(entry)
    for name, value in changes.values.items():
        if name not in written:
            fresh = {"name": name, "value": value, "type": "text", "enabled": True, "secret": False}
            kept.append(_with_type(fresh))
    indent = _JSON_INDENT.match(text)
    separators = (",", ":") if not indent and ": " not in text else None
    new = json.dumps(
        {**data, "variables": kept},
        indent=indent[1] if indent else None,
        separators=separators,
        ensure_ascii=text.isascii() and "\\u" in text,
    )
    return new + text[len(text.rstrip()) :]


def _with_type(entry: dict[str, Any]) -> dict[str, Any]:
    kind = _data_type(entry["value"])
    if kind is None:
        entry.pop("dataType", None)
    else:
        entry["dataType"] = kind
    return entry


def _data_type(value: Any) -> str | None:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return "object" if isinstance(value, (dict, list)) else None


def _edit_yaml(text: str, changes: Changes, path: Path) -> str:
    # Imported here: only runs that change a global environment need it.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 2**31
    if _INDENTED_LIST.search(text) or "variables:" not in text:
        yaml.indent(mapping=2, sequence=4, offset=2)
    try:
        data = yaml.load(text)
    except YAMLError as error:
        raise PersistError(f"not valid YAML: {error}") from None
    if not isinstance(data, dict):
        raise PersistError("expected a mapping with `variables`")
    variables = data.get("variables")
    if not isinstance(variables, list):
        data["variables"] = variables = []
    written: set[str] = set()
    for index in reversed(range(len(variables))):
        entry = variables[index]
        if not isinstance(entry, dict) or entry.get("disabled") is True:
            continue
        name = str(entry.get("name"))
        if name in changes.removed:
            del variables[index]
        elif name in changes.values:
            written.add(name)
            if entry.get("secret") is not True:
                entry["value"] = _yaml_value(changes.values[name])
    variables.extend(
        {"name": name, "value": _yaml_value(value)}
        for name, value in changes.values.items()
        if name not in written
    )
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()


def _yaml_value(value: Any) -> Any:
    kind = _data_type(value)
    if kind is None:
        return _yaml_scalar("" if value is None else to_string(value))
    return {"type": kind, "data": _yaml_scalar(stringify(value) if kind == "object" else to_string(value))}


def _yaml_scalar(text: str) -> str:
    """`text` in the style that the reference writes it in: plain if it can be, a block if it has lines."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

    if "\n" in text:
        return cast(str, LiteralScalarString(text))
    try:
        plain = YAML(typ="safe", pure=True).load(f"a: {text}\nb: 1\n") == {"a": text, "b": 1}
    except YAMLError:
        plain = False
    return text if plain else cast(str, DoubleQuotedScalarString(text))
