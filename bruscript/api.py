"""The library's entry: collections that can be run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bruscript.collection import loader, tree
from bruscript.collection.near import collection_not_found

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from bruscript.runner.arguments import RunArguments
    from bruscript.runner.events import Reporter
    from bruscript.runner.options import RunOptions
    from bruscript.runner.run_result import RunResult


class Request(tree.Request):
    """A request that has been read, and can be run."""

    def run(self, **options: Unpack[RunArguments]) -> RunResult:
        """Run the request alone, with its collection's and folders' settings; see `Collection.run`.

        Examples:
            >>> collection.find("get user").run(app=app).results[0].response["status"]
            200
        """
        return _of(self).run(**_only(self, options))

    async def arun(self, **options: Unpack[RunArguments]) -> RunResult:
        """Run the request on the running event loop; see `run`.

        Examples:
            >>> asyncio.run(collection.find("get user").arun(app=app)).ok
            True
        """
        return await _of(self).arun(**_only(self, options))


class Folder(tree.Folder):
    """A folder of a collection that has been read, and can be run."""

    if TYPE_CHECKING:
        folders: list[Folder]  # type: ignore[assignment]  # a loaded collection consists of these
        requests: list[Request]  # type: ignore[assignment]

        def walk(self) -> Iterator[Request]: ...  # noqa: D102 - as above, with a narrower type

    def run(self, **options: Unpack[RunArguments]) -> RunResult:
        """Run the folder's requests, those of its folders before them unless `recursive=False`.

        Examples:
            >>> print(collection.folders[0].run(app=app))
            Passed: shop: 1 request, 1 test, 0 assertions
        """
        return _of(self).run(**_only(self, options))

    async def arun(self, **options: Unpack[RunArguments]) -> RunResult:
        """Run the folder on the running event loop; see `run`.

        Examples:
            >>> asyncio.run(collection.folders[0].arun(app=app)).ok
            True
        """
        return await _of(self).arun(**_only(self, options))


class Collection(tree.Collection):
    """A collection that has been read, and can be run."""

    request_type = Request
    folder_type = Folder

    if TYPE_CHECKING:
        folders: list[Folder]  # type: ignore[assignment]  # a loaded collection consists of these
        requests: list[Request]  # type: ignore[assignment]

        def walk(self) -> Iterator[Request]: ...  # noqa: D102 - as above, with a narrower type
        def item(self, path: tree.Item) -> Collection | Folder | Request | None: ...  # noqa: D102
        def find(self, name_or_path: str | os.PathLike[str]) -> Request | None: ...  # noqa: D102
        def select(  # type: ignore[override] # noqa: D102
            self, paths: tree.Paths = (), *, recursive: bool = True
        ) -> list[Request]: ...

    def run(self, **options: Unpack[RunArguments]) -> RunResult:
        """Run the collection and return its result, also if requests failed.

        The options are those of `bruscript run`, as fields of `RunOptions`; `reporters` receive the run's
        events. Raises BruscriptError where the run cannot begin, TypeError for an option that makes no sense.

        Examples:
            >>> result = collection.run(app=app, tags="smoke")
            >>> result.ok, result.summary.total_requests
            (True, 1)
        """
        # The runner brings the HTTP client and the sandbox along, which reading alone does without.
        from bruscript.runner import run_collection

        return run_collection(self, *_split(options))

    async def arun(self, **options: Unpack[RunArguments]) -> RunResult:
        """Run the collection on the running event loop; see `run`.

        Examples:
            >>> asyncio.run(collection.arun(app=app)).ok
            True
        """
        from bruscript.runner import arun_collection

        return await arun_collection(self, *_split(options))


def load(path: str | os.PathLike[str]) -> Collection:
    """Read the collection that `path` is in: its root is the nearest directory upwards with a bruno.json
    or an opencollection.yml.

    Every file is read and parsed now. A request that does not parse is left out and listed in `skipped`.
    Raises CollectionError where there is no collection, and where the files with the collection's settings
    cannot be read: what these give to every request below cannot be left out.

    Examples:
        >>> [request.name for request in bruscript.load("shop").walk()]
        ['get user', 'health']
    """
    from bruscript.option_values import path_of

    where = path_of("path", path)
    if not where.exists():
        raise collection_not_found(where)
    return _load(where)


def _load(path: Path) -> Collection:
    return loader.read_into(Collection(loader.find_root(path)))


def run(path: str | os.PathLike[str], **options: Unpack[RunArguments]) -> RunResult:
    """Run the collection, folder or request at `path`; `options` are the fields of `RunOptions`.

    A folder or a request runs alone, as on the command line; folders recursively unless `recursive=False`.
    Raises BruscriptError where the run cannot begin.

    Examples:
        >>> bruscript.run("shop/users", app=app).raise_for_failures().summary.passed_tests
        1
    """
    collection, options = _selected(path, options)
    return collection.run(**options)


async def arun(path: str | os.PathLike[str], **options: Unpack[RunArguments]) -> RunResult:
    """Run what is at `path` on the running event loop; see `run`.

    Examples:
        >>> asyncio.run(bruscript.arun("shop", app=app)).ok
        True
    """
    collection, options = _selected(path, options)
    return await collection.arun(**options)


def _selected(path: str | os.PathLike[str], options: RunArguments) -> tuple[Collection, RunArguments]:
    from bruscript.option_values import path_of

    where = path_of("path", path).resolve()
    collection = _load(where)
    if where != collection.path and where.name != collection.layout.config_file:
        options = {"paths": (where,), "recursive": True, **options}
    return collection, options


def _of(item: Request | Folder) -> Collection:
    """Return the collection that `item` is in. Raises TypeError where it is one that only can be read."""
    collection = item.collection
    if not isinstance(collection, Collection):
        raise TypeError("only collections, folders and requests from bruscript.load() can be run")
    return collection


def _only(item: Request | Folder, options: RunArguments) -> RunArguments:
    if "paths" in options:
        raise TypeError("paths cannot be set here: a folder or request runs itself")
    return {"recursive": True, **options, "paths": item}


def _split(options: RunArguments) -> tuple[RunOptions, list[Reporter]]:
    """Return the options and the reporters. Raises TypeError for what is neither."""
    from bruscript.option_values import wrong_value
    from bruscript.runner.options import RunOptions
    from bruscript.runner.own_reporter import OwnReporter, problem_of

    given = dict(cast("Mapping[str, Any]", options))
    reporters: Any = given.pop("reporters", ())
    if not isinstance(reporters, Iterable) or isinstance(reporters, str):
        raise wrong_value("reporters", "a list of reporters", reporters)
    own: list[Reporter] = []
    for reporter in reporters:
        if problem := problem_of(reporter):
            raise TypeError(f"reporters must be objects with the methods handle and close: {problem}")
        own.append(OwnReporter(reporter))
    return RunOptions.of(given), own
