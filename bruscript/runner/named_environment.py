"""The environment that an option names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bruscript.collection.layout import kind_of
from bruscript.errors import BruscriptError, EnvironmentNotFoundError
from bruscript.files import readable_path
from bruscript.option_names import option

if TYPE_CHECKING:
    from bruscript.collection import Collection, Environment

_SUFFIXES = ("", ".json", ".bru", ".yml")


def named_environment(collection: Collection, name: str) -> Environment:
    """Return the environment of the collection called `name`.

    Raises EnvironmentNotFoundError without one, which names a file that can be given instead, and
    InvalidFileError.
    """
    try:
        return collection.environment(name)
    except EnvironmentNotFoundError as error:
        file = next(_files(collection, name), None)
        if file is None:
            raise
        way = f"{readable_path(file)} is given as {option('--env-file', readable_path(file))}."
        raise EnvironmentNotFoundError(error.message, hint=f"{way}\n{error.hint}") from None


def _files(collection: Collection, name: str) -> Iterator[Path]:
    """Yield files with an environment that are called `name`."""
    for directory in (collection.path / "environments", collection.path, Path.cwd()):
        for suffix in _SUFFIXES:
            path = directory / f"{name}{suffix}"
            if path.is_file() and _is_environment(collection, path):
                yield path


def _is_environment(collection: Collection, path: Path) -> bool:
    if path == collection.config_file or (path.suffix != ".json" and kind_of(path) != "environment"):
        return False
    try:
        return bool(collection.environment_file(path).entries)
    except BruscriptError:
        return False
