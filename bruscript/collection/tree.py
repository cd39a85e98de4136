"""The parts of a collection, once it has been read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from bruscript.collection.dotenv import read_dotenv
from bruscript.collection.environment import Environment, find_environment, read_environment
from bruscript.collection.layout import BRU, YML, Layout
from bruscript.collection.near import near_hint
from bruscript.errors import EnvironmentNotFoundError
from bruscript.files import readable_path
from bruscript.lang.tags import tags_of
from bruscript.option_values import path_of, paths_of, switch_of, text_of
from bruscript.records import record

if TYPE_CHECKING:
    from typing import TypeAlias

    from bruscript.collection.json_shape import JsonMistake
    from bruscript.lang import Document

    Item: TypeAlias = "str | os.PathLike[str] | Folder | Request"
    Paths: TypeAlias = "Item | Iterable[Item]"

Kind = Literal["http", "graphql", "grpc", "ws", "app"]


@record(frozen=True)
class SkippedFile:
    """A file of the collection that could not be used, and why."""

    path: Path
    error: Exception

    def message(self, root: Path) -> str:
        """Return why, with the file's path relative to the collection's directory `root`."""
        return str(self.error).replace(str(self.path), self.path.relative_to(root).as_posix())

    def readable(self) -> str:
        """Return why, with the file's path as messages have it."""
        return str(self.error).replace(str(self.path), readable_path(self.path))


@record(eq=False)
class _Node:
    """The base of collections and folders: a directory with folders and requests in run order.

    `layout` says how its files are called. `data` is what a run takes from `collection.bru` or `folder.bru`
    (in YAML collections, from `opencollection.yml` or `folder.yml`), {} without that file; `document` is
    its text.
    """

    path: Path
    layout: Layout = field(default=BRU, repr=False)
    data: dict[str, Any] = field(default_factory=dict, repr=False)
    document: Document | None = field(default=None, repr=False)
    folders: list[Folder] = field(default_factory=list, repr=False)
    requests: list[Request] = field(default_factory=list, repr=False)

    def walk(self) -> Iterator[Request]:
        """Yield every request below, in the order in which a recursive run makes them: folders first.

        Examples:
            >>> [request.relpath for request in collection.walk()]
            ['users/get user.bru', 'health.bru']
        """
        for folder in self.folders:
            yield from folder.walk()
        yield from self.requests


@record(eq=False)
class Folder(_Node):
    """A directory in a collection. `name` is the directory's; `seq` its place, None where it has none."""

    name: str = ""
    seq: int | float | None = None
    parent: Collection | Folder | None = field(default=None, repr=False)

    @property
    def title(self) -> str:
        """The name in the folder's own file, or else the directory's."""
        return str((self.data.get("meta") or {}).get("name") or self.name)

    @property
    def collection(self) -> Collection:
        """The collection that the folder is in."""
        node: Collection | Folder | None = self.parent
        while isinstance(node, Folder):
            node = node.parent
        assert node is not None
        return node

    @property
    def file(self) -> Path:
        """Where the folder's own settings are, or would be."""
        return self.path / self.layout.folder_file


@record(eq=False)
class Request:
    """One request file. `data` is what a run takes from it, `document` its text.

    The files of large collections are checked when they are loaded, and read further when `data` is wanted.
    `cache` is for values that others derive from the request, kept as long as the request.

    Examples:
        >>> request = collection.find("get user")
        >>> request.relpath, request.tags
        ('users/get user.bru', ('smoke',))
    """

    path: Path
    name: str
    seq: int | float | None
    tags: tuple[str, ...]
    kind: Kind
    document: Document = field(repr=False)
    parent: Collection | Folder = field(repr=False)
    cache: dict[str, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def data(self) -> dict[str, Any]:
        """What a run takes from the file, in the shape of `.bru` JSON."""
        return self.document.content()

    @cached_property
    def chain(self) -> tuple[Collection | Folder | Request, ...]:
        """The collection, the folders from outside in, and the request itself."""
        nodes: list[Collection | Folder | Request] = [self]
        node: Collection | Folder | None = self.parent
        while node is not None:
            nodes.append(node)
            node = node.parent if isinstance(node, Folder) else None
        return tuple(reversed(nodes))

    @property
    def collection(self) -> Collection:
        """The collection that the request is in."""
        root = self.chain[0]
        assert isinstance(root, Collection)
        return root

    @cached_property
    def effective_tags(self) -> tuple[str, ...]:
        """The request's own tags, and those of its folders: the ones that a run selects by."""
        folders = (tags_of(node.data.get("meta")) for node in self.chain if isinstance(node, Folder))
        return tuple(dict.fromkeys((*self.tags, *chain.from_iterable(folders))))

    @cached_property
    def relpath(self) -> str:
        """The file's path from the collection's directory, with `/` and with its suffix."""
        return self.path.relative_to(self.collection.path).as_posix()


@record(eq=False)
class Collection(_Node):
    """A collection. `skipped` are the request and folder files that cannot be read.

    `config` is its bruno.json, or what opencollection.yml has in its place; `mistakes` are the parts of
    it that are ignored, or mean something else.
    """

    name: str = ""
    config: dict[str, Any] = field(default_factory=dict, repr=False)
    skipped: list[SkippedFile] = field(default_factory=list, repr=False)
    mistakes: list[JsonMistake] = field(default_factory=list, repr=False)

    request_type: ClassVar[type[Request]] = Request
    folder_type: ClassVar[type[Folder]] = Folder
    """The classes of the items: those of a runnable collection can be run too."""

    @property
    def config_file(self) -> Path:
        """The file that makes the directory a collection."""
        return self.path / self.layout.config_file

    @property
    def warnings(self) -> list[str]:
        """The mistakes in the collection's settings, with their places."""
        return [f"{readable_path(self.config_file)}:{mistake}" for mistake in self.mistakes]

    @cached_property
    def local_settings(self) -> dict[str, Any]:
        """The settings in `bruscript.toml` beside the collection. Raises InvalidFileError."""
        from bruscript.collection.local_settings import read_local_settings

        return read_local_settings(self.path)

    @property
    def file(self) -> Path:
        """Where the collection's own settings are, or would be."""
        return self.path / self.layout.collection_file

    @cached_property
    def _by_path(self) -> dict[str, Folder | Request]:
        index: dict[str, Folder | Request] = {}
        pending: list[_Node] = [self]
        while pending:
            node = pending.pop()
            for folder in node.folders:
                index[str(folder.path)] = folder
            for request in node.requests:
                index[str(request.path)] = request
            pending += node.folders
        return index

    def _located(self, path: Path) -> Path:
        """Return a path that leads nowhere from the current directory as one from the collection."""
        return path if os.path.lexists(path) else self.path / path

    def item(self, path: Item) -> Collection | Folder | Request | None:
        """Return what is at `path`; None if nothing of the collection.

        A relative path is from the current directory, or else from the collection.

        Examples:
            >>> collection.item("shop/users"), collection.item("users/get user.bru").name
            (Folder(path=...), 'get user')
        """
        located = self._located(path_of("path", path))
        real = os.path.realpath(located)
        for candidate in (os.path.abspath(located), real):
            if candidate == str(self.path):
                return self
            if item := self._by_path.get(candidate):
                return item
        root = os.path.realpath(self.path)
        if real == root:
            return self
        return (
            self._by_path.get(str(self.path) + real[len(root) :]) if real.startswith(root + os.sep) else None
        )

    def find(self, name_or_path: str | os.PathLike[str]) -> Request | None:
        """Return the request at a path from the collection, with or without its suffix, or with that name.

        Examples:
            >>> collection.find("users/get user") is collection.find("get user")
            True
        """
        text = text_of("name_or_path", name_or_path)
        path = os.path.normpath(os.path.join(self.path, text))
        for candidate in (path, f"{path}{self.layout.suffix}"):
            item = self._by_path.get(candidate)
            if isinstance(item, Request):
                return item
        return next((request for request in self.walk() if request.name == text), None)

    def select(self, paths: Paths = (), *, recursive: bool = True) -> list[Request]:
        """Return the requests that a run of `paths` makes, in order; no paths mean the whole collection.

        A folder gives its own requests, and with `recursive` those of its folders before them. A path given
        twice runs twice; one that is nothing of the collection gives nothing, as in the reference.

        Examples:
            >>> [request.name for request in collection.select("users")]
            ['get user']
        """
        paths = paths_of("paths", paths)
        switch_of("recursive", recursive)
        if not paths:
            return list(self.walk()) if recursive else list(self.requests)
        requests: list[Request] = []
        for path in paths:
            item = self.item(path)
            if isinstance(item, Request):
                requests.append(item)
            elif item is not None:
                requests += item.walk() if recursive else item.requests
        return requests

    def skipped_in(self, paths: Paths = (), *, recursive: bool = True) -> list[SkippedFile]:
        """Return the files of `skipped` that `select` would take with the same arguments if they were valid.

        So are folder files above a path: what is selected depends on them.

        Examples:
            >>> collection.skipped_in("users")
            []
        """
        switch_of("recursive", recursive)
        selection = [os.path.realpath(self._located(path)) for path in paths_of("paths", paths)] or [
            os.path.realpath(self.path)
        ]
        return [
            file for file in self.skipped if any(_takes(path, file.path, recursive) for path in selection)
        ]

    def environments(self) -> list[str]:
        """Return the names of the collection's environments, sorted.

        Examples:
            >>> collection.environments()
            ['local']
        """
        try:
            files = (self.path / "environments").glob(f"*{self.layout.suffix}")
            return sorted(path.stem for path in files if path.is_file())
        except OSError:
            return []

    def environment(self, name: str) -> Environment:
        """Return the environment called `name`; raises EnvironmentNotFoundError, or InvalidFileError.

        Examples:
            >>> collection.environment("local").variables
            {'host': 'http://shop.test'}
        """
        name = text_of("name", name)
        directory = self.path / "environments"
        return find_environment(directory, name, self.environments(), suffix=self.layout.suffix)

    def default_environment(self) -> str | None:
        """Return the collection's default environment for runs that name none, if it has one.

        Examples:
            >>> collection.default_environment() is None
            True
        """
        name = (self.config.get("presets") or {}).get("defaultEnvironment")
        return name if isinstance(name, str) and name else None

    def environment_file(self, path: str | os.PathLike[str]) -> Environment:
        """Read an environment from a `.bru`, `.json` or `.yml` file; a relative path is from the root.

        Raises EnvironmentNotFoundError where there is no such file, InvalidFileError where it cannot be read.

        Examples:
            >>> collection.environment_file("environments/local.bru").name
            'local'
        """
        file = Path(os.path.abspath(self.path / path_of("path", path)))
        if not file.exists():
            raise EnvironmentNotFoundError(
                f"Environment file not found: {readable_path(file)}", hint=near_hint(file)
            )
        return read_environment(file)

    def dotenv(self) -> dict[str, str]:
        """Return the variables of the collection's `.env` file; {} for a missing file.

        Examples:
            >>> collection.dotenv()
            {}
        """
        return read_dotenv(self.path / ".env")


def _takes(selected: str, file: Path, recursive: bool) -> bool:
    """Return whether a run of `selected`, a real path, needs the file."""
    parent = os.path.realpath(file.parent)
    if file.name in (BRU.folder_file, YML.folder_file) and (selected + os.sep).startswith(parent + os.sep):
        return True
    if selected in (parent, os.path.join(parent, file.name), os.path.realpath(file)):
        return True
    return recursive and parent.startswith(selected.rstrip(os.sep) + os.sep)
