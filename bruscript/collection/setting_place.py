"""Where a setting is in the file that makes a directory a collection."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from bruscript.collection.certificates import Keys
from bruscript.collection.json_shape import mistake_at
from bruscript.collection.layout import BRU
from bruscript.collection.tree import Collection
from bruscript.files import read_file, readable_path
from bruscript.lang.place import Place

Where: TypeAlias = Callable[[Keys], str]
"""Says where the settings under some keys are: `bruno.json:4:12`."""


def setting_place(collection: Collection, keys: Keys) -> Place:
    """Return the place of what bruno.json has under `keys`, or of what is around it; in YAML, of its like.

    Raises OSError or ValueError if the file is no longer what was read.
    """
    if collection.layout is BRU:
        text = read_file(collection.config_file).decode("utf-8-sig")
        while True:
            try:
                mistake = mistake_at(text, keys, "")
            except StopIteration:
                keys = keys[:-1]
                continue
            return Place(mistake.line, mistake.column)
    from bruscript.collection.yml_config import place_in
    from bruscript.lang.yml.document import YmlDocument

    assert isinstance(collection.document, YmlDocument)
    return Place(*place_in(collection.document, keys))


def where_in(collection: Collection) -> Where:
    """Return what says where a collection's settings are."""

    def where(keys: Keys) -> str:
        name = readable_path(collection.config_file)
        try:
            return f"{name}:{setting_place(collection, keys)}"
        except (OSError, ValueError):
            return name

    return where
