"""Checks that need the whole collection: inherited auth, files that are not there, values in URLs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bruscript.cli.checks.connections import check_connections, missing_file
from bruscript.cli.checks.local_settings import check_local_settings, missing_grants
from bruscript.cli.checks.places import url_place
from bruscript.cli.checks.problem import Problem, place_of, setting_problem
from bruscript.cli.checks.settings import check_settings
from bruscript.collection import Collection, Folder, Request
from bruscript.collection.layout import BRU
from bruscript.collection.local_settings import NAME
from bruscript.errors import BruscriptError
from bruscript.evaluate.merge import merge
from bruscript.evaluate.url_values import data_templates
from bruscript.lang.lint import auth_mode
from bruscript.lang.place import Place

_NO_AUTH: Final = (None, "", "none", "inherit")
_ENCODED: Final = {"/": "%2F", "?": "%3F", "&": "%26"}

Found = dict[Path, list[Problem]]
"""Problems by file."""


def check_collection(collection: Collection) -> Found:
    """Return the problems of the collection's files; its own settings are among them."""
    problems: Found = defaultdict(list)
    config = collection.path / collection.layout.config_file
    problems[collection.path / NAME] += check_local_settings(collection)
    problems[config] += [*_config_files(collection), *_ignored(collection)]
    problems[collection.file] += _key_files(collection, collection)
    values = _values(collection)
    for folder in _folders(collection):
        problems[folder.file] += _key_files(folder, collection)
    for request in collection.walk():
        problems[request.path] += [
            *_files(request, collection),
            *_key_files(request, collection),
            *_encoded_values(request, values),
        ]
    for folder, problem in _ends_of_inheritance(collection):
        problems[folder.file].append(problem)
    for path, problem in missing_grants(collection):
        problems[path].append(problem)
    return problems


def _folders(node: Collection | Folder) -> Iterator[Folder]:
    for folder in node.folders:
        yield folder
        yield from _folders(folder)


def _files(request: Request, collection: Collection) -> Iterator[Problem]:
    """Find files of bodies that are not there."""
    http, body = request.data.get("http") or {}, request.data.get("body") or {}
    paths: list[tuple[Any, str]] = []
    if http.get("body") == "file":
        entries = body.get("file") or ()
        paths += [(each.get("filePath"), "body:file") for each in entries if each.get("selected")]
    elif http.get("body") in ("multipartForm", "multipart-form"):
        for entry in body.get("multipartForm") or ():
            value = entry.get("value")
            if entry.get("type") == "file" and entry.get("enabled"):
                each = value if isinstance(value, list) else [value]
                paths += [(path, "body:multipart-form") for path in each]
    for path, block in paths:
        if problem := missing_file(path, collection):
            yield Problem(place_of(request.document, (block, None)), problem)


def _key_files(node: Collection | Folder | Request, collection: Collection) -> Iterator[Problem]:
    """Find private keys of OAuth 1.0 that are not there."""
    config = (node.data.get("auth") or {}).get("oauth1") or {}
    if config.get("privateKeyType") == "file" and (
        problem := missing_file(config.get("privateKey"), collection)
    ):
        yield Problem(place_of(node.document, ("auth:oauth1", None)), problem)


def _config_files(collection: Collection) -> Iterator[Problem]:
    """Find settings that nothing reads, and files, directories and an environment that are not there."""
    config = collection.config
    if collection.layout is BRU and isinstance(config.get("name"), (int, float)):
        yield setting_problem(collection, ("name",), "`name` is a number: write it in quotes")
    yield from check_settings(collection)
    yield from check_connections(collection)
    for at, root in enumerate((config.get("scripts") or {}).get("additionalContextRoots") or ()):
        if not (collection.path / root).is_dir():
            message = f"`additionalContextRoots` has {root}, which is not a directory"
            yield setting_problem(collection, ("scripts", "additionalContextRoots", at), message)
    default = collection.default_environment()
    if default and default not in collection.environments():
        message = f"`defaultEnvironment` is {default}, which is not an environment of the collection"
        yield setting_problem(collection, ("presets", "defaultEnvironment"), message)


def _ignored(collection: Collection) -> Iterator[Problem]:
    for at, entry in enumerate(collection.config.get("ignore") or ()):
        path = collection.path / str(entry).strip("/")
        if str(entry) in ("node_modules", ".git") or not path.exists():
            continue
        suffix = collection.layout.suffix
        if path.suffix == suffix or (path.is_dir() and next(path.rglob(f"*{suffix}"), None) is not None):
            message = f"`ignore` excludes {entry}; Bruno's own command runs it"
            yield setting_problem(collection, ("ignore", at), message, note=True)


def _ends_of_inheritance(collection: Collection) -> Iterator[tuple[Folder, Problem]]:
    """Find folders whose `none` keeps credentials from requests that Bruno's own command gives them."""
    inheriting: dict[Folder, tuple[int, Collection | Folder]] = {}
    for request in collection.walk():
        if (
            request.document is None
            or (mode := auth_mode(request.document)) is None
            or mode.value != "inherit"
        ):
            continue
        outer = [node for node in reversed(request.chain[:-1]) if _mode(node) not in (None, "", "inherit")]
        if not outer or not isinstance(outer[0], Folder) or _mode(outer[0]) != "none":
            continue
        giver = next((node for node in outer if _mode(node) not in _NO_AUTH), None)
        if isinstance(giver, (Collection, Folder)):
            inheriting[outer[0]] = (inheriting.get(outer[0], (0, giver))[0] + 1, giver)
    for folder, (count, giver) in inheriting.items():
        assert folder.document is not None
        mark = auth_mode(folder.document)
        requests = "a request that inherits is" if count == 1 else f"{count} requests that inherit are"
        yield (
            folder,
            Problem(
                mark.place if mark else Place(),
                f"`none` ends inheritance: {requests} sent without credentials; Bruno's own command sends "
                f"those of {giver.file.relative_to(collection.path).as_posix()}",
                note=True,
            ),
        )


def _mode(node: Any) -> Any:
    return (node.data.get("auth") or {}).get("mode")


def _values(collection: Collection) -> list[dict[str, Any]]:
    """Return the variables of each environment."""
    values = []
    for name in collection.environments():
        try:
            values.append(collection.environment(name).variables)
        except BruscriptError:
            continue
    return values


def _encoded_values(request: Request, environments: list[dict[str, Any]]) -> Iterator[Problem]:
    """Find values of variables whose `/`, `?` or `&` is data with `encodeUrl`, and structure for Bruno."""
    url = (request.data.get("http") or {}).get("url")
    effective = merge(request)
    if not effective.settings.get("encodeUrl") or not isinstance(url, str):
        return
    scopes = [effective.request_vars, effective.folder_vars, *environments, effective.collection_vars]
    for name, zone, is_data in data_templates(url):
        for value in (scope.get(name) for scope in scopes):
            if not isinstance(value, str) or "{{" in value or not is_data(value):
                continue
            marks = [char for char in ("/?" if zone == "path" else "&") if char in value]
            if marks:
                yield Problem(
                    url_place(request.document, request.data),
                    f"`{marks[0]}` in the value of `{{{{{name}}}}}` is sent as {_ENCODED[marks[0]]}, since "
                    "`encodeUrl` is on; Bruno's own command sends it as it is",
                    note=True,
                )
                break
    for param in request.data.get("params") or ():
        value = param.get("value")
        if param.get("type") == "path" and isinstance(value, str) and "/" in value and "{{" not in value:
            yield Problem(
                place_of(request.document, ("params:path", param.get("name")), ("params:path", None)),
                f"`/` in the value of `{param.get('name')}` is sent as %2F, since `encodeUrl` is on; Bruno's "
                "own command sends it as it is",
                note=True,
            )
