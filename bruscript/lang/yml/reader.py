"""From a file's values to the JSON that the reference's parser gives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from bruscript.lang.js import UNDEFINED, number, to_string, trim, truthy
from bruscript.lang.values import SECRET_IDENTIFIERS
from bruscript.lang.yml import shapes
from bruscript.lang.yml.auth import auth
from bruscript.lang.yml.shapes import Refused, either, has, has_key, mapped, member, optional, text

TYPES: Final = {
    "http": "http-request",
    "graphql": "graphql-request",
    "grpc": "grpc-request",
    "websocket": "ws-request",
    "script": "js",
    "app": "app",
}
"""The types of items, and what they are called in Bruno's JSON."""


def read(value: Any, kind: str) -> dict[str, Any]:
    """Return the JSON of a file of this kind: request, collection, folder or environment.

    Numbers that have a spelling of their own keep it where they become texts. Raises Refused where the
    reference's parser fails.
    """
    return _READERS[kind](value)


def finite(value: Any) -> Any:
    """Return a value as JSON can hold it: without infinities and NaN, which become null."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def item_type(value: Any) -> Any:
    """Return what a request file says of its type: `info.type`, or `type` of a script."""
    info: Any = value.get("info") if isinstance(value, dict) else None
    if truthy(info) and has(info, "type"):
        return info["type"]
    return value.get("type") if isinstance(value, dict) else None


def _item(value: Any) -> dict[str, Any]:
    if not isinstance(value, (dict, list)):
        raise Refused("expected a mapping with `info`")
    kind = item_type(value)
    if not truthy(kind):
        raise Refused("there is no `info.type`, such as `type: http`")
    if kind == "folder":
        raise Refused("a folder's settings belong in its folder.yml")
    reader = _ITEMS.get(kind) if isinstance(kind, str) else None
    if reader is None or not isinstance(value, dict):
        raise Refused(f"`{text(kind)}` is not a type of request")
    return reader(value)


def _described(item: dict[str, Any], info: Any) -> None:
    description = optional(info, "description")
    if truthy(description):
        content = (
            description if isinstance(description, str) else either(optional(description, "content"), "")
        )
        if not isinstance(content, str):
            raise Refused("expected a text as description")
        if trim(content):
            item["description"] = content


def _request_item(value: dict[str, Any], kind: str, request: dict[str, Any]) -> dict[str, Any]:
    info, runtime = value.get("info"), value.get("runtime")
    shapes.scripts(request, optional(runtime, "scripts"))
    request["vars"]["req"] = shapes.variables(optional(runtime, "variables"))
    if kind in ("http", "graphql"):
        request["vars"]["res"] = shapes.actions(optional(runtime, "actions"))
    if kind != "websocket":
        request["assertions"] = shapes.assertions(optional(runtime, "assertions"))
    request["docs"] = either(value.get("docs"), None)
    item = {
        "type": TYPES[kind],
        "seq": either(optional(info, "seq"), 1),
        "name": text(optional(info, "name"), "Untitled Request"),
        "tags": either(optional(info, "tags"), []),
        "request": request,
        "settings": None,
        **_EMPTY,
        "items": [],
        "examples": [],
    }
    _described(item, info)
    return item


def _block(value: dict[str, Any], name: str) -> Any:
    """Return the block named by the type, with the auth that early files have in `runtime`."""
    block = value.get(name)
    stray = optional(value.get("runtime"), "auth")
    if truthy(stray) and not truthy(optional(block, "auth")):
        if not isinstance(block, (dict, list)):
            raise Refused(f"there is no block `{name}`")
        return {**(block if isinstance(block, dict) else {}), "auth": stray}
    return block


def _request(block: Any, method: str, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "url": text(optional(block, "url")),
        "method": text(optional(block, "method"), method),
        "headers": shapes.headers(optional(block, "headers")),
        "params": shapes.params(optional(block, "params")),
        "auth": auth(optional(block, "auth")),
        "body": body,
        **_runtime(),
    }


def _runtime() -> dict[str, Any]:
    return {
        "script": {"req": None, "res": None},
        "vars": {"req": [], "res": []},
        "assertions": [],
        "tests": None,
        "docs": None,
    }


def _http(value: dict[str, Any]) -> dict[str, Any]:
    block = _block(value, "http")
    item = _request_item(value, "http", _request(block, "GET", shapes.body(optional(block, "body"))))
    app = value.get("app")
    item["app"] = None
    if truthy(app):
        item["app"] = {
            "enabled": optional(app, "enabled") is True,
            "code": either(optional(app, "code"), None),
        }
    item["settings"] = _settings(value.get("settings"))
    item["examples"] = [_example(source) for source in shapes.rows(value.get("examples"))]
    return item


def _graphql(value: dict[str, Any]) -> dict[str, Any]:
    block = _block(value, "graphql")
    body = shapes.empty_body()
    source = optional(block, "body")
    body["mode"] = "graphql"
    body["graphql"] = {key: either(optional(source, key), "") for key in ("query", "variables")}
    item = _request_item(value, "graphql", _request(block, "POST", body))
    item["settings"] = _settings(value.get("settings"))
    return item


def _settings(given: Any) -> dict[str, Any] | None:
    if not truthy(given):
        return None
    timeout, redirects = optional(given, "timeout"), optional(given, "maxRedirects")
    return {
        "encodeUrl": _switch(optional(given, "encodeUrl")),
        "timeout": timeout if _is_number(timeout) or timeout == "inherit" else 0,
        "followRedirects": _switch(optional(given, "followRedirects")),
        "maxRedirects": redirects if _is_number(redirects) else 5,
        "forwardAuthorizationHeader": _switch(optional(given, "forwardAuthorizationHeader")),
    }


def _switch(value: Any) -> bool:
    return value not in (False, "false") if isinstance(value, (bool, str)) else True


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _example(source: Any) -> dict[str, Any]:
    example: dict[str, Any] = {
        "name": text(member(source, "name"), "Untitled Example"),
        "type": "http-request",
        "request": None,
        "response": None,
    }
    description = member(source, "description")
    if truthy(description):
        content = description if isinstance(description, str) else optional(description, "content")
        if shapes.has_content(content):
            example["description"] = content
    request, response = member(source, "request"), member(source, "response")
    if truthy(request):
        full = _request(request, "GET", shapes.body(optional(request, "body")))
        example["request"] = {key: full[key] for key in ("url", "method", "headers", "params", "body")}
    if truthy(response):
        body = optional(response, "body")
        example["response"] = {
            "status": _status(response),
            "statusText": either(optional(response, "statusText"), None),
            "headers": shapes.headers(optional(response, "headers")),
            "body": {
                "type": either(optional(body, "type"), "text"),
                "content": either(optional(body, "data"), ""),
            }
            if truthy(body)
            else None,
        }
    return example


def _status(response: Any) -> Any:
    if not has_key(response, "status"):
        return None
    status = response["status"]
    if _is_number(status):
        return status
    return (
        0
        if status is None
        else number("1" if status is True else "0" if status is False else to_string(status))
    )


def _grpc(value: dict[str, Any]) -> dict[str, Any]:
    block = _block(value, "grpc")
    message = optional(block, "message")
    messages = []
    if isinstance(message, list):
        for at, variant in enumerate(message, 1):
            title = either(member(variant, "title"), f"message {at}")
            messages.append({"name": title, "content": text(member(variant, "message"))})
    elif isinstance(message, str) and trim(message):
        messages = [{"name": "", "content": message}]
    request = {
        "url": text(optional(block, "url")),
        "method": text(optional(block, "method")),
        "methodType": either(optional(block, "methodType"), ""),
        "protoPath": either(optional(block, "protoFilePath"), None),
        "headers": shapes.pairs(shapes.rows(optional(block, "metadata"))),
        "auth": auth(optional(block, "auth")),
        "body": {"mode": "grpc", "grpc": messages},
        **_runtime(),
    }
    item = _request_item(value, "grpc", request)
    item["settings"] = {}
    return item


def _websocket(value: dict[str, Any]) -> dict[str, Any]:
    block, given = _block(value, "websocket"), value.get("settings")
    request = {
        "url": text(optional(block, "url")),
        "headers": shapes.headers(optional(block, "headers")),
        "auth": auth(optional(block, "auth")),
        "body": {"mode": "ws", "ws": _messages(optional(block, "message"))},
        **_runtime(),
    }
    item = _request_item(value, "websocket", request)
    item["settings"] = {
        key: setting if _is_number(setting := optional(given, key)) else 0
        for key in ("timeout", "keepAliveInterval")
    }
    return item


def _messages(given: Any) -> list[dict[str, Any]]:
    if isinstance(given, list):
        return [
            {
                "name": either(member(variant, "title"), f"message {at}"),
                "type": either(optional(member(variant, "message"), "type"), "text"),
                "content": text(optional(member(variant, "message"), "data")),
                "selected": either(member(variant, "selected"), False),
            }
            for at, variant in enumerate(given, 1)
        ]
    content = text(optional(given, "data"))
    if not trim(content):
        return []
    return [{"name": "", "type": either(optional(given, "type"), "text"), "content": content}]


def _script(value: dict[str, Any]) -> dict[str, Any]:
    code = either(value.get("script"), "")
    head = {"type": "js", "seq": 1, "name": "Script", "tags": [], "request": None, "settings": None}
    return {**head, **_EMPTY, "fileContent": code, "items": [], "examples": []}


def _app(value: dict[str, Any]) -> dict[str, Any]:
    info = either(value.get("info"), {})
    seq, tags = optional(info, "seq"), optional(info, "tags")
    return {
        "type": "app",
        "seq": seq if _is_number(seq) else 1,
        "name": either(optional(info, "name"), "App"),
        "tags": tags if isinstance(tags, list) else [],
        "request": None,
        "settings": None,
        "app": {"code": either(value.get("code"), "")},
        **_EMPTY,
        "items": [],
        "examples": [],
    }


_EMPTY: Final = dict.fromkeys(("fileContent", "root", "filename", "pathname"))
_ITEMS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "http": _http,
    "graphql": _graphql,
    "grpc": _grpc,
    "websocket": _websocket,
    "script": _script,
    "app": _app,
}


# -- folders and collections ----------------------------------------------------------------------


def _defaults(given: Any) -> dict[str, Any]:
    """Read what requests below inherit."""
    request: dict[str, Any] = {
        "headers": shapes.headers(optional(given, "headers")),
        "auth": auth(optional(given, "auth")),
        "script": {"req": None, "res": None},
        "vars": {
            "req": shapes.variables(optional(given, "variables")),
            "res": shapes.actions(optional(given, "actions")),
        },
        "tests": None,
    }
    shapes.scripts(request, optional(given, "scripts"))
    return request


def _folder(value: Any) -> dict[str, Any]:
    info, docs = member(value, "info"), member(value, "docs")
    meta: dict[str, Any] = {"name": text(optional(info, "name"), "Untitled Folder")}
    seq = optional(info, "seq")
    if _is_number(seq) and math.isfinite(seq):
        meta["seq"] = seq
    content = docs if isinstance(docs, str) else optional(docs, "content")
    return {
        "meta": meta,
        "request": _defaults(member(value, "request")),
        "docs": content if truthy(docs) and shapes.has_content(content) else None,
    }


def _collection(value: Any) -> dict[str, Any]:
    request, docs = member(value, "request"), member(value, "docs")
    content = docs if isinstance(docs, str) else optional(docs, "content")
    root = {
        "meta": None,
        "request": _defaults(request) if truthy(request) else None,
        "docs": either(content, None),
    }
    return {"collectionRoot": root, "brunoConfig": _config(value)}


def _config(value: Any) -> dict[str, Any]:
    info, settings = member(value, "info"), optional(value, "config")
    bruno = optional(optional(value, "extensions"), "bruno")
    config: dict[str, Any] = {
        "opencollection": either(optional(value, "opencollection"), "1.0.0"),
        "name": text(optional(info, "name"), "Untitled Collection"),
        "type": "collection",
        "ignore": ignored if isinstance(ignored := optional(bruno, "ignore"), list) else [],
    }
    version = optional(info, "version")
    if version is not None and version != "":
        config["version"] = text(version)
    config.update(_extensions(bruno))
    protobuf = optional(settings, "protobuf")
    if truthy(protobuf):
        config["protobuf"] = _protobuf(protobuf)
    config["proxy"] = _proxy(optional(settings, "proxy"))
    certificates = shapes.rows(optional(settings, "clientCertificates"))
    if certificates:
        known = [_certificate(source) for source in certificates]
        config["clientCertificates"] = {"certs": [entry for entry in known if entry is not None]}
    return config


def _extensions(bruno: Any) -> dict[str, Any]:
    result: dict[str, Any] = {}
    presets, scripts = optional(bruno, "presets"), optional(bruno, "scripts")
    request, environment = optional(presets, "request"), optional(presets, "defaultEnvironment")
    if truthy(request) or truthy(environment):
        result["presets"] = {
            "requestType": either(optional(request, "type"), ""),
            "requestUrl": either(optional(request, "url"), ""),
        }
        if truthy(environment):
            result["presets"]["defaultEnvironment"] = environment
    roots, flow = optional(scripts, "additionalContextRoots"), optional(scripts, "flow")
    chosen: dict[str, Any] = {}
    if isinstance(roots, list) and any(isinstance(root, str) for root in roots):
        chosen["additionalContextRoots"] = [root for root in roots if isinstance(root, str)]
    if flow in ("sandwich", "sequential"):
        chosen["flow"] = flow
    if chosen:
        result["scripts"] = chosen
    synced = optional(bruno, "openapi")
    if isinstance(synced, list) and synced:
        result["openapi"] = [_openapi(source) for source in synced]
    return result


def _openapi(source: Any) -> dict[str, Any]:
    given = {key: member(source, key) for key in ("sourceUrl", "groupBy", "lastSyncDate", "specHash")}
    entry = {key: given[key] for key in ("sourceUrl", "groupBy") if has_key(source, key)}
    entry.update({key: given[key] for key in ("lastSyncDate", "specHash") if truthy(given[key])})
    entry["autoCheck"] = optional(source, "autoCheck") is not False
    entry["autoCheckInterval"] = either(optional(source, "autoCheckInterval"), 5)
    return entry


def _protobuf(given: Any) -> dict[str, Any]:
    return {
        "protoFiles": [
            _defined({"path": _maybe(source, "path")}) for source in mapped(optional(given, "protoFiles"))
        ],
        "importPaths": [
            _defined({"path": _maybe(source, "path"), "enabled": member(source, "disabled") is not True})
            for source in mapped(optional(given, "importPaths"))
        ],
    }


def _proxy(given: Any) -> dict[str, Any]:
    """Read the proxy; one without `inherit` and `config` is the default: the system's."""
    settings = optional(given, "config")
    usable = isinstance(optional(given, "inherit"), bool) and isinstance(settings, (dict, list))
    settings = settings if usable else {}
    account = optional(settings, "auth")
    proxy: dict[str, Any] = {
        "inherit": given["inherit"] if usable else True,
        "config": {
            "protocol": either(optional(settings, "protocol"), "http"),
            "hostname": either(optional(settings, "hostname"), ""),
            "port": either(optional(settings, "port"), ""),
            "auth": {key: either(optional(account, key), "") for key in ("username", "password")},
            "bypassProxy": either(optional(settings, "bypassProxy"), ""),
        },
    }
    if usable and given.get("disabled") is True:
        proxy["disabled"] = True
    if optional(account, "disabled") is True:
        proxy["config"]["auth"]["disabled"] = True
    return proxy


_CERTIFICATES: Final = {
    "pem": ("cert", {"certFilePath": "certificateFilePath", "keyFilePath": "privateKeyFilePath"}),
    "pkcs12": ("pfx", {"pfxFilePath": "pkcs12FilePath"}),
}


def _certificate(source: Any) -> dict[str, Any] | None:
    kind = member(source, "type")
    if not isinstance(kind, str) or kind not in _CERTIFICATES:
        return None
    name, files = _CERTIFICATES[kind]
    entry = {
        "domain": _maybe(source, "domain"),
        "type": name,
        **{field: _maybe(source, key) for field, key in files.items()},
        "passphrase": either(source.get("passphrase"), ""),
    }
    if source.get("disabled") is True:
        entry["disabled"] = True
    return _defined(entry)


def _maybe(source: Any, key: str) -> Any:
    value = member(source, key)
    return value if has_key(source, key) else UNDEFINED


def _defined(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if value is not UNDEFINED}


# -- environments ---------------------------------------------------------------------------------


def _environment(value: Any) -> dict[str, Any]:
    environment = {
        "name": text(member(value, "name"), "Untitled Environment"),
        "variables": shapes.environment_variables(member(value, "variables")),
        "color": either(member(value, "color"), None),
    }
    external = optional(value, "externalSecrets")
    store = text(optional(external, "type"))
    field = SECRET_IDENTIFIERS.get(store)
    if field is not None:
        sources = external.get("variables")
        environment["externalSecrets"] = {
            "type": store,
            "variables": [
                {
                    "name": text(optional(source, "name")),
                    "enabled": optional(source, "disabled") is not True,
                    field: text(optional(source, field)),
                }
                for source in (sources if isinstance(sources, list) else ())
                if truthy(optional(source, "name"))
            ],
        }
    return environment


_READERS: Final[dict[str, Callable[[Any], dict[str, Any]]]] = {
    "request": _item,
    "collection": _collection,
    "folder": _folder,
    "environment": _environment,
}
