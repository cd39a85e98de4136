"""`bruscript check`."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import click

from bruscript.cli.bru_files import find_files, kind_of, read_text
from bruscript.lang import BruSyntaxError, Document
from bruscript.lang import parse as parse_bru
from bruscript.lang.bru.lint import SCRIPTS, auth_mode, lint
from bruscript.lang.errors import visible
from bruscript.lang.nodes import Dictionary, Text
from bruscript.lang.values import outdent

EXAMPLES = """\b
Examples:
  bruscript check                 every .bru file below this directory
  bruscript check shop/login.bru
"""


@click.command(epilog=EXAMPLES)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
def check(paths: tuple[Path, ...]) -> int:
    """Find mistakes in .bru files.

    Syntax; keys that a block does not know; auth modes without their block; `inherit` with nothing to
    inherit; a `seq` given twice in a folder; scripts that do not compile; text that swallowed another
    block. Exits 1 if there is anything to report.
    """
    total = problems = 0
    documents: dict[Path, Document] = {}
    for path in find_files(paths or (Path("."),)):
        total += 1
        try:
            documents[path] = parse_bru(read_text(path), kind_of(path), filename=str(path))
        except BruSyntaxError as error:
            problems += 1
            print(error)
        except OSError as error:
            problems += 1
            print(f"{path}: {error.strerror}")
    repeated = _repeated_numbers(documents)
    scripts = _broken_scripts(documents.items())
    for path, document in documents.items():
        found = [(finding.line, finding.message) for finding in lint(document)]
        found += repeated.get(path, [])
        found += _uninherited(path, document)
        found += scripts.get(path, [])
        problems += len(found)
        for line, message in sorted(found):
            print(visible(f"{path}:{line}: {message}"))
    print(
        f"{total} files, {problems} problems" if problems else f"{total} files, no problems", file=sys.stderr
    )
    return 1 if problems else 0


def _number(document: Document) -> tuple[str, int] | None:
    meta = document.block("meta")
    if isinstance(meta, Dictionary):
        for pair in meta.pairs:
            if pair.key == "seq" and isinstance(pair.value, str):
                return pair.value, pair.line
    return None


def _repeated_numbers(documents: dict[Path, Document]) -> dict[Path, list[tuple[int, str]]]:
    """Find requests of one folder, or folders beside one another, with the same `seq`."""
    places: dict[tuple[Path, str, str], list[tuple[Path, int]]] = defaultdict(list)
    for path, document in documents.items():
        number = _number(document)
        if number is None or document.kind not in ("request", "folder"):
            continue
        parent = path.parent if document.kind == "request" else path.parent.absolute().parent
        places[parent.absolute(), document.kind, number[0]].append((path, number[1]))
    found: dict[Path, list[tuple[int, str]]] = defaultdict(list)
    for (_, _, number_text), entries in places.items():
        first = entries[0][0]
        for path, line in entries[1:]:
            named = first.parent.name if first.name == "folder.bru" else first.name
            found[path].append((line, f"`seq` is {number_text}, and so is that of {named}"))
    return found


@cache
def _mode_of(path: Path) -> str | None:
    """Give the auth mode of a folder.bru or collection.bru; None without one."""
    try:
        return auth_mode(parse_bru(read_text(path), kind_of(path)))[0]
    except (OSError, BruSyntaxError):
        return None


def _uninherited(path: Path, document: Document) -> Iterator[tuple[int, str]]:
    mode, line = auth_mode(document)
    if mode != "inherit" or document.kind == "environment":
        return
    if document.kind == "collection":
        yield line, "the auth mode is `inherit`, but a collection has nothing to inherit from"
        return
    directory = path.absolute().parent
    if document.kind == "folder":
        directory = directory.parent
    while True:
        if (directory / "bruno.json").exists() or directory.parent == directory:
            if _mode_of(directory / "collection.bru") in (None, "", "inherit"):
                yield line, "the auth mode is `inherit`, but no folder above and not the collection has one"
            return
        if _mode_of(directory / "folder.bru") not in (None, "", "inherit"):
            return
        directory = directory.parent


def _broken_scripts(documents: Iterable[tuple[Path, Document]]) -> dict[Path, list[tuple[int, str]]]:
    """Find scripts that do not compile. V8 is started only if there is a script."""
    scripts = [
        (path, block)
        for path, document in documents
        for block in document.blocks
        if isinstance(block, Text) and block.name in SCRIPTS
    ]
    found: dict[Path, list[tuple[int, str]]] = defaultdict(list)
    if scripts:
        from bruscript.cli.javascript import Compiler

        with Compiler() as compiler:
            for path, block in scripts:
                error = compiler.check(outdent(block.source))
                if error is not None:
                    line = block.content_line + error.line - 1
                    found[path].append((line, f"`{block.name}` does not compile: {error.message}"))
    return found


command = check
