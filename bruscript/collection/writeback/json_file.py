"""Variables in environments that are JSON files."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from bruscript.collection.environment import parse_json_environment
from bruscript.collection.json_text import Member, members, skip_space
from bruscript.collection.writeback.changes import same
from bruscript.lang.edits import Edit, edited_text, removals
from bruscript.lang.values import data_type

_INDENT: Final = re.compile(r"\s*[\[{]\n([ \t]+)")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class JsonEnvironment:
    """The variables of a JSON environment; see VariablesFile."""

    unix: ClassVar[bool] = True
    trims: ClassVar[bool] = False
    empty: ClassVar[str] = '{"variables": []}'

    def __init__(self, text: str, path: Path) -> None:
        self._path = path
        self._read(text)

    def _read(self, text: str) -> None:
        self._text = text
        self._variables: list[Any] = parse_json_environment(text, self._path)["variables"]

    def values(self) -> dict[str, Any]:
        """Return the enabled variables."""
        return {str(entry.get("name")): entry.get("value") for entry in self._variables if _is_enabled(entry)}

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
        layout = _Layout(self._text)
        edits: list[Edit] = []
        added = []
        for name, value in values.items():
            for at in positions.get(name, ()):
                entry = self._variables[at]
                if entry.get("value") if entry.get("secret") else name not in secrets:
                    edits += layout.changes(layout.entries[at], entry, _with_type(entry, value))
            if name not in positions and name not in secrets:
                fresh = {"name": name, "value": value, "type": "text", "enabled": True, "secret": False}
                added.append(_with_type(fresh, value))
        if added:
            edits.append(layout.addition(added))
        self._read(edited_text(self._text, edits))
        return values.keys()

    def remove(self, names: Sequence[str]) -> None:
        """Take the variables out; a secret only loses its value."""
        removed_names = frozenset(names)
        layout = _Layout(self._text)
        edits: list[Edit] = []
        removed = set()
        for at, entry in enumerate(self._variables):
            if not _is_enabled(entry) or str(entry.get("name")) not in removed_names:
                continue
            if not entry.get("secret"):
                removed.add(at)
            elif entry.get("value"):
                edits += layout.changes(layout.entries[at], entry, {**entry, "value": ""})
        self._read(edited_text(self._text, [*edits, *layout.removals(removed)]))

    def text(self) -> str:
        """Return the text."""
        return self._text


def _is_enabled(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.get("enabled") is not False


def _with_type(entry: dict[str, Any], value: Any) -> dict[str, Any]:
    """Return an entry with another value, and with its type."""
    result = {**entry, "value": value}
    kind = data_type(value)
    if kind is None:
        result.pop("dataType", None)
    else:
        result["dataType"] = kind
    return result


class _Layout:
    """Where the variables of a text are, and how the text is laid out; what is new looks like the rest."""

    def __init__(self, text: str) -> None:
        self._text = text
        root = members(text, skip_space(text, 0))
        # Of a key that repeats, the last one counts.
        self._list = next(member for member in reversed(root) if member.key == "variables")
        self.entries = members(text, self._list.value)
        indent = _INDENT.match(text)
        self._indent = indent[1] if indent else None
        self._colon = ": " if indent or ": " in text else ":"
        self._ascii = text.isascii() and "\\u" in text

    def changes(self, place: Member, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Edit]:
        """Yield what turns an entry into another one, which has other values, and fewer or more."""
        inner = members(self._text, place.value)
        yield from removals(
            [(member.start, member.end) for member in inner],
            {at for at, member in enumerate(inner) if member.key not in new},
        )
        last = {member.key: member for member in inner}
        margin = self._margin(inner[-1].start)
        for key, value in new.items():
            if key not in old:
                text = f"{self._dumped(key)}{self._colon}{self._dumped(value, margin)}"
                yield Edit(inner[-1].end, inner[-1].end, self._separator(place.value, inner) + text)
            elif not same(old[key], value):
                yield Edit(last[key].value, last[key].end, self._dumped(value, margin))

    def addition(self, added: Sequence[Mapping[str, Any]]) -> Edit:
        """Return what adds entries to the list."""
        if self.entries:
            separator = self._separator(self._list.value, self.entries)
            end = self.entries[-1].end
            return Edit(end, end, "".join(separator + self._entry(entry) for entry in added))
        margin = self._margin(self._list.start)
        if margin is None or self._indent is None:
            comma = self._colon.replace(":", ",")
            return Edit(self._list.value, self._list.end, f"[{comma.join(map(self._entry, added))}]")
        return Edit(self._list.value, self._list.end, self._dumped(added, margin))

    def removals(self, removed: Collection[int]) -> Iterator[Edit]:
        """Yield what removes the entries at these positions of the list."""
        if removed and len(removed) == len(self.entries):
            yield Edit(self._list.value, self._list.end, "[]")
        else:
            yield from removals([(entry.start, entry.end) for entry in self.entries], removed)

    def _entry(self, entry: Mapping[str, Any]) -> str:
        """Return the text of an entry, laid out like the last one of the list."""
        last = self.entries[-1] if self.entries else None
        inner = members(self._text, last.value) if last and self._text[last.value] == "{" else None
        if not last or not inner:
            return self._dumped(entry)
        margin = self._margin(inner[-1].start)
        pairs = (
            f"{self._dumped(key)}{self._colon}{self._dumped(value, margin)}" for key, value in entry.items()
        )
        start, end = (
            self._text[last.value + 1 : inner[0].start],
            self._text[inner[-1].end : last.end - 1],
        )
        return f"{{{start}{self._separator(last.value, inner).join(pairs)}{end}}}"

    def _separator(self, at: int, inner: Sequence[Member]) -> str:
        """Return what is between the members of the object or list that begins at the offset `at`."""
        if len(inner) > 1:
            return self._text[inner[-2].end : inner[-1].start]
        return "," + (self._text[at + 1 : inner[0].start] or self._colon[1:])

    def _margin(self, at: int) -> str | None:
        """Return the blanks that precede what is first in its line; None for what is not."""
        line_start = self._text.rfind("\n", 0, at) + 1
        margin = self._text[line_start:at]
        return None if line_start == 0 or margin.strip(" \t") else margin

    def _dumped(self, value: Any, margin: str | None = None) -> str:
        """Return the text of a value, over several lines if it is in a line after this margin."""
        separators = None if self._colon == ": " else (",", ":")
        indent = None if margin is None else self._indent or "  "
        text = json.dumps(
            value, indent=indent, separators=separators, ensure_ascii=self._ascii, allow_nan=False
        )
        # Half a character has no UTF-8, but JSON has an escape for it.
        text = _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
        return text.replace("\n", f"\n{margin}")
