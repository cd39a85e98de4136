"""From a directory to a collection."""

from __future__ import annotations

import errno
import math
import os
from pathlib import Path
from typing import Any, TypeVar

from bruscript.collection.config import read_config, unreadable
from bruscript.collection.ignored import Ignored
from bruscript.collection.layout import BRU, YML, Layout, layout_at
from bruscript.collection.near import collection_not_found
from bruscript.collection.order import sort_folders, sort_requests
from bruscript.collection.tree import Collection, Folder, Kind, Request, SkippedFile
from bruscript.errors import CollectionError, CollectionFileError, InvalidFileError
from bruscript.files import read_file, readable_path
from bruscript.lang import BruSyntaxError, Document
from bruscript.lang import Kind as FileKind
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.document import document_class
from bruscript.lang.encoding import decoded
from bruscript.lang.js import number
from bruscript.lang.tags import tags_of

C = TypeVar("C", bound=Collection)

_KINDS: dict[Any, Kind] = {"http": "http", "graphql": "graphql", "grpc": "grpc", "ws": "ws", "app": "app"}


def load(path: str | os.PathLike[str]) -> Collection:
    """Read the collection that `path` is in.

    Its root is the nearest directory upwards with an opencollection.yml or a bruno.json; where both are, it
    is a collection of YAML files. Every file is read and parsed now, but for what `ignore` in the
    collection's settings leaves out. A request that does not parse is left out and listed in `skipped`, and
    so is a folder whose own file does not: what it gives to every request below it cannot be left out. For
    the same reason CollectionError is raised where the collection's settings cannot be read, and where there
    is not in a collection.
    """
    return read_into(Collection(find_root(path)))


def read_into(collection: C) -> C:
    """Read everything below `collection.path` into `collection`, and return it; see `load`."""
    root = collection.path
    collection.layout = layout_at(root) or BRU
    if collection.layout is BRU:
        collection.config, collection.mistakes = read_config(root / BRU.config_file)
    _read_settings(collection, "collection")
    if collection.layout is YML:
        collection.config = collection.data.pop("config", {})
        if collection.config.get("clientCertificates"):
            # Imported here: collections of .bru files need no YAML.
            from bruscript.collection.yml_config import config_mistakes

            collection.mistakes = list(config_mistakes(collection.document, collection.config))
    collection.name = str(collection.config.get("name") or root.name)
    try:
        _read_directory(collection, collection, Ignored(collection.config))
    except RecursionError:
        raise CollectionError(f"Folders in {root} are nested too deeply to be read") from None
    return collection


def find_root(path: str | os.PathLike[str]) -> Path:
    """Return the directory of the collection that `path` is in; raises CollectionError."""
    start = Path(os.path.abspath(path))
    for candidate in (start, *start.parents):
        if layout_at(candidate) is not None:
            return candidate
    if not start.exists():
        raise collection_not_found(start)
    raise CollectionError(
        f"You can run only in a collection: neither {readable_path(start)} nor a directory above it has a "
        "bruno.json or an opencollection.yml",
        hint="Name a collection's directory or one of its files; `bruscript init` makes a new one.",
    )


def _read_settings(node: Collection | Folder, kind: FileKind) -> None:
    """Read a collection's or folder's own file, if there is one. Raises CollectionError."""
    path = node.file
    try:
        document = document_class(node.layout.format).opened(
            decoded(read_file(path), readable_path(path)), kind, readable_path(path)
        )
        node.document, node.data = document, document.content()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise unreadable(path, str(error.strerror)) from None
    except BruSyntaxError as error:
        raise CollectionFileError(
            str(error),
            file=path,
            line=error.line,
            column=error.column,
            reason=error.message,
            hint=f"Every request of the {kind} depends on this file, so none can be run without it.",
        ) from None


def _read_directory(node: Collection | Folder, collection: Collection, ignored: Ignored) -> None:
    try:
        with os.scandir(node.path) as entries:
            ordered = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        collection.skipped.append(_unreadable(node.path, error))
        return
    inner = node.path.relative_to(collection.path).as_posix()
    prefix = "" if inner == "." else f"{inner}/"
    for entry in ordered:
        if ignored.covers(prefix + entry.name):
            continue
        path = Path(entry.path)
        # A link to a directory is not followed, so that no loop can be made of links; one to a file is.
        if entry.is_dir(follow_symlinks=False):
            if _is_content(entry.name, node, collection):
                _read_folder(path, node, collection, ignored)
        elif _is_request(entry.name, node.layout):
            try:
                if not (entry.is_file() or entry.is_symlink()):
                    raise OSError(errno.EINVAL, "Not a regular file", str(path))
                request = _read_request(path, node, collection.request_type)
                if request is not None:
                    node.requests.append(request)
            except BruSyntaxError as error:
                collection.skipped.append(SkippedFile(path, error))
            except OSError as error:
                collection.skipped.append(_unreadable(path, error))
    node.folders = sort_folders(node.folders, lambda folder: folder.name, lambda folder: folder.seq)
    node.requests = sort_requests(node.requests, lambda request: request.seq)


def _unreadable(path: Path, error: OSError) -> SkippedFile:
    return SkippedFile(path, InvalidFileError(f"Cannot read {path}: {error.strerror}"))


def _is_request(name: str, layout: Layout) -> bool:
    return name.endswith(layout.suffix) and name != layout.suffix and not layout.is_own_file(name)


def _is_content(name: str, node: Collection | Folder, collection: Collection) -> bool:
    if name == ".git" or "node_modules" in name:
        return False
    return not (name == "environments" and node is collection)


def _read_folder(path: Path, parent: Collection | Folder, collection: Collection, ignored: Ignored) -> None:
    folder = collection.folder_type(path, layout=parent.layout, name=path.name, parent=parent)
    try:
        _read_settings(folder, "folder")
    except CollectionError as error:
        collection.skipped.append(SkippedFile(folder.file, error))
        return
    folder.seq = _folder_seq(folder.data.get("meta") or {})
    _read_directory(folder, collection, ignored)
    parent.folders.append(folder)


def _read_request(path: Path, parent: Collection | Folder, request_type: type[Request]) -> Request | None:
    """Read a request; None for a YAML file that is something else, such as a workflow of GitHub's."""
    outline = _outlined(path, parent.layout)
    if outline is None:
        return None
    document, meta = outline
    data = None
    if meta is None:
        # Only its content says whether the file can be used.
        data = document.content()
        meta = data.get("meta") or {}
    request = request_type(
        path=path,
        name=str(meta["name"]) if meta.get("name") else path.stem,
        seq=_number(meta.get("seq")),
        tags=tags_of(meta),
        kind=_KINDS.get(meta.get("type"), "http"),
        document=document,
        parent=parent,
    )
    if data is not None:
        request.data = data
    return request


def _outlined(path: Path, layout: Layout) -> tuple[Document, dict[str, Any] | None] | None:
    """Return a request's document, and its `meta` where that is known before its content; None as above."""
    data, filename = read_file(path), str(path)
    if layout is BRU:
        return BruDocument.outlined(decoded(data, filename), filename)
    # Imported here: collections of .bru files need no YAML.
    from bruscript.lang.yml.items import item_outline, item_text

    text = item_text(data, filename)
    return None if text is None else item_outline(text, filename)


def _number(value: Any) -> int | float | None:
    read = number(value) if isinstance(value, str) else value
    return read if isinstance(read, (int, float)) and not math.isnan(read) else None


def _folder_seq(meta: dict[str, Any]) -> int | float | None:
    if "seq" not in meta:
        return None
    seq = _number(meta["seq"])
    return 1 if seq is None else seq
