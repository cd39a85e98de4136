"""Variables in environments that are JSON files."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from bruscript.collection.environment import parse_json_environment
from bruscript.lang.values import data_type

_INDENT: Final = re.compile(r"^[\[{]\r?\n([ \t]+)")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class JsonEnvironment:
    """The variables of a JSON environment; see VariablesFile."""

    unix: ClassVar[bool] = True
    trims: ClassVar[bool] = False
    empty: ClassVar[str] = '{"variables": []}'

    def __init__(self, text: str, path: Path) -> None:
        self._old = text
        self._data = parse_json_environment(text, path)
        self._variables: list[Any] = list(self._data["variables"])

    def values(self) -> dict[str, Any]:
        """Return the enabled variables."""
        variables = json.loads(self.text())["variables"]
        return {str(entry.get("name")): entry.get("value") for entry in variables if _is_enabled(entry)}

    def secrets(self) -> frozenset[str]:
        """Return the names of the secrets, enabled or not."""
        return frozenset(
            str(entry.get("name"))
            for entry in self._variables
            if isinstance(entry, dict) and entry.get("secret")
        )

    def set(self, values: Mapping[str, Any]) -> Collection[str]:
        """Set the variables to these values; a secret's is written only in place of another one."""
        positions: dict[str, list[int]] = {}
        secrets = self.secrets()
        for at, entry in enumerate(self._variables):
            if _is_enabled(entry):
                positions.setdefault(str(entry.get("name")), []).append(at)
        for name, value in values.items():
            for at in positions.get(name, ()):
                entry = self._variables[at]
                if entry.get("value") if entry.get("secret") else name not in secrets:
                    self._variables[at] = _with_type({**entry, "value": value})
            if name not in positions and name not in secrets:
                fresh = {"name": name, "value": value, "type": "text", "enabled": True, "secret": False}
                self._variables.append(_with_type(fresh))
        return values.keys()

    def remove(self, names: Sequence[str]) -> None:
        """Take the variables out; a secret only loses its value."""
        removed = frozenset(names)
        kept = []
        for entry in self._variables:
            if not _is_enabled(entry) or str(entry.get("name")) not in removed:
                kept.append(entry)
            elif entry.get("secret"):
                kept.append({**entry, "value": ""} if entry.get("value") else entry)
        self._variables = kept

    def text(self) -> str:
        """Return the text, indented as it was."""
        text = self._old
        if self._variables == self._data["variables"]:
            return text
        indent = _INDENT.match(text)
        separators = (",", ":") if not indent and ": " not in text else None
        try:
            new = json.dumps(
                {**self._data, "variables": self._variables},
                indent=indent[1] if indent else None,
                separators=separators,
                ensure_ascii=text.isascii() and "\\u" in text,
                allow_nan=False,
            )
        except ValueError:
            raise ValueError("the file has a number that is too large to be read and written") from None
        # Half a character has no UTF-8, but JSON has an escape for it.
        new = _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", new)
        return new + text[len(text.rstrip()) :]


def _is_enabled(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.get("enabled") is not False


def _with_type(entry: dict[str, Any]) -> dict[str, Any]:
    kind = data_type(entry["value"])
    if kind is None:
        entry.pop("dataType", None)
    else:
        entry["dataType"] = kind
    return entry
