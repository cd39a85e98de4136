"""The options of `run` that `compare --reference` hands on: as they are, but for paths and reports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

import click

from bruscript.cli.argv import ListType
from bruscript.cli.run_options import OPTIONS, Option
from bruscript.records import record

_THEIRS_TEXT = """
-r --tags --exclude-tags --tests-only --bail --delay --env --env-file --env-var --global-env --global-env-var
--workspace-path --secrets-env-file --csv-file-path --json-file-path --iteration-count --parallel --sandbox
--insecure --cacert --ignore-truststore --client-cert-config --noproxy --disable-cookies --cache-ssl-session
--reporter-skip-all-headers --reporter-skip-headers --reporter-skip-request-body
--reporter-skip-response-body --reporter-skip-body --verbose
"""
_THEIRS = frozenset(_THEIRS_TEXT.split())
"""The options that Bruno's command knows; with any other it would refuse to run."""
_REPORTS = frozenset({"--output", "-o", "--format", "-f"})
_PROXIED = frozenset({"--noproxy", "--cacert"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TRUTHS = ("true", "false")


@record
class RunOptions:
    """The command lines of both runs, and the files that are copied beside each collection."""

    theirs: list[str] = field(default_factory=list)
    ours: list[str] = field(default_factory=list)
    beside: dict[str, Path] = field(default_factory=dict)


def run_options(
    collection: Path, arguments: Sequence[str], *, proxied: bool
) -> tuple[RunOptions, dict[str, Any]]:
    """Return what both runs are given for `arguments`, and these as they were understood.

    Relative paths are looked for in the collection, then in the current directory. With `proxied` the
    options of proxies and authorities are left out, for the recording proxy has its own. Raises
    click.UsageError for what `run` does not understand.
    """
    from bruscript.cli.run import command

    own_arguments = [argument for argument in arguments if argument != "--"]
    parameters = command.make_context("bruscript run", list(own_arguments)).params
    paths = set(_paths(parameters))
    options = RunOptions(beside=_workspace(collection, parameters.get("workspace_path")))
    for name, words in _split(own_arguments):
        if (name.startswith("--reporter-") and not name.startswith("--reporter-skip")) or name in _REPORTS:
            continue
        if (proxied and name in _PROXIED) or (name == "--workspace-path" and options.beside):
            continue
        placed = [_placed(word, paths, collection, options.beside, name) for word in words]
        options.ours += placed
        if not name or name.replace("--no-", "--", 1) in _THEIRS or name in _THEIRS:
            options.theirs += placed
    return options, parameters


def _split(arguments: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the arguments, each option with its values; the name is empty for a path."""
    by_name = {name: option for option in OPTIONS for name in option.opts}
    position = 0
    while position < len(arguments):
        word = arguments[position]
        position += 1
        if word == "--recursive":
            word = "-r"
        name = _CAMEL.sub("-", word.partition("=")[0]).lower() if word.startswith("--") else word[:2]
        if not word.startswith("-"):
            yield "", [word]
            continue
        option, words = by_name.get(name), [word]
        if option is not None and "=" not in word:
            for value in arguments[position : position + _most(option, arguments[position:])]:
                words.append(value)
                position += 1
        yield name, words


def _most(option: Option, following: Sequence[str]) -> int:
    """Return how many of the arguments that follow are the option's values."""
    if isinstance(option.type, ListType):
        return next((n for n, word in enumerate(following) if word.startswith("-")), len(following))
    first = following[0] if following else "-"
    if option.is_flag or option.count:
        return int(first in _TRUTHS)
    if option.opts[-1] == "--parallel":
        return int(first.isdecimal() or first in _TRUTHS)
    return 1


def _paths(parameters: dict[str, Any]) -> Iterator[str]:
    yield from parameters.get("paths") or ()
    for option in OPTIONS:
        if isinstance(option.type, click.Path) and option.name and (value := parameters.get(option.name)):
            yield str(value)


def _placed(word: str, paths: Iterable[str], collection: Path, beside: dict[str, Path], name: str) -> str:
    """Return the argument with its path as it is from a copy of the collection."""
    option, equals, value = word.partition("=") if word.startswith("-") else ("", "", word)
    if value not in paths:
        return word
    root = collection.resolve()
    place = next((p for p in (root / value, Path(value)) if p.exists()), None)
    if place is None:
        return word
    place = place.resolve()
    if place.is_relative_to(root):
        moved = str(place.relative_to(root))
    elif name == "--env-file":
        # Runs write variables back into it.
        beside[f"files/{place.name}"] = place
        moved = f"../files/{place.name}"
    else:
        moved = str(place)
    return f"{option}{equals}{moved}"


def _workspace(collection: Path, named: str | None) -> dict[str, Path]:
    """Return the workspace's files, to be copied too: runs write to its environments."""
    root = collection.resolve()
    candidates = [Path(named)] if named else root.parents
    directory = next((place for place in candidates if (place / "workspace.yml").is_file()), None)
    if directory is None:
        return {}
    names = ("workspace.yml", "environments", ".env")
    return {name: directory / name for name in names if (directory / name).exists()}
