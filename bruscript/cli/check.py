"""`bruscript check`."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import click

from bruscript.cli.files import find_files, read_text
from bruscript.collection.layout import kind_of, layout_at, layout_of
from bruscript.lang import BruSyntaxError, Document
from bruscript.lang import parse as parse_text
from bruscript.lang.errors import visible
from bruscript.lang.lint import auth_mode, lint, value_of

EXAMPLES = """\b
Examples:
  bruscript check                 every file of collections below this directory
  bruscript check shop/login.bru
"""


@click.command(epilog=EXAMPLES)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
def check(paths: tuple[Path, ...]) -> int:
    """Find mistakes in the files of collections, .bru and .yml.

    Syntax; keys that a block does not know; auth modes without their block; `inherit` with nothing to
    inherit; a `seq` given twice in a folder; scripts that do not compile; text that swallowed another
    block; values that are not one of a fixed set; one `credentials_id` for different OAuth 2.0 tokens.
    Exits 1 if there is anything to report.
    """
    total = problems = 0
    documents: dict[Path, Document] = {}
    for path in find_files(paths or (Path("."),)):
        total += 1
        try:
            documents[path] = _parsed(path)
        except BruSyntaxError as error:
            problems += 1
            print(error)
        except OSError as error:
            problems += 1
            print(f"{path}: {error.strerror}")
    repeated = _repeated_numbers(documents)
    scripts = _broken_scripts(documents.items())
    shared = _shared_ids(documents)
    for path, document in documents.items():
        found = [(finding.line, finding.message) for finding in lint(document)]
        found += repeated.get(path, [])
        found += _uninherited(path, document)
        found += scripts.get(path, [])
        found += shared.get(path, [])
        problems += len(found)
        for line, message in sorted(found):
            print(visible(f"{path}:{line}: {message}"))
    print(
        f"{total} files, {problems} problems" if problems else f"{total} files, no problems", file=sys.stderr
    )
    return 1 if problems else 0


def _parsed(path: Path) -> Document:
    return parse_text(read_text(path), kind_of(path), format=layout_of(path).format, filename=str(path))


def _repeated_numbers(documents: dict[Path, Document]) -> dict[Path, list[tuple[int, str]]]:
    """Find requests of one folder, or folders beside one another, with the same `seq`."""
    places: dict[tuple[Path, str, str], list[tuple[Path, int]]] = defaultdict(list)
    for path, document in documents.items():
        number = value_of(document, "meta", "seq")
        if number is None or document.kind not in ("request", "folder"):
            continue
        parent = path.parent if document.kind == "request" else path.parent.absolute().parent
        places[parent.absolute(), document.kind, number.value].append((path, number.line))
    found: dict[Path, list[tuple[int, str]]] = defaultdict(list)
    for (_, _, number_text), entries in places.items():
        first = entries[0][0]
        for path, line in entries[1:]:
            named = first.parent.name if first.name == layout_of(first).folder_file else first.name
            found[path].append((line, f"`seq` is {number_text}, and so is that of {named}"))
    return found


def _shared_ids(documents: dict[Path, Document]) -> dict[Path, list[tuple[int, str]]]:
    modes = map(auth_mode, documents.values())
    if not any(mode is not None and mode.value == "oauth2" for mode in modes):
        return {}
    from bruscript.cli.credentials_check import shared_ids

    return shared_ids(documents)


@cache
def _mode_of(path: Path) -> str | None:
    """Give the auth mode of a folder's or collection's own file; None without one."""
    try:
        mode = auth_mode(_parsed(path))
        return mode.value if mode else None
    except (OSError, BruSyntaxError):
        return None


def _uninherited(path: Path, document: Document) -> Iterator[tuple[int, str]]:
    mode = auth_mode(document) if document.kind != "environment" else None
    if mode is None or mode.value != "inherit":
        return
    line = mode.line
    if document.kind == "collection":
        yield line, "the auth mode is `inherit`, but a collection has nothing to inherit from"
        return
    directory = path.absolute().parent
    if document.kind == "folder":
        directory = directory.parent
    while True:
        layout = layout_at(directory) or layout_of(path)
        if layout_at(directory) is not None or directory.parent == directory:
            if _mode_of(directory / layout.collection_file) in (None, "", "inherit"):
                yield line, "the auth mode is `inherit`, but no folder above and not the collection has one"
            return
        if _mode_of(directory / layout.folder_file) not in (None, "", "inherit"):
            return
        directory = directory.parent


def _broken_scripts(documents: Iterable[tuple[Path, Document]]) -> dict[Path, list[tuple[int, str]]]:
    """Find scripts that do not compile. V8 is started only if there is a script."""
    scripts = [(path, script) for path, document in documents for script in document.scripts()]
    found: dict[Path, list[tuple[int, str]]] = defaultdict(list)
    if scripts:
        from bruscript.cli.javascript import Compiler

        with Compiler() as compiler:
            for path, script in scripts:
                error = compiler.check(script.code)
                if error is not None:
                    line = script.line + error.line - 1
                    found[path].append((line, f"`{script.block}` does not compile: {error.message}"))
    return found


command = check
