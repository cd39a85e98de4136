"""Requests, scripts and apps, as the reference parser's JSON has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from bruscript.lang.js import number, to_string, trim, truthy
from bruscript.lang.yml import shapes
from bruscript.lang.yml.auth import auth
from bruscript.lang.yml.shapes import Refused, either, has, has_key, member, optional, text

TYPES: Final = {
    "http": "http-request",
    "graphql": "graphql-request",
    "grpc": "grpc-request",
    "websocket": "ws-request",
    "script": "js",
    "app": "app",
}
"""The types of items, and what they are called in Bruno's JSON."""


def item_type(value: Any) -> Any:
    """Return what a request file says of its type: `info.type`, or `type` of a script."""
    info: Any = value.get("info") if isinstance(value, dict) else None
    if truthy(info) and has(info, "type"):
        return info["type"]
    return value.get("type") if isinstance(value, dict) else None


def read_item(value: Any) -> dict[str, Any]:
    """Return the JSON of a request, script or app."""
    if not isinstance(value, (dict, list)):
        raise Refused("expected a mapping with `info`")
    kind = item_type(value)
    if not truthy(kind):
        raise Refused("`info.type` is missing, such as `type: http`")
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
            raise Refused(f"the block `{name}` is missing")
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


def _settings(settings: Any) -> dict[str, Any] | None:
    if not truthy(settings):
        return None
    timeout, redirects = optional(settings, "timeout"), optional(settings, "maxRedirects")
    return {
        "encodeUrl": _switch(optional(settings, "encodeUrl")),
        "timeout": timeout if shapes.is_number(timeout) or timeout == "inherit" else 0,
        "followRedirects": _switch(optional(settings, "followRedirects")),
        "maxRedirects": redirects if shapes.is_number(redirects) else 5,
        "forwardAuthorizationHeader": _switch(optional(settings, "forwardAuthorizationHeader")),
    }


def _switch(value: Any) -> bool:
    return value not in (False, "false") if isinstance(value, (bool, str)) else True


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
    if shapes.is_number(status):
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
    block, settings = _block(value, "websocket"), value.get("settings")
    request = {
        "url": text(optional(block, "url")),
        "headers": shapes.headers(optional(block, "headers")),
        "auth": auth(optional(block, "auth")),
        "body": {"mode": "ws", "ws": _messages(optional(block, "message"))},
        **_runtime(),
    }
    item = _request_item(value, "websocket", request)
    item["settings"] = {
        key: setting if shapes.is_number(setting := optional(settings, key)) else 0
        for key in ("timeout", "keepAliveInterval")
    }
    return item


def _messages(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [
            {
                "name": either(member(variant, "title"), f"message {at}"),
                "type": either(optional(member(variant, "message"), "type"), "text"),
                "content": text(optional(member(variant, "message"), "data")),
                "selected": either(member(variant, "selected"), False),
            }
            for at, variant in enumerate(value, 1)
        ]
    content = text(optional(value, "data"))
    if not trim(content):
        return []
    return [{"name": "", "type": either(optional(value, "type"), "text"), "content": content}]


def _script(value: dict[str, Any]) -> dict[str, Any]:
    code = either(value.get("script"), "")
    head = {"type": "js", "seq": 1, "name": "Script", "tags": [], "request": None, "settings": None}
    return {**head, **_EMPTY, "fileContent": code, "items": [], "examples": []}


def _app(value: dict[str, Any]) -> dict[str, Any]:
    info = either(value.get("info"), {})
    seq, tags = optional(info, "seq"), optional(info, "tags")
    return {
        "type": "app",
        "seq": seq if shapes.is_number(seq) else 1,
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
