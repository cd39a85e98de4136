"""The files of a command's arguments, and their texts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from bruscript.collection.ignored import Ignored
from bruscript.collection.layout import BRU, YML, Layout, layout_at
from bruscript.errors import BruscriptError, PathNotFoundError
from bruscript.files import read_file
from bruscript.lang import BruSyntaxError
from bruscript.lang.encoding import decoded
from bruscript.records import record

_LEFT_OUT = {"node_modules"}


def find_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files among `paths`, and those of collections below the directories among them, sorted.

    A .bru file always counts; a .yml file where it is a request, folder or environment of a collection of
    YAML files, or an environment of a workspace. Hidden directories, node_modules, and what a collection
    ignores are left out. Raises PathNotFoundError, and BruscriptError for a directory that cannot be read.
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
                if collections.takes(here, name):
                    yield here / name


@record(frozen=True)
class _Collection:
    root: Path
    layout: Layout
    ignored: Ignored


class _Collections:
    """The collections that directories are in; the settings of each are read once."""

    def __init__(self) -> None:
        self._known: dict[Path, _Collection | None] = {}

    def takes(self, directory: Path, name: str) -> bool:
        """Return whether a command that is given the directory takes the file."""
        if name.endswith(BRU.suffix):
            return not self.leave_out(directory, name)
        if not name.endswith(YML.suffix) or self.leave_out(directory, name):
            return False
        collection = self._collection(directory.absolute())
        if collection is None or collection.layout is not YML:
            return directory.name == "environments" and (directory.parent / "workspace.yml").is_file()
        if YML.is_own_file(name):
            # The root has no folder.yml, and folders have no opencollection.yml.
            return (name == YML.collection_file) == (directory.absolute() == collection.root)
        if directory.absolute() == collection.root / "environments":
            return True
        return _is_item(directory / name)

    def leave_out(self, directory: Path, name: str) -> bool:
        """Return whether the collection ignores what is called `name` in the directory."""
        collection = self._collection(directory.absolute())
        if collection is None:
            return False
        return collection.ignored.covers(
            (directory.absolute() / name).relative_to(collection.root).as_posix()
        )

    def _collection(self, directory: Path) -> _Collection | None:
        if directory not in self._known:
            parent = directory.parent
            layout = layout_at(directory)
            if layout is not None:
                found: _Collection | None = _Collection(directory, layout, _ignored(directory, layout))
            else:
                found = self._collection(parent) if parent != directory else None
            self._known[directory] = found
        return self._known[directory]


def _ignored(directory: Path, layout: Layout) -> Ignored:
    try:
        if layout is BRU:
            return Ignored(json.loads(read_file(directory / BRU.config_file)))
        from bruscript.lang.yml.document import YmlDocument

        text = read_text(directory / YML.config_file)
        return Ignored(YmlDocument.parsed(text, "collection").to_json()["brunoConfig"])
    except (OSError, ValueError, RecursionError):
        return Ignored({})


def _is_item(path: Path) -> bool:
    from bruscript.lang.yml.items import item_document, item_text

    try:
        text = item_text(read_file(path), str(path))
        return text is not None and item_document(text, scripts=True) is not None
    except (BruSyntaxError, OSError):
        # The command reports the mistake.
        return True


def _raise(error: OSError) -> None:
    raise BruscriptError(f"Cannot read {error.filename}: {error.strerror}") from None


def read_text(path: Path, *, strict: bool = False) -> str:
    """Return a file's text with its line ends as they are.

    Bytes that are not UTF-8 come as U+FFFD, as the reference reads them, or raise UnicodeDecodeError with
    `strict`. Raises BruSyntaxError for UTF-16, and OSError. A pipe is read where it is what a shell makes
    (`/dev/fd/63`); one that is called like a collection's file may never begin.
    """
    data = read_file(path, piped=path.suffix not in (BRU.suffix, YML.suffix))
    text = decoded(data, str(path))
    return data.decode("utf-8") if strict else text
