"""The .bru files that a command is given: which they are, of which kind, and their text."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from bruscript.collection.ignored import Ignored
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

    Hidden directories, node_modules, and what `ignore` in a collection's bruno.json names are left out.
    Raises PathNotFoundError, and BruscriptError for a directory that cannot be read.
    """
    for path in paths:
        if not path.exists():
            raise PathNotFoundError(f"{path} does not exist.")
        if not path.is_dir():
            yield path
            continue
        collections = _Collections()
        for directory, names, files in os.walk(path, onerror=_raise):
            here = Path(directory)
            names[:] = sorted(n for n in names if not n.startswith(".") and n not in _LEFT_OUT)
            names[:] = [name for name in names if not collections.leave_out(here, name)]
            for name in sorted(files):
                if name.endswith(".bru") and not collections.leave_out(here, name):
                    yield here / name


class _Collections:
    """What the collections that directories are in leave out; each bruno.json is read once."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[Path, Ignored] | None] = {}

    def leave_out(self, directory: Path, name: str) -> bool:
        found = self._collection(directory.absolute())
        if found is None:
            return False
        root, ignored = found
        return ignored.covers((directory.absolute() / name).relative_to(root).as_posix())

    def _collection(self, directory: Path) -> tuple[Path, Ignored] | None:
        if directory not in self._known:
            parent = directory.parent
            found = _ignored(directory / "bruno.json")
            self._known[directory] = (
                (directory, found) if found else self._collection(parent) if parent != directory else None
            )
        return self._known[directory]


def _ignored(config: Path) -> Ignored | None:
    try:
        return Ignored(json.loads(config.read_text(encoding="utf-8-sig")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError):
        return Ignored({})


def _raise(error: OSError) -> None:
    raise BruscriptError(f"Cannot read {error.filename}: {error.strerror}") from None


def read_text(path: Path, *, strict: bool = False) -> str:
    """Give a file's text with its line ends as they are.

    Bytes that are not UTF-8 come as U+FFFD, as the reference reads them, or raise UnicodeDecodeError with
    `strict`. Raises OSError.
    """
    return path.read_bytes().decode("utf-8", "strict" if strict else "replace")
