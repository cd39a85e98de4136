"""Each block as the reference parser's JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from bruscript.lang import js
from bruscript.lang.bru import auth
from bruscript.lang.bru.entries import entries, file_entry, mapping, multipart_entry
from bruscript.lang.nodes import Pair
from bruscript.lang.values import SECRET_IDENTIFIERS, typed

Maker = Callable[[Any], dict[str, Any]]
"""Makes the JSON of a block from its pairs, or from its text."""

METHODS = ("get", "post", "put", "delete", "patch", "options", "head", "connect", "trace")


def _meta(pairs: Sequence[Pair]) -> dict[str, Any]:
    meta = mapping(pairs)
    if not js.truthy(meta.get("seq")):
        meta["seq"] = 1
    if not js.truthy(meta.get("type")):
        meta["type"] = "http"
    return {"meta": meta}


def _app(pairs: Sequence[Pair]) -> dict[str, Any]:
    data = mapping(pairs)
    code = data.get("code")
    return {"app": {"code": code if js.truthy(code) else None, "enabled": data.get("enabled") == "true"}}


def _settings(pairs: Sequence[Pair]) -> dict[str, Any]:
    values = mapping(pairs)
    settings: dict[str, Any] = {"encodeUrl": values.get("encodeUrl") == "true", "timeout": 0}
    if values.get("timeout") == "inherit":
        settings["timeout"] = "inherit"
    else:
        _set_integer(settings, values, "timeout")
    if "followRedirects" in values:
        settings["followRedirects"] = values["followRedirects"] == "true"
    _set_integer(settings, values, "maxRedirects")
    if "forwardAuthorizationHeader" in values:
        settings["forwardAuthorizationHeader"] = values["forwardAuthorizationHeader"] == "true"
    if "keepAliveInterval" in values:
        interval = js.number(js.to_string(values["keepAliveInterval"]))
        if interval:
            settings["keepAliveInterval"] = None if math.isinf(interval) else interval
    return {"settings": settings}


def _set_integer(settings: dict[str, Any], values: dict[str, Any], key: str) -> None:
    if key in values:
        value = js.parse_int(js.to_string(values[key]))
        if value is not None:
            settings[key] = None if math.isinf(value) else value


def _http(method: str) -> Maker:
    return lambda pairs: {"http": {"method": method, **mapping(pairs)}}


def _custom_http(pairs: Sequence[Pair]) -> dict[str, Any]:
    return {"http": mapping(pairs)}


def _params(kind: str) -> Maker:
    return lambda pairs: {"params": [{**item, "type": kind} for item in entries(pairs)]}


def _local(item: dict[str, Any]) -> dict[str, Any]:
    name = item.get("name", "")
    local = name[:1] == "@"
    if local:
        item["name"] = name[1:]
    item["local"] = local
    return item


def _request_vars(pairs: Sequence[Pair]) -> dict[str, Any]:
    items = entries(pairs)
    for item in items:
        if "annotations" in item:
            typed(item, item["annotations"])
    return {"vars": {"req": [_local(item) for item in items]}}


def _response_vars(pairs: Sequence[Pair]) -> dict[str, Any]:
    # Their values are queries, so a type has no meaning here.
    return {"vars": {"res": [_local(item) for item in entries(pairs)]}}


def _multipart(pairs: Sequence[Pair]) -> dict[str, Any]:
    return {"body": {"multipartForm": [multipart_entry(item) for item in entries(pairs)]}}


def _file(pairs: Sequence[Pair]) -> dict[str, Any]:
    return {"body": {"file": [file_entry(item) for item in entries(pairs)]}}


def _grpc_message(pairs: Sequence[Pair]) -> dict[str, Any]:
    message = {"name": auth.find(pairs, "name"), "content": auth.find(pairs, "content")}
    return {"body": {"mode": "grpc", "grpc": [message]}}


def _ws_message(pairs: Sequence[Pair]) -> dict[str, Any]:
    message = {
        "name": auth.find(pairs, "name"),
        "type": auth.find(pairs, "type"),
        "content": auth.find(pairs, "content"),
        "selected": auth.find(pairs, "selected") == "true",
    }
    return {"body": {"mode": "ws", "ws": [message]}}


def _example(text: str) -> dict[str, Any]:
    from bruscript.lang.bru.example import example_json

    return {"examples": [example_json(text)]}


# -- collections and folders ----------------------------------------------------------------------


def _collection_meta(pairs: Sequence[Pair]) -> dict[str, Any]:
    return {"meta": {**mapping(pairs), "type": "collection"}}


def _auth_mode(pairs: Sequence[Pair]) -> dict[str, Any]:
    return {"auth": {"mode": mapping(pairs).get("mode") or "none"}}


def _listed(key: str) -> Maker:
    return lambda pairs: {key: entries(pairs)}


def _in_body(key: str) -> Maker:
    return lambda content: {"body": {key: content}}


_SHARED: dict[str, Maker] = {
    "headers": _listed("headers"),
    "vars:pre-request": _request_vars,
    "vars:post-response": _response_vars,
    "script:pre-request": lambda text: {"script": {"req": text}},
    "script:post-response": lambda text: {"script": {"res": text}},
    "tests": lambda text: {"tests": text},
    "docs": lambda text: {"docs": text},
    **{f"auth:{mode}": maker for mode, maker in auth.MODES.items()},
    **{
        f"auth:oauth2:additional_params:{step}:{place}": _listed(
            f"oauth2_additional_parameters_{step}_{'bodyvalues' if place == 'body' else place}"
        )
        for step in ("auth_req", "access_token_req", "refresh_token_req")
        for place in ("headers", "queryparams", "body")
    },
}

REQUEST: dict[str, Maker] = {
    **_SHARED,
    "meta": _meta,
    "app": _app,
    "settings": _settings,
    **{method: _http(method) for method in METHODS},
    "http": _custom_http,
    "grpc": lambda pairs: {"grpc": mapping(pairs)},
    "ws": lambda pairs: {"ws": mapping(pairs)},
    "query": _params("query"),
    "params:query": _params("query"),
    "params:path": _params("path"),
    "metadata": _listed("metadata"),
    "body": lambda text: {"http": {"body": "json"}, "body": {"json": text}},
    "body:json": _in_body("json"),
    "body:text": _in_body("text"),
    "body:xml": _in_body("xml"),
    "body:sparql": _in_body("sparql"),
    "body:graphql": lambda text: {"body": {"graphql": {"query": text}}},
    "body:graphql:vars": lambda text: {"body": {"graphql": {"variables": text}}},
    "body:form-urlencoded": lambda pairs: {"body": {"formUrlEncoded": entries(pairs)}},
    "body:multipart-form": _multipart,
    "body:file": _file,
    "body:grpc": _grpc_message,
    "body:ws": _ws_message,
    "assert": _listed("assertions"),
    "example": _example,
}
"""The blocks of a request file."""

COLLECTION: dict[str, Maker] = {
    **_SHARED,
    "meta": _collection_meta,
    "query": _listed("query"),
    "auth": _auth_mode,
}
"""The blocks of collection.bru and folder.bru."""

NAMES: dict[str, tuple[str, ...]] = {
    # Not every step of OAuth 2.0 has every place for its parameters.
    "request": tuple(name for name in REQUEST if not name.endswith("auth_req:body")),
    "collection": tuple(name for name in COLLECTION if not name.endswith("auth_req:body")),
    "environment": (
        "vars",
        "vars:secret",
        *(f"vars:externalsecrets:{store}" for store in SECRET_IDENTIFIERS),
        "color:",
    ),
}
"""The names of each grammar's blocks."""
