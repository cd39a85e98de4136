"""Checks that the variables of requests are set, in an environment that the user names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bruscript.cli.checks.problem import Problem
from bruscript.evaluate.merge import merge
from bruscript.evaluate.path import split
from bruscript.evaluate.prepare import prepare
from bruscript.evaluate.scopes import Scopes
from bruscript.evaluate.unresolved import find, missing_names, texts_of
from bruscript.files import read_file
from bruscript.lang.place import Place

if TYPE_CHECKING:
    from bruscript.collection import Collection, Request
    from bruscript.runner import RunOptions

_SET: Final = re.compile(r"""\bset(?:Env|GlobalEnv|Collection)?Var\s*\(\s*(['"`])([\w.-]+)\1""")
_LONGEST: Final = 1 << 20


def unset_variables(
    collection: Collection, options: RunOptions, paths: Container[Path]
) -> dict[Path, list[Problem]]:
    """Return the problems of the requests at `paths`, by file. Nothing is sent.

    What a script of the collection sets by name, or a response or a row of a data file gives, counts as set.
    Raises BruscriptError for an environment or a data file that does not exist.
    """
    from bruscript.masking import Mask
    from bruscript.runner.secrets import RunSecrets
    from bruscript.runner.session import data_files
    from bruscript.runner.variables import load_variables

    variables = load_variables(collection, options, RunSecrets(Mask()))
    columns = {name: value for file in data_files(options) for row in file for name, value in row.items()}
    scopes = Scopes(
        environment=variables.values,
        global_env=variables.global_values,
        process_env=variables.process_env,
        iteration=columns,
        environment_name=variables.environment_name,
        global_name=variables.global_name,
    )
    script_names = set(_set_by_scripts(collection))
    for environment in (variables.environment, variables.global_environment):
        script_names |= {secret.name for secret in (environment.external if environment else ())}
    files = (variables.environment_file, variables.global_file)
    problems: dict[Path, list[Problem]] = defaultdict(list)
    reported: set[tuple[str, Path]] = set()
    for request in collection.walk():
        if request.path not in paths or request.kind not in ("http", "graphql"):
            continue
        for name in _missing(request, collection, scopes):
            if (
                name.startswith(("?", "$secrets."))
                or (split(name) or (name,))[0] in script_names
                or name in script_names
            ):
                continue
            unresolved = find(request, name, scopes.combined(), files)
            if (name, unresolved.path) not in reported:
                reported.add((name, unresolved.path))
                place = Place(unresolved.line or 1, unresolved.column)
                problems[unresolved.path].append(Problem(place, unresolved.message()))
    return problems


def _missing(request: Request, collection: Collection, scopes: Scopes) -> list[str]:
    effective = merge(request)
    scopes.enter(effective)
    prepared = prepare(effective, collection, scopes)
    return missing_names(texts_of(prepared), scopes.combined(), tokens=False)


def _set_by_scripts(collection: Collection) -> Iterator[str]:
    for request in collection.walk():
        effective = merge(request)
        yield from (str(entry["name"]) for entry in effective.post_vars)
        for segments in (effective.scripts.pre, effective.scripts.post, effective.scripts.tests):
            for segment in segments:
                yield from (match[2] for match in _SET.finditer(segment.source))
    for path in collection.path.rglob("*.js"):
        if "node_modules" not in path.parts:
            try:
                if path.stat().st_size < _LONGEST:
                    text = read_file(path).decode("utf-8", "replace")
                    yield from (match[2] for match in _SET.finditer(text))
            except OSError:
                continue
