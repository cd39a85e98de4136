"""Inheritance of requests: headers, variables, scripts and auth of its collection and folders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from bruscript.collection.tree import Collection, Folder, Request
from bruscript.evaluate.oauth2_block import oauth2_block, with_local_settings
from bruscript.http.request import AuthConfig
from bruscript.lang.auth_modes import config_key
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.bru.settings import wrong_settings
from bruscript.lang.place import Place
from bruscript.lang.values import holds_big
from bruscript.records import record
from bruscript.sandbox import Segment

_BLOCKS: Final = {
    "pre": ("script:pre-request", "req"),
    "post": ("script:post-response", "res"),
    "tests": ("tests", None),
}
_PROTOCOLS: Final = {"grpc": "grpc", "ws": "ws"}
_SINGLE: Final = frozenset({"content-type", "content-length", "host"})
"""Headers that a message has only once: the last counts."""


@record(frozen=True)
class Scripts:
    """The scripts that run for a request, each in its own closure, in order."""

    pre: tuple[Segment, ...] = ()
    post: tuple[Segment, ...] = ()
    tests: tuple[Segment, ...] = ()


@record(frozen=True, eq=False)
class Effective:
    """A request with all that it inherits; nothing is interpolated. Shared and cached: copy before changing.

    `headers` are the enabled ones by name, with a list for one that is to be sent several times;
    `disabled_headers` are the others; `auth` is what is inherited
    where the request says so, its `source` the file. `post_vars` and `assertions` are the lists
    for the sandbox, in the shapes of the language's JSON. `problem` is why the request cannot be sent, if
    its file says so.
    """

    definition: Request
    headers: dict[str, Any] = field(repr=False)
    disabled_headers: dict[str, Any] = field(repr=False)
    auth: AuthConfig
    collection_vars: dict[str, Any] = field(repr=False)
    folder_vars: dict[str, Any] = field(repr=False)
    request_vars: dict[str, Any] = field(repr=False)
    post_vars: tuple[dict[str, Any], ...]
    scripts: Scripts = field(repr=False)
    assertions: tuple[dict[str, Any], ...]
    settings: dict[str, Any]
    problem: str = ""

    @cached_property
    def exact(self) -> bool:
        """Whether there may be whole numbers among the variables that JavaScript would round."""
        return any(map(holds_big, (self.collection_vars, self.folder_vars, self.request_vars)))


def merge(request: Request) -> Effective:
    """Return `request` with what it inherits. Cached for as long as the request lives."""
    cached: Effective | None = request.cache.get("effective")
    if cached is None:
        cached = request.cache["effective"] = _merge(request)
    return cached


def _merge(request: Request) -> Effective:
    headers: dict[str, Any] = {}
    disabled: dict[str, Any] = {}
    variables: dict[str, dict[str, Any]] = {"collection": {}, "folder": {}, "request": {}}
    post_vars: dict[str, Any] = {}
    for node in request.chain:
        headers |= _own_headers(node.data)
        for header in _entries_with_name(node.data.get("headers")):
            if not header.get("enabled"):
                disabled[header["name"]] = header.get("value")
        declared = node.data.get("vars") or {}
        for variable in _entries_with_name(declared.get("req")):
            if variable.get("enabled"):
                variables[_level(node)][variable["name"]] = variable.get("value")
        for variable in _entries_with_name(declared.get("res")):
            if variable.get("enabled"):
                post_vars[variable["name"]] = variable.get("value")
    return Effective(
        definition=request,
        headers=headers,
        disabled_headers=disabled,
        auth=_configured(_auth(request), request.collection),
        collection_vars=variables["collection"],
        folder_vars=variables["folder"],
        request_vars=variables["request"],
        post_vars=tuple(
            {"name": name, "value": value, "enabled": True, "type": "response"}
            for name, value in post_vars.items()
        ),
        scripts=_scripts(request),
        assertions=tuple(request.data.get("assertions") or ()),
        settings=dict(request.data.get("settings") or {}),
        problem=_problem(request),
    )


def _problem(request: Request) -> str:
    document = request.document
    # Such values in YAML are mistakes of the file.
    findings = wrong_settings(document) if isinstance(document, BruDocument) else []
    return "\n".join(
        f"{request.relpath}:{Place(finding.line, finding.column)}: {finding.message}" for finding in findings
    )


def _own_headers(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the enabled headers of one file, by name.

    The values of one that is there several times are a list.
    """
    values: dict[str, list[Any]] = {}
    names: dict[str, str] = {}
    for header in _entries_with_name(data.get("headers")):
        if not header.get("enabled"):
            continue
        value, lower = header.get("value"), header["name"].lower()
        name = names.setdefault(lower, header["name"])
        if lower in _SINGLE:
            values[name] = [value]
        else:
            values.setdefault(name, []).append(value)
    own: dict[str, Any] = {}
    for name, several in values.items():
        if len(several) == 1:
            own[name] = several[0]
        else:
            own[name] = "; ".join(map(str, several)) if name.lower() == "cookie" else several
    return own


def _entries_with_name(entries: Any) -> Iterator[dict[str, Any]]:
    # A key of JavaScript's own, `__proto__`, comes without a name.
    return (entry for entry in entries or () if entry.get("name"))


def _level(node: Collection | Folder | Request) -> str:
    if isinstance(node, Request):
        return "request"
    return "folder" if isinstance(node, Folder) else "collection"


def _scripts(request: Request) -> Scripts:
    flow = (request.collection.config.get("scripts") or {}).get("flow")
    pre, post, tests = (tuple(_segments(request, kind)) for kind in _BLOCKS)
    if flow == "sequential":
        return Scripts(pre, post, tests)
    return Scripts(pre, post[::-1], tests[::-1])


def _segments(request: Request, kind: str) -> Iterator[Segment]:
    block, key = _BLOCKS[kind]
    for node in request.chain:
        source = (node.data.get("script") or {}).get(key) if key else node.data.get("tests")
        if not source or not source.strip():
            continue
        document = node.document
        line = (document.content_line(block) if document else None) or 1
        margin = document.margin(block, source) if document else 0
        path = node.path if isinstance(node, Request) else node.file
        yield Segment(source, path, line, _level(node), node.name, margin)


def _auth(request: Request) -> AuthConfig:
    own = _declared_auth(request, _request_mode(request.data), request.path)
    if own.mode != "inherit":
        return own
    # The nearest that says something else counts. "none" does say something: it keeps what is further out
    # from servers that were left out on purpose.
    for node in reversed(request.chain[1:-1]):
        mode = (node.data.get("auth") or {}).get("mode")
        if mode and mode != "inherit" and isinstance(node, Folder):
            return _declared_auth(node, mode, node.file)
    collection = request.collection
    mode = (collection.data.get("auth") or {}).get("mode")
    return _declared_auth(collection, mode, collection.file)


def _configured(auth: AuthConfig, collection: Collection) -> AuthConfig:
    if auth.mode != "oauth2":
        return auth
    config = with_local_settings(auth.config, collection.local_settings)
    if config.get("findings"):
        root = f"{collection.path}{os.sep}"
        config = {**config, "findings": [text.removeprefix(root) for text in config["findings"]]}
    return replace(auth, config=config)


def _request_mode(data: dict[str, Any]) -> Any:
    protocol = _PROTOCOLS.get(str((data.get("meta") or {}).get("type")), "http")
    return (data.get(protocol) or {}).get("auth", "none")


def _declared_auth(node: Collection | Folder | Request, mode: Any, source: Path) -> AuthConfig:
    if not mode or mode in ("none", "inherit"):
        return AuthConfig(mode or "none", source=source)
    if mode == "oauth2":
        return AuthConfig(mode, oauth2_block(node.data, node.document), source)
    config = dict((node.data.get("auth") or {}).get(config_key(mode)) or {})
    if mode == "oauth1" and isinstance(node.document, BruDocument):
        # The JSON has false for every word but `true`.
        config["includeBodyHash"] = node.document.text_of("auth:oauth1", "include_body_hash")
    if mode == "akamai-edgegrid" and isinstance(node.document, BruDocument):
        # It has nothing for a text that is not a number.
        limit = node.document.text_of("auth:akamai-edgegrid", "maxBodySize")
        config["maxBodySize"] = limit if config.get("maxBodySize") is None else config["maxBodySize"]
    return AuthConfig(mode, config, source)
