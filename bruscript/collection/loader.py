"""From a directory to a collection."""

from __future__ import annotations

import errno
import json
import math
import os
from pathlib import Path
from typing import Any, TypeVar

from bruscript.collection.ignored import Ignored
from bruscript.collection.order import sort_folders, sort_requests
from bruscript.collection.tree import Collection, Folder, Kind, Request, SkippedFile
from bruscript.errors import CollectionError, InvalidFileError
from bruscript.lang import BruSyntaxError, Document, parse
from bruscript.lang.js import number
from bruscript.lang.tags import tags_of

C = TypeVar("C", bound=Collection)

_KINDS: dict[Any, Kind] = {"http": "http", "graphql": "graphql", "grpc": "grpc", "ws": "ws", "app": "app"}
_SECTIONS = frozenset({"scripts", "presets", "clientCertificates"})
_OWN_FILES = frozenset({"collection.bru", "folder.bru"})


def load(path: str | os.PathLike[str]) -> Collection:
    """Read the collection that `path` is in: its root is the nearest directory upwards with a bruno.json.

    Every file is read and parsed now, but for what `ignore` in bruno.json leaves out. A request that does not
    parse is left out and listed in `skipped`, and so is a folder whose folder.bru does not: what it gives to
    every request below it cannot be left out. For the same reason CollectionError is raised where bruno.json
    or collection.bru cannot be read, and where there is no collection.
    """
    return read_into(Collection(find_root(path)))


def read_into(collection: C) -> C:
    """Read everything below `collection.path` into `collection`, and return it; see `load`."""
    root = collection.path
    collection.config = _read_config(root / "bruno.json")
    collection.name = str(collection.config.get("name") or root.name)
    collection.document = _read_settings(collection.file, "collection")
    collection.data = collection.document.to_json() if collection.document else {}
    try:
        _read_directory(collection, collection, Ignored(collection.config))
    except RecursionError:
        raise CollectionError(f"Folders in {root} are nested too deeply to be read") from None
    return collection


def find_root(path: str | os.PathLike[str]) -> Path:
    """The directory of the collection that `path` is in; raises CollectionError."""
    start = Path(os.path.abspath(path))
    for candidate in (start, *start.parents):
        if (candidate / "bruno.json").is_file():
            return candidate
        if (candidate / "opencollection.yml").is_file():
            raise CollectionError(
                f"{candidate} is a collection in OpenCollection's YAML format, which bruscript does not read",
                hint="Export it from Bruno as a collection of .bru files.",
            )
    if not start.exists():
        raise CollectionError(f"Path not found: {start}")
    raise CollectionError(
        f"You can run only in a collection: neither {start} nor a directory above it has a bruno.json",
        hint="Name a collection's directory or one of its files; `bruscript init` makes a new one.",
    )


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CollectionError(f"Cannot read {path}: {error.strerror}") from None
    except json.JSONDecodeError as error:
        raise CollectionError(f"{path}:{error.lineno}:{error.colno}: not valid JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise CollectionError(f"{path}: not valid JSON: {error}") from None
    if not isinstance(config, dict):
        raise CollectionError(f"{path}: expected a JSON object such as" + ' {"version": "1", "name": "…"}')
    # As in the reference, a section that is something else counts as none.
    return {key: value for key, value in config.items() if key not in _SECTIONS or isinstance(value, dict)}


def _read_settings(path: Path, kind: str) -> Document | None:
    try:
        return parse(_text(path), "folder" if kind == "folder" else "collection", filename=str(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise CollectionError(f"Cannot read {path}: {error.strerror}") from None
    except BruSyntaxError as error:
        raise CollectionError(
            str(error),
            hint=f"Every request of the {kind} depends on this file, so none can be run without it.",
        ) from None


def _read_directory(node: Collection | Folder, collection: Collection, ignored: Ignored) -> None:
    try:
        with os.scandir(node.path) as entries:
            found = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        collection.skipped.append(_unreadable(node.path, error))
        return
    inner = node.path.relative_to(collection.path).as_posix()
    prefix = "" if inner == "." else f"{inner}/"
    for entry in found:
        if ignored.covers(prefix + entry.name):
            continue
        path = Path(entry.path)
        # A link to a directory is not followed, so that no loop can be made of links; one to a file is.
        if entry.is_dir(follow_symlinks=False):
            if _is_content(entry.name, node, collection):
                _read_folder(path, node, collection, ignored)
        elif entry.name.endswith(".bru") and entry.name not in _OWN_FILES and entry.name != ".bru":
            try:
                if not (entry.is_file() or entry.is_symlink()):
                    raise OSError(errno.EINVAL, "Not a regular file", str(path))
                node.requests.append(_read_request(path, node))
            except BruSyntaxError as error:
                collection.skipped.append(SkippedFile(path, error))
            except OSError as error:
                collection.skipped.append(_unreadable(path, error))
    node.folders = sort_folders(node.folders, lambda folder: folder.name, lambda folder: folder.seq)
    node.requests = sort_requests(node.requests, lambda request: request.seq)


def _unreadable(path: Path, error: OSError) -> SkippedFile:
    return SkippedFile(path, InvalidFileError(f"Cannot read {path}: {error.strerror}"))


def _is_content(name: str, node: Collection | Folder, collection: Collection) -> bool:
    if name == ".git" or "node_modules" in name:
        return False
    return not (name == "environments" and node is collection)


def _read_folder(path: Path, parent: Collection | Folder, collection: Collection, ignored: Ignored) -> None:
    folder = Folder(path, name=path.name, parent=parent)
    try:
        folder.document = _read_settings(folder.file, "folder")
    except CollectionError as error:
        collection.skipped.append(SkippedFile(folder.file, error))
        return
    folder.data = folder.document.to_json() if folder.document else {}
    folder.seq = _folder_seq(folder.data.get("meta") or {})
    _read_directory(folder, collection, ignored)
    parent.folders.append(folder)


def _read_request(path: Path, parent: Collection | Folder) -> Request:
    document = parse(_text(path), "request", filename=str(path))
    data = document.to_json()
    meta = data.get("meta") or {}
    return Request(
        path=path,
        name=str(meta["name"]) if meta.get("name") else path.stem,
        seq=_number(meta.get("seq")),
        tags=tags_of(meta),
        kind=_KINDS.get(meta.get("type"), "http"),
        data=data,
        document=document,
        parent=parent,
    )


def _text(path: Path) -> str:
    # Bytes that are no UTF-8 become replacement characters, as they do in the reference.
    return path.read_bytes().decode("utf-8", errors="replace")


def _number(value: Any) -> int | float | None:
    read = number(value) if isinstance(value, str) else value
    return read if isinstance(read, (int, float)) and not math.isnan(read) else None


def _folder_seq(meta: dict[str, Any]) -> int | float | None:
    if "seq" not in meta:
        return None
    seq = _number(meta["seq"])
    return 1 if seq is None else seq
