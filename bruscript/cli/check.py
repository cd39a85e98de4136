"""`bruscript check`."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import click

from bruscript.cli.checks.assertions import check_assertions
from bruscript.cli.checks.bodies import check_body
from bruscript.cli.checks.collections import check_collection
from bruscript.cli.checks.modules import missing_modules
from bruscript.cli.checks.places import check_places
from bruscript.cli.checks.problem import Problem, place_in_script
from bruscript.cli.checks.unset import unset_variables
from bruscript.cli.checks.variables import check_variables
from bruscript.cli.files import find_files, read_text
from bruscript.cli.masked import Messages
from bruscript.cli.run_options import OPTIONS, Option
from bruscript.collection import load
from bruscript.collection.layout import kind_of, layout_at, layout_of, root_of
from bruscript.errors import BruscriptError, CollectionFileError
from bruscript.lang import BruSyntaxError, Document
from bruscript.lang import parse as parse_text
from bruscript.lang.errors import visible
from bruscript.lang.lint import auth_mode, lint, value_of
from bruscript.lang.place import Place, place_at
from bruscript.lang.redaction import quoted_secrets
from bruscript.masking import MASKED
from bruscript.terminal import printable

EXAMPLES = """\b
Examples:
  bruscript check                 every file of collections below this directory
  bruscript check shop/login.bru
  bruscript check --env ci        also variables that are not set in the environment ci
  bruscript check --env ci --csv-file-path users.csv
"""

_ENVIRONMENT = ("env", "env_file", "env_var", "global_env", "global_env_var", "workspace_path")
_DATA_FILES = tuple(
    Option(
        [f"--{kind}-file-path"], section="Data files", metavar="FILE", help=f"As --env: {names} are set, too."
    )
    for kind, names in (("csv", "the columns of this file"), ("json", "the names in this file's objects"))
)


@click.command(
    epilog=EXAMPLES,
    params=[
        click.Argument(["paths"], nargs=-1, type=click.Path(path_type=Path)),
        *(option for option in OPTIONS if option.name in _ENVIRONMENT),
        *_DATA_FILES,
    ],
)
def check(paths: tuple[Path, ...], **params: Any) -> int:
    """Find mistakes in the files of collections, .bru and .yml.

    Syntax and encoding; unknown keys; auth and body modes that do not exist, or that lack their block; bodies
    that are not JSON, or do not fit the method; missing files; modules that cannot be found, and scripts that
    do not compile; path parameters that the URL lacks; the same `seq`
    twice in a folder; text that swallowed another block; values outside a fixed set; one `credentials_id` for
    different OAuth 2.0 tokens; mistakes in bruscript.toml. With --env, variables that are not set.

    Notes name correct files that Bruno's own command handles differently, and `inherit` where no auth is
    above. Exits 1 if there are mistakes, not for notes.
    """
    _mode_of.cache_clear()
    paths = paths or (Path("."),)
    documents: dict[Path, Document] = {}
    problems: dict[Path, list[Problem]] = defaultdict(list)
    messages = Messages()
    total = errors = 0
    for path in paths:
        files = list(find_files([path]))
        if not files:
            errors += 1
            print(f"{path}: there is nothing to check: no request, folder or environment of a collection")
            _name_ignored(path)
        for file in files:
            total += 1
            try:
                problems[file] += _encoding(file)
                documents[file] = _parsed(file)
            except BruSyntaxError as error:
                errors += 1
                print(printable(messages.masked(file, error)))
            except OSError as error:
                errors += 1
                print(printable(f"{file}: {error.strerror}"))
    for problems_by_path in (
        _repeated_numbers(documents),
        _broken_scripts(documents.items()),
        _shared_ids(documents),
    ):
        for path, items in problems_by_path.items():
            problems[path] += items
    for path, document in documents.items():
        problems[path] += _in_document(path, document)
    checked = {Path(os.path.abspath(path)) for path in problems}
    for path, more in _in_collections(documents, paths, params, checked):
        problems[path] += more
    notes = 0
    for path, every in problems.items():
        for problem in sorted(set(every)):
            print(printable(visible(messages.masked(path, f"{path}:{problem}"))))
            notes += problem.note
            errors += not problem.note
    print(_summary(total, errors, notes), file=sys.stderr)
    return 1 if errors else 0


def _name_ignored(path: Path) -> None:
    """Say so where the collection's settings leave out what is at the path."""
    from bruscript.runner.nothing import ignored_requests

    root = root_of(path)
    if root is None:
        return
    try:
        words = ignored_requests(load(root), [path.absolute()])
    except BruscriptError:
        # What is wrong with the settings is a mistake of its own.
        return
    if words:
        print(words)


def _summary(files: int, errors: int, notes: int) -> str:
    counts = [_counted(files, "file"), _counted(errors, "problem") if errors else "no problems"]
    return ", ".join([*counts, _counted(notes, "note")] if notes else counts)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _parsed(path: Path) -> Document:
    return parse_text(read_text(path), kind_of(path), format=layout_of(path).format, filename=str(path))


def _encoding(path: Path) -> Iterator[Problem]:
    """Find bytes that are not UTF-8: a run reads each as U+FFFD."""
    try:
        read_text(path, strict=True)
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8")
        message = f"the byte 0x{error.object[error.start]:02x} is not UTF-8, and read as U+FFFD"
        yield Problem(place_at(before, len(before)), f"{message}: save the file as UTF-8")


def _in_document(path: Path, document: Document) -> Iterator[Problem]:
    yield from (Problem(Place(finding.line, finding.column), finding.message) for finding in lint(document))
    yield from _uninherited(path, document)
    try:
        content = document.content()
    except BruSyntaxError:
        # The lint reports its wrong shape.
        return
    yield from check_variables(document, content)
    if document.kind == "environment":
        return
    yield from check_places(document, content)
    if document.kind == "request":
        yield from check_body(document, content)
        yield from check_assertions(document, content)


def _in_collections(
    documents: dict[Path, Document], paths: Iterable[Path], params: dict[str, Any], checked: set[Path]
) -> Iterator[tuple[Path, list[Problem]]]:
    """Return files' problems as parts of their collections, by their names on the command line."""
    roots: dict[Path, dict[Path, Path]] = defaultdict(dict)
    for path in documents:
        root = root_of(path.absolute().parent)
        if root is not None:
            roots[root][Path(os.path.abspath(path))] = path
    whole = [Path(os.path.abspath(path)) for path in paths if path.is_dir()]
    for root, names in roots.items():
        try:
            collection = load(root)
        except BruscriptError as error:
            # Other files' mistakes have been reported already.
            config = root / (layout_at(root) or layout_of(root)).config_file
            if isinstance(error, CollectionFileError) and error.file == config not in checked:
                yield _relative(config), [Problem(Place(error.line, error.column or 0), error.reason)]
            continue
        config = collection.config_file
        if config in names or any(config.is_relative_to(directory) for directory in whole):
            problems = [
                Problem(Place(mistake.line, mistake.column or 0), mistake.message)
                for mistake in collection.mistakes
            ]
            yield names.get(config, _relative(config)), problems
        own = ((names[path], document) for path, document in _absolute(documents) if path in names)
        results = [check_collection(collection), missing_modules(collection, own)]
        if any(params[name] for name in (*_ENVIRONMENT, "csv_file_path", "json_file_path")):
            from bruscript.cli.run_values import options

            results.append(unset_variables(collection, options(_defaults(params), root), names))
        for each in results:
            for path, problems in each.items():
                absolute = Path(os.path.abspath(path))
                if absolute in names or any(absolute.is_relative_to(directory) for directory in whole):
                    yield names.get(absolute, _relative(absolute)), problems


def _absolute(documents: dict[Path, Document]) -> Iterator[tuple[Path, Document]]:
    return ((Path(os.path.abspath(path)), document) for path, document in documents.items())


def _relative(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _defaults(params: dict[str, Any]) -> dict[str, Any]:
    """Return the options of `run`: those that were passed, and the defaults of the others."""
    defaults = click.Command("run", params=list(OPTIONS)).make_context("run", []).params
    return {**defaults, "paths": (), **params}


def _repeated_numbers(documents: dict[Path, Document]) -> dict[Path, list[Problem]]:
    """Find requests of one folder, or folders beside one another, with the same `seq`."""
    places: dict[tuple[Path, str, str], list[tuple[Path, Place]]] = defaultdict(list)
    for path, document in documents.items():
        number = value_of(document, "meta", "seq")
        if number is None or document.kind not in ("request", "folder"):
            continue
        parent = path.parent if document.kind == "request" else path.parent.absolute().parent
        places[parent.absolute(), document.kind, number.value].append((path, number.place))
    problems: dict[Path, list[Problem]] = defaultdict(list)
    for (_, _, number_text), entries in places.items():
        first = entries[0][0]
        for path, place in entries[1:]:
            name = first.parent.name if first.name == layout_of(first).folder_file else first.name
            problems[path].append(Problem(place, f"`seq` is {number_text}, and so is that of {name}"))
    return problems


def _shared_ids(documents: dict[Path, Document]) -> dict[Path, list[Problem]]:
    modes = map(auth_mode, documents.values())
    if not any(mode is not None and mode.value == "oauth2" for mode in modes):
        return {}
    from bruscript.cli.checks.credentials import shared_ids

    return shared_ids(documents)


@cache
def _mode_of(path: Path) -> str | None:
    """Return the auth mode of a folder's or collection's own file; None without one."""
    try:
        mode = auth_mode(_parsed(path))
        return mode.value if mode else None
    except (OSError, BruSyntaxError):
        return None


def _uninherited(path: Path, document: Document) -> Iterator[Problem]:
    mode = auth_mode(document) if document.kind != "environment" else None
    if mode is None or mode.value != "inherit":
        return
    place = mode.place
    if document.kind == "collection":
        yield Problem(place, "the auth mode is `inherit`, but a collection has nothing to inherit from")
        return
    directory = path.absolute().parent
    if document.kind == "folder":
        directory = directory.parent
    while True:
        layout = layout_at(directory) or layout_of(path)
        if layout_at(directory) is not None or directory.parent == directory:
            if _mode_of(directory / layout.collection_file) in (None, "", "inherit"):
                # Bruno gives every new request this mode.
                message = "no auth to `inherit`: neither a folder above nor the collection has a mode"
                yield Problem(place, message, note=True)
            return
        if _mode_of(directory / layout.folder_file) not in (None, "", "inherit"):
            return
        directory = directory.parent


def _broken_scripts(documents: Iterable[tuple[Path, Document]]) -> dict[Path, list[Problem]]:
    """Find scripts that do not compile. V8 is started only if there is a script."""
    scripts = [(path, document, script) for path, document in documents for script in document.scripts()]
    problems: dict[Path, list[Problem]] = defaultdict(list)
    if scripts:
        from bruscript.cli.javascript import Compiler

        with Compiler() as compiler:
            for path, document, script in scripts:
                error = compiler.check(script.code)
                if error is not None:
                    place = place_in_script(document, script, error.line - 1)
                    message = error.message
                    for word in quoted_secrets(message, script.code, error.line):
                        message = message.replace(word, MASKED)
                    problems[path].append(Problem(place, f"`{script.block}` does not compile: {message}"))
    return problems


command = check
