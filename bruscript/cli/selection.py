"""The collection, and the parts of it, that the paths on the command line name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bruscript.collection.near import path_not_found

if TYPE_CHECKING:
    from bruscript.collection import Collection


def collection_of(paths: Sequence[str]) -> Collection:
    """Return the collection that holds the first of `paths`, or else the current directory.

    Raises PathNotFoundError where one of them does not exist, CollectionError where there is no collection.
    """
    for path in paths:
        if not Path(path).exists():
            raise path_not_found(Path(path))
    from bruscript.collection import load

    return load(Path(paths[0]) if paths else Path.cwd())


def selection(paths: Sequence[str], recursive: bool, root: Path) -> tuple[tuple[Path, ...], bool]:
    """Return the paths to run of the collection at `root`, and whether with their subfolders.

    A collection named from outside is run whole, as from its root without a path; in a subfolder, no path
    means that folder.
    """
    absolute = tuple(map(Path, map(os.path.abspath, paths)))
    here, root = Path.cwd().resolve(), root.resolve()
    if [path.resolve() for path in absolute] == [root] and not here.is_relative_to(root):
        return (), True
    if not absolute and here != root:
        return (here,), True
    return absolute, recursive
