"""Templates whose variable is not set: their names, places, and similar names."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from bruscript.collection.tree import Request
from bruscript.dynamic import names
from bruscript.errors import BruscriptError
from bruscript.evaluate.interpolate import templates
from bruscript.evaluate.path import lookup, split
from bruscript.evaluate.prepared import PreparedRequest
from bruscript.files import read_file
from bruscript.http.request import FileBody
from bruscript.lang.js import UNDEFINED
from bruscript.lang.place import place_at
from bruscript.near import near_word
from bruscript.option_names import answers

_LONGEST: Final = 200
_TOKEN: Final = "$oauth2."
_MOST_KEPT: Final = 20_000
# Comparing takes milliseconds per hundred names, and scripts may set any number of variables.
_MOST_COMPARED: Final = 1000
_dynamic_names = cache(names)


class UnresolvedVariableError(BruscriptError):
    """A request uses variables that are not set, and such requests are not to be sent."""

    exit_code = 1


class Unresolved(NamedTuple):
    """A variable that is not set: its name, the file and line where a template names it, and a name like it.

    `line` is None where no file has the template: a script has put it together. `column` is 1-based, or 0.
    `giver` is the option that gives a declared secret its value.
    """

    name: str
    path: Path
    line: int | None
    near: str | None
    column: int = 0
    giver: str | None = None

    def message(self) -> str:
        """Return what is wrong, without the place."""
        if self.giver:
            way = answers(self.giver, [self.name])
            return f"the secret `{{{{{self.name}}}}}` has no value; give it with {way}"
        hint = f"; did you mean `{{{{{self.near}}}}}`?" if self.near else ""
        return f"the variable `{{{{{self.name}}}}}` is not set{hint}"


def texts_of(prepared: PreparedRequest) -> Iterator[Any]:
    """Yield everything in a request that templates are resolved in, before that is done."""
    yield prepared.url
    yield list(prepared.headers)
    yield prepared.headers
    for param in prepared.path_params:
        if param.get("enabled") is not False:
            yield param.get("value")
    data = prepared.data
    yield str(data.path) if isinstance(data, FileBody) else data
    if prepared.auth.mode != "none":
        yield prepared.auth.config


def missing_names(
    values: Iterable[Any],
    variables: Mapping[str, Any],
    *,
    tokens: bool = True,
    secrets: Container[str] = frozenset(),
) -> list[str]:
    """Return the names in the templates of `values` that lead nowhere, each once.

    Templates in the values of variables count too. Without `tokens` the fields of OAuth 2.0 tokens count
    as known. An empty text leads nowhere under the names in `secrets`.
    """
    missing: dict[str, None] = {}
    visited: set[str] = set()
    pending = [name for value in values for name in _names(value)]
    for name in pending:
        if name in visited:
            continue
        visited.add(name)
        if not tokens and name.startswith(_TOKEN):
            continue
        value = lookup(variables, name)
        if value is UNDEFINED:
            if not (name.startswith("$") and name[1:] in _dynamic_names()):
                missing[name] = None
        elif value == "" and name in secrets:
            missing[name] = None
        else:
            pending += _names(value)
    return list(missing)


def find(
    request: Request,
    name: str,
    variables: Mapping[str, Any],
    environments: Iterable[Path | None] = (),
    giver: str | None = None,
) -> Unresolved:
    """Find where the request, a file that it inherits from, or an environment names the variable.

    `giver` is the option that gives it its value, where it is a declared secret.
    """
    near = None if giver else nearest(name, variables)
    template = f"{{{{{name}}}}}"
    for path, text in _files(request, environments):
        at = text.find(template)
        if at >= 0:
            place = place_at(text, at)
            return Unresolved(name, path, place.line, near, place.column, giver)
    return Unresolved(name, request.path, None, near, giver=giver)


def nearest(name: str, variables: Mapping[str, Any]) -> str | None:
    """Return the name of a variable that `name` may be a misspelling of."""
    if name.strip() in variables:
        return name.strip()
    if name.startswith("$") and not name.startswith(_TOKEN):
        candidates: Iterable[str] = (f"${each}" for each in _dynamic_names())
    else:
        first, *rest = split(name) or (name,)
        prefix, holder = "", variables
        while rest and isinstance(holder.get(first), Mapping):
            prefix, holder = f"{prefix}{first}.", holder[first]
            first, *rest = rest
        if rest and first in holder:
            return None
        candidates = (f"{prefix}{each}" for each in holder if isinstance(each, str))
    lower = {each.lower(): each for each in islice(candidates, _MOST_COMPARED)}
    near = near_word(name.lower(), lower, 0.7)
    return lower[near] if near else None


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if "{{" in value:
            yield from _kept_names(value) if len(value) < _MOST_KEPT else _names_in(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _names(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _names(item)


def _names_in(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (_short(match[0]) for match in templates(text)))))


def _short(template: str) -> str:
    """Return the name of the first template inside of `template` that is short and on one line, or ""."""
    text = template[:-2]
    inside = text.find("{{", max(text.rfind("\n") + 1, len(text) - _LONGEST - 2))
    return "" if inside < 0 else text[inside + 2 :]


# A request's texts are the same in every iteration.
_kept_names = lru_cache(maxsize=4096)(_names_in)


def _files(request: Request, environments: Iterable[Path | None]) -> Iterator[tuple[Path, str]]:
    for node in reversed(request.chain):
        if node.document is not None:
            yield (node.path if isinstance(node, Request) else node.file), node.document.text
    for path in environments:
        if path is not None:
            try:
                yield path, read_file(path).decode("utf-8", "replace")
            except OSError:
                continue
