"""The file or folder that was probably meant by a path that leads nowhere."""

from __future__ import annotations

import os
from pathlib import Path

from bruscript.errors import CollectionError, PathNotFoundError
from bruscript.files import readable_path

_SUFFIXES = (".bru", ".yml")


def path_not_found(path: Path) -> PathNotFoundError:
    """Return the error for a path that does not exist."""
    return PathNotFoundError(f"Path not found: {readable_path(path)}", hint=near_hint(path))


def collection_not_found(path: Path) -> CollectionError:
    """Return the error for a collection's path that does not exist."""
    return CollectionError(f"Path not found: {readable_path(path)}", hint=near_hint(path))


def near_hint(path: Path) -> str | None:
    """Return the question whether another path was meant."""
    near = near_path(path)
    # The command line takes it as it is written here.
    return f"Did you mean {readable_path(near)}?" if near else None


def near_path(path: Path) -> Path | None:
    """Return the path that exists and is most like `path`, by the first of its names that does not exist."""
    import difflib

    path = Path(os.path.abspath(path))
    parent = next((each for each in path.parents if each.is_dir()), None)
    if parent is None:
        return None
    first, *rest = path.relative_to(parent).parts
    try:
        names = sorted(name for name in os.listdir(parent) if name[0] != "." and name != "node_modules")
    except OSError:
        return None
    if not rest:
        without_suffix = [f"{first}{suffix}" for suffix in _SUFFIXES if f"{first}{suffix}" in names]
        # Names are compared without their suffix, which would make all of them alike.
        by_stem = {_stem(name): name for name in names}
    else:
        names = [name for name in names if (parent / name).is_dir()]
        without_suffix, by_stem = [], {name: name for name in names}
    folded = {name.casefold(): full for name, full in by_stem.items()}
    word = first if rest else _stem(first)
    matches = without_suffix or [
        folded[name] for name in difflib.get_close_matches(word.casefold(), folded, 1, 0.6)
    ]
    if not matches:
        return None
    near = parent / matches[0]
    if not rest:
        return near
    whole = near.joinpath(*rest)
    return whole if whole.exists() else near_path(whole)


def _stem(name: str) -> str:
    return Path(name).stem if name.endswith(_SUFFIXES) else name
