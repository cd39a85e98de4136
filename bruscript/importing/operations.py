"""Match requests of a collection with operations of a specification."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import field
from typing import Any, Final
from urllib.parse import urlsplit

from bruscript.collection.tree import Collection, Request
from bruscript.importing.layout import File
from bruscript.records import record

_BASE: Final = re.compile(r"\A(?:\{\{[^{}]*\}\}|[a-zA-Z][\w+.-]*://[^/?#]*)")
_ANY: Final = "*"
"""Replaces a parameter in a part of a path, whatever its name."""
_PARAMETER: Final = re.compile(r"\A:[\w-]+|\{\{[^{}]*\}\}|\{[^{}]*\}")

Key = tuple[str, tuple[str, ...]]


@record
class Operation:
    """An operation, as the file that an import makes of it, and the requests that belong to it."""

    file: File
    key: Key
    requests: list[Request] = field(default_factory=list)

    @property
    def item(self) -> dict[str, Any]:
        """The operation's request, in the app's JSON."""
        assert self.file.item is not None
        return self.file.item

    @property
    def title(self) -> str:
        """The method and path, as messages name them."""
        return f"{self.key[0]} /{'/'.join(_path(self.item['request']['url'], ()))}"


@record
class Matching:
    """All operations, and the requests of the collection that belong to none."""

    operations: list[Operation]
    others: list[Request]


def match_operations(files: Iterable[File], collection: Collection, bases: Iterable[str]) -> Matching:
    """Find the requests for the operations of an import by method and path.

    The names of path parameters do not matter, nor what has been put in their place. `bases` are the URLs of
    the specification's servers. Requests without an operation do not count if they go to other hosts.
    """
    bases = sorted({base.rstrip("/") for base in bases if base}, key=len, reverse=True)
    by_key: dict[Key, Operation] = {}
    for file in files:
        if file.item is not None:
            key = _key(file.item["request"]["method"], file.item["request"]["url"], bases)
            by_key.setdefault(key, Operation(file, key))
    rest = []
    for request in _http_requests(collection):
        keys = _keys(request, bases)
        operation = next((by_key[key] for key in keys if key in by_key), None)
        if operation is not None:
            operation.requests.append(request)
        else:
            rest.append((request, keys))
    others = []
    for request, keys in rest:
        operation = next((each for key in keys for each in by_key.values() if _fills(each.key, key)), None)
        if operation is not None:
            operation.requests.append(request)
        elif _is_of(request, bases):
            others.append(request)
    return Matching(list(by_key.values()), others)


def _http_requests(collection: Collection) -> list[Request]:
    return [request for request in collection.walk() if isinstance(request.data.get("http"), dict)]


def _keys(request: Request, bases: Iterable[str]) -> list[Key]:
    """Return the paths that a request may have: its own, and the part after a server's path."""
    http = request.data["http"]
    method, path = _key(str(http.get("method") or ""), str(http.get("url") or ""), bases)
    keys = [(method, path)]
    for base in bases:
        prefix = tuple(_path(base, ()))
        if prefix and path[: len(prefix)] == prefix:
            keys.append((method, path[len(prefix) :]))
    return keys


def _key(method: str, url: str, bases: Iterable[str]) -> Key:
    return method.upper(), tuple(_PARAMETER.sub(_ANY, part) for part in _path(url, bases))


def _path(url: str, bases: Iterable[str]) -> list[str]:
    """Return the parts of a URL's path, without the server in front."""
    url = re.split(r"[?#]", url.strip(), maxsplit=1)[0]
    base = next((base for base in bases if url == base or url.startswith(f"{base}/")), None)
    rest = url[len(base) :] if base is not None else _BASE.sub("", url)
    return [part for part in rest.split("/") if part]


def _fills(operation: Key, request: Key) -> bool:
    """Return whether the request's path is the operation's, with values for parameters."""
    (method, path), (other, parts) = operation, request
    if method != other or len(path) != len(parts):
        return False
    return all(_is_value(value, part) for part, value in zip(path, parts, strict=True))


def _is_value(text: str, part: str) -> bool:
    """Return whether a text is what a part of an operation's path may become."""
    return re.fullmatch(".+".join(map(re.escape, part.split(_ANY))), text) is not None


def _is_of(request: Request, bases: Iterable[str]) -> bool:
    """Return whether a request goes to the specification's server: by a variable, or by its URL."""
    url = str(request.data["http"].get("url") or "")
    hosts = {urlsplit(base).netloc for base in bases}
    return url.startswith("{{") or ("://" in url and urlsplit(url).netloc in hosts)
