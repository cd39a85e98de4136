"""The library's door: collections that can be run. The one module that knows both collection and runner."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bruscript.collection import loader, tree

if TYPE_CHECKING:
    from bruscript.runner.results import RunResult


@dataclass(eq=False)
class Collection(tree.Collection):
    """A collection that has been read, and can be run."""

    def run(self, **options: Any) -> RunResult:
        """Run the collection; the options are RunOptions' fields. Raises BruscriptError where it cannot."""
        # The runner brings the HTTP client and the sandbox along, which reading alone does without.
        from bruscript.runner import run_collection
        from bruscript.runner.options import RunOptions

        return run_collection(self, RunOptions.of(options))

    async def arun(self, **options: Any) -> RunResult:
        """Run the collection on the running event loop; see `run`."""
        from bruscript.runner import arun_collection
        from bruscript.runner.options import RunOptions

        return await arun_collection(self, RunOptions.of(options))


def load(path: str | os.PathLike[str]) -> Collection:
    """Read the collection that `path` is in: its root is the nearest directory upwards with a bruno.json
    or an opencollection.yml.

    Every file is read and parsed now. A request that does not parse is left out and listed in `skipped`.
    Raises CollectionError where there is no collection, and where the files with the collection's settings
    cannot be read: what these give to every request below cannot be left out.
    """
    return loader.read_into(Collection(loader.find_root(path)))


def run(path: str | os.PathLike[str], **options: Any) -> RunResult:
    """Run the collection, folder or request at `path`; `options` are the fields of `RunOptions`.

    A folder or a request runs alone, as on the command line; folders recursively unless `recursive=False`.
    Raises BruscriptError where the run cannot begin.
    """
    collection, options = _selected(path, options)
    return collection.run(**options)


async def arun(path: str | os.PathLike[str], **options: Any) -> RunResult:
    """Run what is at `path` on the running event loop; see `run`."""
    collection, options = _selected(path, options)
    return await collection.arun(**options)


def _selected(path: str | os.PathLike[str], options: dict[str, Any]) -> tuple[Collection, dict[str, Any]]:
    collection = load(path)
    where = Path(path).resolve()
    if where != collection.path and where.name != collection.layout.config_file:
        options = {"paths": (where,), "recursive": True, **options}
    return collection, options
