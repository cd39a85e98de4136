"""The .bru files that a command is given: which they are, of which kind, and their text."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from bruscript.errors import BruscriptError, PathNotFoundError
from bruscript.lang import Kind

_LEFT_OUT = {"node_modules"}


def kind_of(path: Path) -> Kind:
    """Tell the kind of a .bru file by its name and place."""
    if path.name == "collection.bru":
        return "collection"
    if path.name == "folder.bru":
        return "folder"
    return "environment" if path.absolute().parent.name == "environments" else "request"


def find_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Give the files among `paths`, and the .bru files below the directories among them, sorted.

    Hidden directories and node_modules are left out. Raises PathNotFoundError, and BruscriptError for
    a directory that cannot be read.
    """
    for path in paths:
        if not path.exists():
            raise PathNotFoundError(f"{path} does not exist.")
        if not path.is_dir():
            yield path
            continue
        for directory, names, files in os.walk(path, onerror=_raise):
            names[:] = sorted(n for n in names if not n.startswith(".") and n not in _LEFT_OUT)
            for name in sorted(files):
                if name.endswith(".bru"):
                    yield Path(directory, name)


def _raise(error: OSError) -> None:
    raise BruscriptError(f"Cannot read {error.filename}: {error.strerror}") from None


def read_text(path: Path, *, strict: bool = False) -> str:
    """Give a file's text with its line ends as they are.

    Bytes that are not UTF-8 come as U+FFFD, as the reference reads them, or raise UnicodeDecodeError with
    `strict`. Raises OSError.
    """
    return path.read_bytes().decode("utf-8", "strict" if strict else "replace")
