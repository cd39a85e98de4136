"""Where a setting is in the file that makes a directory a collection."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from bruscript.collection.json_shape import mistake_at
from bruscript.collection.layout import BRU
from bruscript.collection.tree import Collection
from bruscript.files import read_file, readable_path
from bruscript.lang.place import KeyPath, Place

Where: TypeAlias = Callable[[KeyPath], str]
"""Says where the settings under some keys are: `bruno.json:4:12`."""


def setting_place(collection: Collection, keys: KeyPath) -> Place:
    """Return the place of what bruno.json has under `keys`, or of what is around it; in YAML, of its like.

    Raises OSError or ValueError if the file has changed and can no longer be read.
    """
    if collection.layout is BRU:
        return place_in_json(collection.config_file, keys)
    from bruscript.collection.yml_config import place_in
    from bruscript.lang.yml.document import YmlDocument

    assert isinstance(collection.document, YmlDocument)
    return place_in(collection.document, keys)


def place_in_json(path: Path, keys: KeyPath) -> Place:
    """Return the place of what a JSON file has under `keys`, or of what is around it."""
    text = read_file(path).decode("utf-8-sig")
    while True:
        try:
            mistake = mistake_at(text, keys, "")
        except StopIteration:
            keys = keys[:-1]
            continue
        return Place(mistake.line, mistake.column)


def where_in(collection: Collection) -> Where:
    """Return what says where a collection's settings are."""
    return lambda keys: _named(collection.config_file, lambda: setting_place(collection, keys))


def where_in_json(path: Path, keys: KeyPath) -> str:
    """Return where a JSON file has something under `keys`; the file's name alone if that is gone."""
    return _named(path, lambda: place_in_json(path, keys))


def _named(path: Path, find: Callable[[], Place]) -> str:
    try:
        return f"{readable_path(path)}:{find()}"
    except (OSError, ValueError):
        return readable_path(path)
