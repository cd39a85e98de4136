"""The files of an imported collection: their names and texts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

from bruscript.collection.layout import BRU, YML
from bruscript.errors import ArgumentError, BruscriptError
from bruscript.importing.bru_json import request_json, root_json
from bruscript.importing.names import Names, sanitized
from bruscript.lang import Format
from bruscript.lang.bru.printer import print_bru
from bruscript.lang.yml.emit import emit
from bruscript.lang.yml.printer import folder_values, print_yml
from bruscript.unicode import utf8

_ENVIRONMENTS: Final = "environments"
_IGNORED: Final = ("node_modules", ".git")
_REQUESTS: Final = ("http-request", "graphql-request")


class File(NamedTuple):
    """A file of a collection, and the item that it was written for, if it is a request's."""

    path: PurePosixPath
    text: str
    item: dict[str, Any] | None = None


def collection_files(collection: dict[str, Any], format_: Format, *, settings: bool = True) -> list[File]:
    """Return the files of a collection in the app's JSON.

    Without `settings`, requests get the format's defaults in place of their own. Raises BruscriptError for an
    unknown item.
    """
    layout = YML if format_ == "yml" else BRU
    name, root = collection["name"], collection.get("root") or {}
    config = {"version": "1", "name": name, "type": "collection", "ignore": list(_IGNORED)}
    files = []
    if format_ == "yml":
        data = {"collectionRoot": root, "brunoConfig": {**config, "opencollection": "1.0.0"}}
        files.append(File(PurePosixPath(layout.config_file), print_yml(data, "collection")))
    else:
        text = json.dumps(config, indent=2, ensure_ascii=False)
        files.append(File(PurePosixPath(layout.config_file), text))
        if root:
            text = print_bru(root_json(root), "collection")
            files.append(File(PurePosixPath(layout.collection_file), text))
    names = Names()
    for environment in collection.get("environments") or []:
        path = PurePosixPath(_ENVIRONMENTS, names.take(environment["name"], layout.suffix))
        write = print_yml if format_ == "yml" else print_bru
        files.append(File(path, write(environment, "environment")))
    files += _Items(format_, settings=settings).files(collection.get("items") or [], PurePosixPath())
    return files


class _Items:
    def __init__(self, format_: Format, *, settings: bool = True) -> None:
        self._format = format_
        self._settings = settings
        self._layout = YML if format_ == "yml" else BRU

    def files(self, items: list[dict[str, Any]], directory: PurePosixPath) -> Iterator[File]:
        """Yield the files of the items in a directory, and below."""
        # At the root, a folder called `environments` holds environments, whoever made it.
        own = (self._layout.config_file, self._layout.collection_file, self._layout.folder_file)
        names = Names(*own, *_IGNORED, *(() if directory.parts else (_ENVIRONMENTS,)))
        for item in items:
            if item["type"] == "folder":
                yield from self._folder(item, directory / names.take(item["name"]))
            elif item["type"] in _REQUESTS:
                path = directory / names.take(item["name"], self._layout.suffix)
                content = item if self._settings else {**item, "settings": {}}
                yield File(path, request_text(content, self._format), item)
            else:
                raise BruscriptError(f"{item['name']!r} is of the type {item['type']!r}, which has no file")

    def _folder(self, item: dict[str, Any], directory: PurePosixPath) -> Iterator[File]:
        if root := _folder_root(item, directory.name):
            yml = self._format == "yml"
            text = emit(folder_values(root)) if yml else print_bru(root_json(root), "folder")
            yield File(directory / self._layout.folder_file, text)
        yield from self.files(item.get("items") or [], directory)


def request_text(item: dict[str, Any], format_: Format) -> str:
    """Return the text of a request's file."""
    whole = request_item(item)
    return print_yml(whole, "request") if format_ == "yml" else print_bru(request_json(whole), "request")


def request_item(item: dict[str, Any]) -> dict[str, Any]:
    """Return a request as the printers take it, with what a converter has left out."""
    request = item.get("request") or {}
    return {
        "type": item["type"],
        "name": item["name"],
        "seq": item["seq"] if isinstance(item.get("seq"), int) else 1,
        "tags": item.get("tags") or [],
        "settings": item.get("settings") or {},
        "request": {
            "method": request.get("method") or "GET",
            "url": request.get("url") or "",
            "headers": request.get("headers") or [],
            "params": request.get("params") or [],
            "auth": request.get("auth") or {},
            "body": request.get("body") or {},
            "script": request.get("script") or {},
            "vars": request.get("vars") or {"req": [], "res": []},
            "assertions": request.get("assertions") or [],
            "tests": request.get("tests") or "",
            "docs": request.get("docs") or "",
        },
        "examples": item.get("examples") or [],
    }


def _folder_root(item: dict[str, Any], directory: str) -> dict[str, Any] | None:
    """Return what a folder's file says; None where the directory says it all."""
    root, seq = item.get("root") or {}, item.get("seq")
    meta = root.get("meta") or {}
    if not meta.get("name"):
        if not seq and directory == item["name"]:
            return None
        root = {**root, "request": root.get("request") or {"auth": {"mode": "inherit"}}}
    meta = {**meta, "name": meta.get("name") or item["name"]}
    return {**root, "meta": {**meta, "seq": seq} if seq else meta}


def target_directory(output: Path, name: str, *, can_update: bool) -> Path:
    """Return where a collection called `name` is written: into `output` if there is such a directory.

    Raises ArgumentError where it cannot be there; `can_update` says that the importer has --update.
    """
    target = output
    hint = "Name another directory, or use --update." if can_update else "Name another directory."
    if output.is_dir():
        for layout in (YML, BRU):
            if (output / layout.config_file).is_file():
                raise ArgumentError(f"{output} is a collection already", hint=hint)
        target = output / (sanitized(name) or "Untitled")
    if not target.parent.is_dir():
        raise ArgumentError(f"The directory {target.parent} does not exist")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        what = "is not empty" if target.is_dir() else "is a file"
        if target != output and any((target / layout.config_file).is_file() for layout in (YML, BRU)):
            raise ArgumentError(f"{target} is a collection already", hint=hint)
        raise ArgumentError(f"{target} {what}", hint="Name a new directory.")
    return target


def write_files(files: list[File], directory: Path) -> None:
    """Write files into a directory, which is created if missing. Raises BruscriptError."""
    directory.mkdir(exist_ok=True)
    for file in files:
        path = directory / file.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as stream:
                stream.write(utf8(file.text))
        except OSError as error:
            raise BruscriptError(f"Cannot write {path}: {error.strerror}") from None
