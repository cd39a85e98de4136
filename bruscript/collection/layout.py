"""How a collection's files are called, by the format of the collection."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bruscript.lang import Format, Kind
from bruscript.records import record


@record(frozen=True)
class Layout:
    """The names of a format's files. A directory with `config_file` is a collection."""

    format: Format
    suffix: str
    config_file: str
    collection_file: str
    folder_file: str

    def is_own_file(self, name: str) -> bool:
        """Return whether a file of this name has settings, and is not a request."""
        return name in (self.collection_file, self.folder_file)


BRU: Final = Layout("bru", ".bru", "bruno.json", "collection.bru", "folder.bru")
YML: Final = Layout("yml", ".yml", "opencollection.yml", "opencollection.yml", "folder.yml")
LAYOUTS: Final = (YML, BRU)
"""The layouts, in the order in which they are looked for: where both are, the collection is YAML."""


def layout_at(directory: Path) -> Layout | None:
    """Return the layout of the collection whose root is `directory`; None if it is not a root."""
    return next((layout for layout in LAYOUTS if (directory / layout.config_file).is_file()), None)


def layout_of(path: Path) -> Layout:
    """Return the layout that a file belongs to, by its suffix."""
    return YML if is_yaml(path) else BRU


def is_yaml(path: Path) -> bool:
    """Return whether a file that somebody names is YAML; in collections only `.yml` counts."""
    return path.suffix.lower() in (".yml", ".yaml")


def kind_of(path: Path) -> Kind:
    """Return the kind of a file by its name and place."""
    layout = layout_of(path)
    if path.name == layout.collection_file:
        return "collection"
    if path.name == layout.folder_file:
        return "folder"
    parent = path.absolute().parent
    if parent.name != "environments":
        return "request"
    if layout is YML and (root := root_of(parent)) is not None and root != parent.parent:
        # Only the root's own folder of this name holds environments.
        return "request"
    return "environment"


def root_of(directory: Path) -> Path | None:
    """Return the nearest directory upwards, from `directory` on, that is the root of a collection."""
    start = directory.absolute()
    return next((path for path in (start, *start.parents) if layout_at(path) is not None), None)
