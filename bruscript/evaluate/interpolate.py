"""`{{templates}}`: placeholders for variables in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bruscript.dynamic import dynamic
from bruscript.errors import BruscriptError
from bruscript.evaluate.generated import DYNAMIC, Generated, escape
from bruscript.evaluate.path import lookup, split
from bruscript.evaluate.provenance import Authored, Withheld
from bruscript.lang.js import UNDEFINED, stringify, to_string

# An unclosed one is matched too, and stays as it is, so that many of them are skipped at once.
_TEMPLATE: Final = re.compile(r"\{\{([^}]+)(\}\})?")
_BUDGET: Final = 64 * 1024 * 1024


class TemplateError(BruscriptError):
    """Variables refer to each other so often that their text would have no end in practice."""

    exit_code = 1


def interpolate(text: Any, variables: Mapping[str, Any], *, escape_json_strings: bool = False) -> Any:
    """Return `text` with its templates replaced by `variables`; other values are returned as they are.

    Values may hold templates themselves; what refers to itself stays as it is written, and so does what is
    not known. Objects and lists are written as JSON. `{{$name}}` makes a dynamic value, anew at each place;
    `escape_json_strings` escapes these, and these alone, for use in JSON strings. Raises TemplateError where
    values contain each other without end.

    Where `variables` withholds some from scripts, an `Authored` text gets all of them.
    """
    if not isinstance(text, str) or "{{" not in text:
        return text
    try:
        if isinstance(variables, Withheld) and isinstance(text, Authored):
            return _as_author(text, variables, escape_json_strings, frozenset())
        text = _with_dynamic(text, escape_json_strings)
        if "{{" not in text:
            return text
        return _Replacement(variables, escape_json_strings, _BUDGET + 16 * len(text)).apply(text)
    except RecursionError:
        raise TemplateError(f"Variables are nested too deeply in {text[:80]!r}") from None


def interpolate_all(value: Any, variables: Mapping[str, Any]) -> Any:
    """Return a copy of a JSON value in which every text, but no key, is interpolated."""
    if isinstance(value, str):
        return interpolate(value, variables)
    if isinstance(value, dict):
        return {key: interpolate_all(item, variables) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [interpolate_all(item, variables) for item in value]
    return value


def _as_author(text: str, variables: Withheld, escape: bool, inside: frozenset[str]) -> str:
    """Resolve a text of the author's: what scripts may not see goes into the templates of the text itself.

    Such a value is put in last of all. Until then a mark replaces it, so that no template that came from a
    script, or was put together with a piece from one, leads to it. `inside` are the variables whose values
    are being resolved.
    """
    values: list[str] = []

    def keep(match: re.Match[str]) -> str:
        path = match[1]
        if not match[2] or path in inside or not variables.touched.isdisjoint((path, *split(path)[:1])):
            return match[0]
        value = lookup(variables.everything, path)
        if value is UNDEFINED:
            return match[0]
        own = str(_Replacement(variables.everything, escape, _BUDGET).text_of(value))
        own = _as_author(own, variables, escape, inside | {path})
        if own == interpolate(match[0], variables, escape_json_strings=escape):
            return match[0]
        values.append(own)
        variables.filled_in[own] = match[0]
        return f"{variables.mark}{len(values) - 1};"

    text = interpolate(_TEMPLATE.sub(keep, str(text)), variables, escape_json_strings=escape)
    return re.sub(f"{variables.mark}(\\d+);", lambda match: values[int(match[1])], text)


class _Replacement:
    """One call of `interpolate`: each template is resolved once, and has that value wherever it occurs."""

    def __init__(self, variables: Mapping[str, Any], escape: bool, budget: int) -> None:
        self._variables = variables
        self._escape = escape
        self._budget = budget
        self._visited: set[str] = set()
        self._results: dict[str, str] = {}

    def apply(self, text: str) -> str:
        again = True
        while again:
            again, searched = False, 0
            self._spend(len(text))

            def substitute(match: re.Match[str]) -> str:
                nonlocal again, searched
                template = match[0]
                if not match[2]:
                    return template
                if template in self._results:
                    self._spend(len(self._results[template]))
                    return self._results[template]
                again = True
                value = self._value(match[1])
                # The reference looks for templates in a value from where it found one in the value before.
                # A miss is found the next time; values that refer to themselves depend on it.
                inner = None if value is None else next(templates(value, searched), None)
                searched = inner.end() if inner else 0
                if value is not None and inner and template not in self._visited:
                    self._visited.add(template)
                    value = self.apply(value)
                self._results[template] = template if value is None else value
                return self._results[template]

            text = _TEMPLATE.sub(substitute, text)
        return text

    def _spend(self, characters: int) -> None:
        # Values that contain each other, or themselves as JSON with ever more backslashes, would never end.
        self._budget -= characters
        if self._budget < 0:
            raise TemplateError("Variables refer to each other so often that their text grows without end")

    def _value(self, path: str) -> str | None:
        value = lookup(self._variables, path)
        return None if value is UNDEFINED else self.text_of(value)

    def text_of(self, value: Any) -> str:
        """Return what a value is in a text."""
        if isinstance(value, (Mapping, list, tuple)):
            return stringify(self._dynamic_inside(value), None)
        if isinstance(value, Generated):
            return value.escaped if self._escape else value
        text = to_string(value)
        return _with_dynamic(text, self._escape) if isinstance(value, str) else text

    def _dynamic_inside(self, value: Any) -> Any:
        # The reference makes dynamic values in objects, and leaves lists alone.
        if isinstance(value, str):
            return _with_dynamic(value, self._escape)
        if isinstance(value, Mapping):
            return {key: self._dynamic_inside(item) for key, item in value.items()}
        return value


def templates(text: str, start: int = 0) -> Iterator[re.Match[str]]:
    """Yield the templates of `text`, as matches with the name as first group, in linear time."""
    return (match for match in _TEMPLATE.finditer(text, start) if match[2])


def _with_dynamic(text: str, escaped: bool) -> str:
    if "{{$" not in text:
        return text

    def substitute(match: re.Match[str]) -> str:
        value = dynamic(match[1])
        if value is None:
            return match[0]
        return escape(value) if escaped else value

    return DYNAMIC.sub(substitute, text)
