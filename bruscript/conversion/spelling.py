"""Writes JSON as `.bru` text that reads back as the same JSON.

The reference's printer writes most JSON so that it reads back. For the rest, each text that is not plain is
printed as a placeholder. Each placeholder is then replaced by the first form of its text with which the whole
file reads back.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any, Final

from bruscript.conversion.losses import JsonPath, differences, is_used, normal
from bruscript.conversion.to_bru import flat
from bruscript.lang import BruSyntaxError, Kind, js
from bruscript.lang.bru.document import BruDocument

_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]+")
"""Texts that are printed as they are. The printer's own words (types, modes, places) are among them."""
_MOST_NAMED: Final = 20
"""Values that one error names: finding each takes several readings of the file."""
_KEY_POSITION: Final = re.compile(r"[ \t]*[~@]*\Z")


class UnwritableError(Exception):
    """No `.bru` file reads back as the JSON; `paths` lead to the values that have no form."""

    def __init__(self, paths: list[JsonPath]) -> None:
        super().__init__(paths)
        self.paths = paths


def bru_text(data: dict[str, Any], kind: Kind) -> tuple[str, list[JsonPath]]:
    """Return the text of a file, and the paths of values left out: names, tags, descriptions, examples.

    Raises UnwritableError if any other value has no form.
    """
    absent: list[JsonPath] = []
    while True:
        text = _printed(data, kind)
        if text is not None and not _empty_texts(data) and _content(text, kind) == normal(flat(_copy(data))):
            return text, absent
        draft = _Draft(data, kind)
        removable = draft.settle()
        if not removable:
            return draft.text, absent + draft.lost_paths
        absent += removable
        for path in reversed(removable):
            # From the end, so that the others' indices stay right.
            data = _without(data, path)


def _printed(data: dict[str, Any], kind: Kind) -> str | None:
    try:
        return BruDocument.printed(_copy(data), kind).text
    except ValueError:
        return None


def _content(text: str, kind: Kind) -> Any:
    """Return the normalised JSON of a text; None for a text that cannot be read."""
    if kind == "environment":
        text = text.replace("\r\n", "\n")
    try:
        return normal(BruDocument.parsed(text, kind).content())
    except BruSyntaxError:
        return None


def _copy(data: Any) -> Any:
    return copy.deepcopy(data)


def _empty_texts(data: dict[str, Any]) -> list[JsonPath]:
    """Return the paths of empty bodies, for which the printer writes no block."""
    body = data.get("body") or {}
    paths: list[JsonPath] = [("body", mode) for mode in ("text", "xml", "sparql") if body.get(mode) == ""]
    if (body.get("graphql") or {}).get("query") == "":
        paths.append(("body", "graphql", "query"))
    return paths


class _Draft:
    """A file's text with placeholders, which `settle` replaces by the values."""

    def __init__(self, data: dict[str, Any], kind: Kind) -> None:
        self._kind = kind
        self._texts: dict[str, tuple[JsonPath, Any]] = {}
        self._prefix = "placeholder"
        written = js.stringify(data)
        while self._prefix in written:
            self._prefix += "x"
        self._empty = _empty_texts(data)
        self._data = self._marked(data, ())
        self._settled: set[str] = set()
        self._unwritable: list[JsonPath] = []
        self._removable: list[JsonPath] = []
        text = _printed(self._data, kind)
        content = None if text is None else _content(text, kind)
        if text is None or content is None:
            raise UnwritableError([()])
        self.text: str = text
        self.lost_paths = list(differences(self._expected(set()), content))
        if used := [path for path in self.lost_paths if is_used(path, data)]:
            raise UnwritableError(used)

    def _marked(self, value: Any, path: JsonPath) -> Any:
        """Return a value with a placeholder for each text that is not plain."""
        typed = isinstance(value, (dict, list)) and path[-1:] == ("value",) and path[:1] != ("body",)
        if typed or (isinstance(value, str) and self._is_odd(value, path)):
            placeholder = f"{self._prefix}{len(self._texts)}z"
            self._texts[placeholder] = path, value
            return placeholder
        if isinstance(value, dict):
            return {key: self._marked(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            marked = [self._marked(item, (*path, str(at))) for at, item in enumerate(value)]
            return type(value)(marked)
        return value

    def _is_odd(self, text: str, path: JsonPath) -> bool:
        if not text:
            unnamed = path[-1] == "name" and len(path) > 2
            return unnamed or path in self._empty or path[:2] == ("meta", "tags")
        return _PLAIN.fullmatch(text) is None or text == "__proto__"

    def _expected(self, settled: set[str]) -> Any:
        def filled(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: filled(item) for key, item in value.items()}
            if isinstance(value, list):
                return [filled(item) for item in value]
            return self._texts[value][1] if isinstance(value, str) and value in settled else value

        return normal(flat(filled(self._data)))

    def settle(self) -> list[JsonPath]:
        """Replace all placeholders; return the paths of values that have no form and can be left out.

        Raises UnwritableError.
        """
        self._place(list(self._texts))
        if self._unwritable:
            raise UnwritableError(self._unwritable)
        return list(dict.fromkeys(self._removable))

    def _place(self, placeholders: list[str]) -> None:
        """Replace these placeholders: all at once if the result reads back, or else each half by itself."""
        if not placeholders or len(self._unwritable) == _MOST_NAMED:
            return
        if len(placeholders) == 1:
            placeholder = placeholders[0]
            for old, new in self._forms(placeholder, self.text):
                if self._accept(self.text.replace(old, new), {placeholder}):
                    return
            path = self._texts[placeholder][0]
            removable = _removable(path, self._data)
            if removable is None:
                self._unwritable.append(path)
            else:
                self._removable.append(removable)
            return
        tried = ""
        for choice in (0, -1):
            text = self.text
            for placeholder in placeholders:
                forms = list(self._forms(placeholder, text))
                text = text.replace(*forms[choice]) if forms else text
            if text != tried and self._accept(text, set(placeholders)):
                return
            tried = text
        half = len(placeholders) // 2
        self._place(placeholders[:half])
        self._place(placeholders[half:])

    def _accept(self, text: str, placeholders: set[str]) -> bool:
        settled = self._settled | placeholders
        content = _content(text, self._kind)
        if content is None or not set(differences(self._expected(settled), content)) <= set(self.lost_paths):
            return False
        self.text, self._settled = text, settled
        return True

    def _forms(self, placeholder: str, text: str) -> Iterator[tuple[str, str]]:
        """Yield pairs of old and new text, one for each form that the value can have there."""
        at = text.find(placeholder)
        if at < 0:
            return
        value = self._texts[placeholder][1]
        line = text[text.rfind("\n", 0, at) + 1 : at]
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        after = text[at + len(placeholder) :].partition("\n")[0]
        if line.endswith("('") and after.startswith("')"):
            yield from ((f"('{placeholder}')", form) for form in _arguments(str(value), indent))
            return
        written = value if isinstance(value, str) else js.stringify(value)
        if not line.strip() and not after:
            yield placeholder, written.replace("\n", f"\n{indent}")
            return
        if not isinstance(value, str):
            yield placeholder, js.stringify(value, None)
        elif "\n" not in written:
            yield placeholder, written
        if _KEY_POSITION.match(line) and after.startswith(":"):
            quoted = written.replace('"', '\\"')
            yield placeholder, f'"{quoted}"'
            return
        inner = f"\n{indent}  "
        yield placeholder, "'''" + inner + written.replace("\n", inner) + f"\n{indent}'''"


def _arguments(text: str, indent: str) -> Iterator[str]:
    """Yield an annotation's argument in each of its forms."""
    if "\n" not in text:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        forms = (f"('{text}')", f'("{escaped}")')
        yield from reversed(forms) if "'" in text else forms
        return
    escaped = text.replace("\\'", "\\\\'").replace("'''", "\\'\\'\\'")
    inner = f"\n{indent}  "
    yield f"('''{inner}{escaped.replace(chr(10), inner)}\n{indent}''')"


def _removable(path: JsonPath, data: dict[str, Any]) -> JsonPath | None:
    """Return the path to leave out for a text without a form; None if the text is sent."""
    if path[0] == "examples":
        return path[:2]
    if path[0] in ("docs", "color") or path[-1] == "description" or path[:2] == ("meta", "tags"):
        return path
    if path[0] == "app":
        return ("app",) if "http" in data else None
    return path if path == ("meta", "name") else None


def _without(data: dict[str, Any], path: JsonPath) -> dict[str, Any]:
    result: dict[str, Any] = _copy(data)
    parent: Any = result
    for key in path[:-1]:
        parent = parent[int(key)] if isinstance(parent, list) else parent[key]
    if isinstance(parent, list):
        del parent[int(path[-1])]
        return result
    value = parent.pop(path[-1])
    if path == ("meta", "name") and (name := " ".join(value.split())) != value:
        parent["name"] = name
    return result
