"""Code shared by `send` and `curl`: one request of a collection, with its run options."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bruscript.cli.run_options import OPTIONS
from bruscript.cli.selection import collection_of
from bruscript.errors import ArgumentError, BruscriptError
from bruscript.files import readable_path

if TYPE_CHECKING:
    from bruscript.collection import Collection, Request
    from bruscript.runner import RunOptions

_SECTIONS = ("Environments and variables", "Scripts", "Connections", "OAuth 2.0")
_ALSO = ("app",)
_NOT = ("csv_file_path", "json_file_path", "iteration_count")


def run_options(*, names: frozenset[str]) -> list[click.Parameter]:
    """Return those options of `run` that one request takes, without the `names` that it does not have."""
    return [
        option
        for option in OPTIONS
        if (option.section in _SECTIONS or option.name in _ALSO)
        and option.name not in _NOT
        and names.isdisjoint(option.opts)
    ]


def request_at(file: str) -> tuple[Collection, Request]:
    """Return the request file's collection and its request.

    Raises PathNotFoundError without such a file, BruscriptError where it is not a request of a collection.
    """
    from bruscript.collection.tree import Request
    from bruscript.runner.nothing import is_ignored

    collection = collection_of([file])
    item = collection.item(file)
    if isinstance(item, Request):
        return collection, item
    real = Path(file).resolve()
    for skipped in collection.skipped:
        if skipped.path.resolve() == real:
            raise BruscriptError(skipped.readable())
    if is_ignored(collection, Path(file)):
        config = readable_path(collection.path / collection.layout.config_file)
        raise ArgumentError(f"{file} is not run: `ignore` in {config} leaves this path out")
    raise ArgumentError(
        f"{file} is not a request file",
        hint="Name one request, such as users/create.bru; `run` takes folders.",
    )


def options_of(params: Mapping[str, Any], collection: Collection, request: Request) -> RunOptions:
    """Return the options of a run of this one request."""
    from bruscript.cli.run_values import options

    defaults = {option.name: _default(option) for option in OPTIONS}
    return options({**defaults, **params, "paths": (str(request.path),)}, collection.path)


def _default(option: click.Option) -> Any:
    if option.multiple:
        return ()
    if option.is_flag or option.count:
        return False
    default = option.default
    return default if isinstance(default, (str, int, float)) and not isinstance(default, bool) else None
