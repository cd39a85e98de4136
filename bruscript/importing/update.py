"""Updates of a collection from a changed specification."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import field
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

from bruscript.collection.tree import Collection, Request
from bruscript.errors import BruscriptError
from bruscript.files import replace_text
from bruscript.importing.layout import File, collection_files, request_text, write_files
from bruscript.importing.names import Names
from bruscript.importing.operations import Matching, Operation, match_operations
from bruscript.lang import Document
from bruscript.records import record

_OF_BODIES: Final = ("accept", "content-type")
"""Headers of a body, which stays unchanged."""


class Edit(NamedTuple):
    """A request's file with its additions."""

    path: Path
    text: str
    additions: list[str]


@record
class Update:
    """The changes that update a collection from its specification.

    `added` are the new files, each with its operation, or "" for a folder's settings; `edits` the files that
    change; `removed` requests whose operation is gone, which only a person deletes.
    """

    added: list[tuple[File, str]] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    removed: list[Request] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether the collection is in line with the specification."""
        return not (self.added or self.edits or self.removed)

    def apply(self, root: Path) -> None:
        """Write the files. Raises BruscriptError."""
        write_files([file for file, _ in self.added], root)
        for edit in self.edits:
            try:
                replace_text(edit.path, edit.text)
            except OSError as error:
                raise BruscriptError(f"Cannot write {edit.path}: {error.strerror}") from None


def plan_update(collection: Collection, imported: dict[str, Any]) -> Update:
    """Compare a collection with the import of its specification, in the app's JSON.

    Raises BruscriptError for a collection with files that cannot be read: they may be what is missing.
    """
    if collection.skipped:
        raise BruscriptError(
            f"{collection.skipped[0].path} cannot be read",
            hint="Fix it first: `bruscript check` shows the errors.",
        )
    files = collection_files(imported, collection.layout.format, settings=False)
    matching = match_operations(files, collection, _bases(imported))
    update = Update(removed=matching.others)
    update.added = _new_files(collection, files, matching)
    for operation in matching.operations:
        for request in operation.requests:
            if (edit := _edit(request, operation.item["request"])) is not None:
                update.edits.append(edit)
    return update


def _bases(imported: dict[str, Any]) -> list[str]:
    variables = [entry for each in imported.get("environments") or [] for entry in each["variables"]]
    return [str(entry.get("value") or "") for entry in variables if entry.get("name") == "baseUrl"]


def _new_files(collection: Collection, files: list[File], matching: Matching) -> list[tuple[File, str]]:
    """Return files for the operations without a request, beside the requests of their folder."""
    places: dict[PurePosixPath, Counter[PurePosixPath]] = defaultdict(Counter)
    for operation in matching.operations:
        for request in operation.requests:
            places[operation.file.path.parent][PurePosixPath(request.relpath).parent] += 1
    layout = collection.layout
    added: list[tuple[File, str]] = []
    folders: dict[PurePosixPath, _Folder] = {}
    settings = {file.path.parent: file for file in files if file.path.name == layout.folder_file}
    for operation in matching.operations:
        if operation.requests:
            continue
        home = operation.file.path.parent
        common = places[home].most_common(1)
        place = common[0][0] if common else home
        missing = [each for each in (place, *place.parents) if not (collection.path / each).exists()]
        added += [(settings.pop(each), "") for each in missing if each in settings]
        folder = folders.setdefault(place, _Folder(collection, place))
        added.append((folder.file(operation), operation.title))
    return added


class _Folder:
    """A directory that gets new requests: the names and the number that are free."""

    def __init__(self, collection: Collection, place: PurePosixPath) -> None:
        directory = collection.path / place
        self._place, self._layout = place, collection.layout
        present = [path.name for path in directory.iterdir()] if directory.is_dir() else []
        own = (self._layout.folder_file, self._layout.collection_file, self._layout.config_file)
        self._names = Names(*present, *own)
        there = (request.seq for request in collection.walk() if request.path.parent == directory)
        self._seq = max((int(seq) for seq in there if isinstance(seq, int | float)), default=0)

    def file(self, operation: Operation) -> File:
        self._seq += 1
        stem = operation.file.path.name.removesuffix(self._layout.suffix)
        item = {**operation.item, "settings": {}, "seq": self._seq}
        path = self._place / self._names.take(stem, self._layout.suffix)
        return File(path, request_text(item, self._layout.format), item)


def _edit(request: Request, imported: dict[str, Any]) -> Edit | None:
    """Return the request's file with the parameters and headers that it lacks; None where it has all."""
    document = request.document
    if document is None:
        return None
    additions = []
    query, headers = _query_names(request), _header_names(request)
    parameters = [each for each in imported.get("params") or [] if each.get("type") == "query"]
    for entry in _single(parameters, query):
        document = _with(document, "params:query", entry)
        additions.append(f"query parameter {entry['name']}")
    for entry in _single(imported.get("headers") or [], {*headers, *_OF_BODIES}, fold=True):
        document = _with(document, "headers", entry)
        additions.append(f"header {entry['name']}")
    return Edit(request.path, document.text, additions) if additions else None


def _with(document: Document, block: str, entry: dict[str, Any]) -> Document:
    mark = "" if entry.get("enabled") else "~"
    try:
        return document.set(block, f"{mark}{entry['name']}", str(entry.get("value") or ""))
    except ValueError as error:
        raise BruscriptError(f"{document.filename}: {error}") from None


def _single(
    entries: list[dict[str, Any]], known_names: set[str], *, fold: bool = False
) -> list[dict[str, Any]]:
    """Return one entry for each name that is not known: of several, the enabled one."""
    entries_by_name: dict[str, dict[str, Any]] = {}
    for entry in entries:
        name = str(entry["name"])
        key = name.lower() if fold else name
        if key not in known_names and not (key in entries_by_name and not entry.get("enabled")):
            entries_by_name.setdefault(key, entry)
    return list(entries_by_name.values())


def _query_names(request: Request) -> set[str]:
    query = str(request.data["http"].get("url") or "").partition("?")[2]
    return {part.partition("=")[0] for part in query.split("&")} | {
        str(entry.get("name")) for entry in request.data.get("params") or []
    }


def _header_names(request: Request) -> set[str]:
    """Return the names of the headers that a request has itself or inherits."""
    rows = [entry for node in request.chain for entry in node.data.get("headers") or []]
    return {str(entry.get("name")).lower() for entry in rows}
