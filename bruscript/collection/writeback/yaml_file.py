"""Variables in environments that are YAML files."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any, Final, cast

from bruscript.collection.environment import yaml_text, yaml_value
from bruscript.collection.writeback.format import data_type
from bruscript.errors import InvalidFileError
from bruscript.lang.js import stringify, to_string

_INDENTED_LIST: Final = re.compile(r"^variables:[^\n]*\n(?:[ \t]*#[^\n]*\n|\s*\n)*( +)-", re.MULTILINE)


class YamlEnvironment:
    """The variables of a YAML environment; comments and layout stay. See VariablesFile."""

    def __init__(self, text: str, path: Path) -> None:
        # Imported here: only runs that change such an environment need it.
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError

        self._yaml = YAML(typ="rt")
        self._yaml.preserve_quotes = True
        self._yaml.width = 2**31
        if _INDENTED_LIST.search(text) or "variables:" not in text:
            self._yaml.indent(mapping=2, sequence=4, offset=2)
        self._old = text
        self._changed = False
        try:
            self._data: Any = self._yaml.load(text)
        except YAMLError as error:
            raise InvalidFileError(f"{path} is not valid YAML: {error}") from None
        if not isinstance(self._data, dict):
            raise InvalidFileError(f"{path}: expected a mapping with `variables`")
        if not isinstance(self._data.get("variables"), list):
            self._data["variables"] = []
        self._variables: list[Any] = self._data["variables"]

    def values(self) -> dict[str, Any]:
        """Return the enabled variables."""
        return {
            yaml_text(entry.get("name")): yaml_value(entry) for entry in self._variables if _is_enabled(entry)
        }

    def set(self, name: str, value: Any) -> None:
        """Give the variable this value, unless it is a secret."""
        written = _written(value)
        found = [entry for entry in self._variables if _is_named(entry, name)]
        for entry in found:
            if entry.get("secret") is not True:
                entry["value"] = written
                self._changed = True
        if not found:
            self._variables.append({"name": name, "value": written})
            self._changed = True

    def remove(self, name: str) -> None:
        """Take the variable out."""
        for index in reversed(range(len(self._variables))):
            if _is_named(self._variables[index], name):
                del self._variables[index]
                self._changed = True

    def text(self) -> str:
        """Return the text."""
        if not self._changed:
            return self._old
        out = io.StringIO()
        self._yaml.dump(self._data, out)
        return out.getvalue()


def _is_enabled(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.get("disabled") is not True


def _is_named(entry: Any, name: str) -> bool:
    return _is_enabled(entry) and yaml_text(entry.get("name")) == name


def _written(value: Any) -> Any:
    kind = data_type(value)
    if kind is None:
        return _scalar("" if value is None else to_string(value))
    return {"type": kind, "data": _scalar(stringify(value) if kind == "object" else to_string(value))}


def _scalar(text: str) -> str:
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
