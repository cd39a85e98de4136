"""What pytest's "no tests ran" and "not found" do not say about collections."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from bruscript.collection.layout import BRU, root_of
from bruscript.files import readable_path


def hints(arguments: Iterable[str], directory: Path, *, is_on: bool) -> Iterator[str]:
    """Yield what to do about arguments of pytest that are collections or in one.

    `is_on` says that collections are collected, `directory` is where the arguments are relative to.
    """
    collections: dict[Path, Path] = {}
    for argument in arguments:
        path = Path(os.path.abspath(directory / argument.partition("::")[0]))
        if not path.exists():
            continue
        if root := root_of(path.parent if path.is_file() else path):
            collections.setdefault(root, path)
        elif is_on and path.suffix == BRU.suffix:
            wanted = f"no directory above it has a {BRU.config_file}"
            yield f"{readable_path(path)} is not in a collection: {wanted}."
    if is_on:
        return
    for root, path in collections.items():
        what = (
            "is a Bruno collection" if path == root else f"is in the Bruno collection {readable_path(root)}"
        )
        yield (
            f"{readable_path(path)} {what}: its requests are collected with --bruscript, or with "
            f"`bruscript = true` in pytest's configuration file."
        )
