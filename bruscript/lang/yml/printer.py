"""From the reference's JSON to the text of an OpenCollection file, byte for byte as it writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from bruscript.lang.js import number, stringify, to_string, trim, truthy
from bruscript.lang.values import SECRET_IDENTIFIERS
from bruscript.lang.yml.emit import emit
from bruscript.lang.yml.print_auth import auth_value
from bruscript.lang.yml.shapes import MODES, either, optional

_TYPES: Final = {mode: kind for kind, mode in MODES.items()}
_OPERATORS: Final = frozenset(
    (
        *("eq", "neq", "gt", "gte", "lt", "lte", "in", "notIn", "contains", "notContains", "length"),
        *("matches", "notMatches", "startsWith", "endsWith", "between"),
    )
)
_UNARY: Final = frozenset(
    (
        *("isEmpty", "isNotEmpty", "isNull", "isUndefined", "isDefined", "isTruthy", "isFalsy", "isJson"),
        *("isNumber", "isString", "isBoolean", "isArray"),
    )
)


def print_yml(data: dict[str, Any], kind: str) -> str:
    """Return the text of a file of this kind: request, collection, folder or environment.

    Raises ValueError for an item of a type that has no file.
    """
    return emit(_PRINTERS[kind](data))


def is_text(value: Any) -> bool:
    """Whether a value is a text that is more than blanks."""
    return isinstance(value, str) and trim(value) != ""


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _chosen(**entries: Any) -> dict[str, Any]:
    """Return the entries that are not None, which stands for what is left out."""
    return {key: value for key, value in entries.items() if value is not None}


# -- entries --------------------------------------------------------------------------------------


def _marks(entry: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    if is_text(entry.get("description")):
        result["description"] = entry["description"]
    if entry.get("enabled") is False:
        result["disabled"] = True
    return result


def _pair(entry: dict[str, Any]) -> dict[str, Any]:
    return {"name": either(entry.get("name"), ""), "value": either(entry.get("value"), "")}


def _pairs(entries: Any) -> list[dict[str, Any]] | None:
    return [{**_pair(entry), **_marks(entry)} for entry in _list(entries)] or None


def _params(entries: Any) -> list[dict[str, Any]] | None:
    return [
        {**_pair(entry), **({"type": entry["type"]} if "type" in entry else {}), **_marks(entry)}
        for entry in _list(entries)
    ] or None


def variable_text(value: Any) -> str:
    """Return a variable's value as the text that a file has: objects as JSON, null as nothing."""
    if isinstance(value, (dict, list)):
        return stringify(value)
    return "" if value is None else to_string(value)


def _variable_value(entry: dict[str, Any]) -> Any:
    value, kind = variable_text(entry.get("value")), entry.get("dataType")
    return {"type": kind, "data": value} if truthy(kind) and kind != "string" else value


def _variables(entries: Any) -> list[dict[str, Any]] | None:
    return [
        {"name": either(entry.get("name"), ""), "value": _variable_value(entry), **_marks(entry)}
        for entry in _list(entries)
    ] or None


def _actions(entries: Any) -> list[dict[str, Any]] | None:
    return [
        {
            "type": "set-variable",
            "phase": "after-response",
            "selector": {"expression": variable_text(entry.get("value")), "method": "jsonq"},
            "variable": {
                "name": either(entry.get("name"), ""),
                "scope": "request" if truthy(entry.get("local")) else "runtime",
            },
            **_marks(entry),
        }
        for entry in _list(entries)
    ] or None


def _scripts(request: dict[str, Any]) -> list[dict[str, Any]] | None:
    script = request.get("script")
    codes = {
        "before-request": optional(script, "req"),
        "after-response": optional(script, "res"),
        "tests": request.get("tests"),
    }
    return [{"type": kind, "code": trim(code)} for kind, code in codes.items() if is_text(code)] or None


def condition(value: Any) -> tuple[str, str | None]:
    """Split an assertion's text into its operator and its value, None where the operator takes none."""
    if not isinstance(value, str) or not value:
        return "eq", "" if not truthy(value) else value
    first, _, rest = trim(value).partition(" ")
    if first in _UNARY:
        return first, None
    return (first, rest) if first in _OPERATORS else ("eq", value)


def _assertions(entries: Any) -> list[dict[str, Any]] | None:
    result = []
    for entry in _list(entries):
        operator, value = condition(entry.get("value"))
        item = {"expression": either(entry.get("name"), ""), "operator": operator}
        if value is not None:
            item["value"] = value
        result.append({**item, **_marks(entry)})
    return result or None


def _body(body: Any) -> dict[str, Any] | None:
    mode = optional(body, "mode")
    kind = _TYPES.get(mode) if isinstance(mode, str) else None
    if kind is None:
        return None
    if mode in ("json", "text", "xml", "sparql"):
        return {"type": kind, "data": either(body.get(mode), "")}
    entries = _list(body.get(mode))
    data: Any = [_file(entry) if mode == "file" else _field(entry, mode) for entry in entries]
    return {"type": kind, "data": data} if data else {"type": kind}


def _field(entry: dict[str, Any], mode: str) -> dict[str, Any]:
    if mode == "formUrlEncoded":
        return {**_pair(entry), **_marks(entry)}
    kind = entry.get("type")
    part = {
        "name": either(entry.get("name"), ""),
        **({"type": kind} if "type" in entry else {}),
        "value": either(entry.get("value"), [] if kind == "file" else ""),
    }
    if is_text(entry.get("contentType")):
        part["contentType"] = entry["contentType"]
    return {**part, **_marks(entry)}


def _file(entry: dict[str, Any]) -> dict[str, Any]:
    selected = entry.get("selected")
    return {
        "filePath": either(entry.get("filePath"), ""),
        "contentType": either(entry.get("contentType"), ""),
        "selected": False if selected is None else selected,
        **({"description": entry["description"]} if is_text(entry.get("description")) else {}),
    }


# -- requests -------------------------------------------------------------------------------------


def _info(item: dict[str, Any], kind: str) -> dict[str, Any]:
    name, description = item.get("name"), item.get("description")
    return _chosen(
        name=name if is_text(name) else "Untitled Request",
        type=kind,
        seq=item["seq"] if truthy(item.get("seq")) else None,
        tags=item["tags"] if item.get("tags") else None,
        description=description if is_text(description) else None,
    )


def _head(request: dict[str, Any], method: str) -> dict[str, Any]:
    given = {key: request.get(key) for key in ("method", "url")}
    return {
        "method": given["method"] if is_text(given["method"]) else method,
        "url": given["url"] if is_text(given["url"]) else "",
        **_chosen(headers=_pairs(request.get("headers")), params=_params(request.get("params"))),
    }


def _runtime(request: dict[str, Any], *parts: str) -> dict[str, Any]:
    variables = request.get("vars")
    runtime = _chosen(
        variables=_variables(optional(variables, "req")),
        scripts=_scripts(request),
        assertions=_assertions(request.get("assertions")) if "assertions" in parts else None,
        actions=_actions(optional(variables, "res")) if "actions" in parts else None,
    )
    return {"runtime": runtime} if runtime else {}


def _settings(given: Any) -> dict[str, Any]:
    def switch(key: str) -> bool:
        return optional(given, key) is not False

    timeout, redirects = optional(given, "timeout"), optional(given, "maxRedirects")
    forward = optional(given, "forwardAuthorizationHeader")
    usable = timeout == "inherit" or (_number(timeout) and 0 < timeout < float("inf"))
    return {
        "encodeUrl": switch("encodeUrl"),
        "timeout": timeout if usable else 0,
        "followRedirects": switch("followRedirects"),
        "maxRedirects": redirects if _number(redirects) else 5,
        "forwardAuthorizationHeader": True if forward is None else forward,
    }


def _docs(request: dict[str, Any]) -> dict[str, Any]:
    return {"docs": request["docs"]} if is_text(request.get("docs")) else {}


def _http(item: dict[str, Any]) -> dict[str, Any]:
    request = item["request"]
    block = _head(request, "GET")
    block.update(_chosen(body=_body(request.get("body")), auth=auth_value(request.get("auth"))))
    examples = [_example(entry) for entry in _list(item.get("examples"))]
    app = item.get("app")
    shown: dict[str, Any] = {}
    if optional(app, "enabled") is True:
        shown["enabled"] = True
    if truthy(code := optional(app, "code")):
        shown["code"] = code
    return {
        "info": _info(item, "http"),
        "http": block,
        **_runtime(request, "assertions", "actions"),
        "settings": _settings(item.get("settings")),
        **({"examples": examples} if examples else {}),
        **_docs(request),
        **({"app": shown} if shown else {}),
    }


def _example(example: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {"name": either(example.get("name"), "Untitled Example")}
    if is_text(example.get("description")):
        result["description"] = example["description"]
    request, response = example.get("request"), example.get("response")
    if truthy(request):
        result["request"] = {
            "url": either(optional(request, "url"), ""),
            "method": either(optional(request, "method"), "GET"),
            **_chosen(
                headers=_pairs(optional(request, "headers")),
                params=_params(optional(request, "params")),
                body=_body(optional(request, "body")),
            ),
        }
    if truthy(response):
        result["response"] = _response(response)
    return result


def _response(response: Any) -> dict[str, Any]:
    result: dict[str, Any] = {}
    status = optional(response, "status")
    value = status if _number(status) else number(to_string(status)) if isinstance(status, str) else None
    if value is not None and value == value and value > 0 and value == value // 1 and value != float("inf"):
        result["status"] = value
    if is_text(optional(response, "statusText")):
        result["statusText"] = response["statusText"]
    headers = [_pair(entry) for entry in _list(optional(response, "headers"))]
    if headers:
        result["headers"] = headers
    body = optional(response, "body")
    if truthy(optional(body, "type")) and "content" in body:
        content = body["content"]
        data = content if isinstance(content, str) else stringify(content)
        result["body"] = {"type": body["type"], "data": data}
    return result


def _graphql(item: dict[str, Any]) -> dict[str, Any]:
    request = item["request"]
    block, body = _head(request, "POST"), request.get("body")
    if optional(body, "mode") == "graphql":
        given: Any = body.get("graphql")
        content = {key: given[key] for key in ("query", "variables") if is_text(optional(given, key))}
        if content:
            block["body"] = content
    block.update(_chosen(auth=auth_value(request.get("auth"))))
    return {
        "info": _info(item, "graphql"),
        "graphql": block,
        **_runtime(request, "assertions", "actions"),
        "settings": _settings(item.get("settings")),
        **_docs(request),
    }


def _grpc(item: dict[str, Any]) -> dict[str, Any]:
    request = item["request"]
    body, proto, kind = request.get("body"), request.get("protoPath"), request.get("methodType")
    block: dict[str, Any] = {
        key: request[key] if is_text(request.get(key)) else "" for key in ("url", "method")
    }
    messages = [
        {
            "title": either(message.get("name"), f"message {at}"),
            "message": either(message.get("content"), ""),
        }
        for at, message in enumerate(_list(optional(body, "grpc")), 1)
    ]
    block.update(
        _chosen(
            methodType=kind if truthy(kind) else None,
            protoFilePath=proto if is_text(proto) else None,
            metadata=_pairs(request.get("headers")),
            message=messages if messages and optional(body, "mode") == "grpc" else None,
            auth=auth_value(request.get("auth")),
        )
    )
    return {
        "info": _info(item, "grpc"),
        "grpc": block,
        **_runtime(request, "assertions"),
        **_docs(request),
    }


def _websocket(item: dict[str, Any]) -> dict[str, Any]:
    request = item["request"]
    url, body, settings = request.get("url"), request.get("body"), item.get("settings")
    messages = _list(optional(body, "ws")) if optional(body, "mode") == "ws" else []
    block = {
        "url": url if is_text(url) else "",
        **_chosen(
            headers=_pairs(request.get("headers")),
            message=_messages(messages),
            auth=auth_value(request.get("auth")),
        ),
    }
    result = {"info": _info(item, "websocket"), "websocket": block, **_runtime(request)}
    if truthy(settings):
        result["settings"] = {
            key: _to_number(optional(settings, key)) for key in ("timeout", "keepAliveInterval")
        }
    return {**result, **_docs(request)}


def _to_number(value: Any) -> int | float:
    if _number(value):
        return 0 if value != value else value
    return (number(value) or 0) if isinstance(value, str) else int(value is True)


def _messages(messages: list[dict[str, Any]]) -> Any:
    def content(message: dict[str, Any]) -> dict[str, Any]:
        return {"type": either(message.get("type"), "text"), "data": either(message.get("content"), "")}

    if len(messages) == 1 and not is_text(messages[0].get("name")) and is_text(messages[0].get("content")):
        return content(messages[0])
    return [
        {
            "title": either(message.get("name"), f"message {at}"),
            "selected": either(message.get("selected"), False),
            "message": content(message),
        }
        for at, message in enumerate(messages, 1)
    ] or None


def _script(item: dict[str, Any]) -> dict[str, Any]:
    code = item.get("fileContent")
    return {"type": "script", **({"script": code} if is_text(code) else {})}


def _app(item: dict[str, Any]) -> dict[str, Any]:
    name, seq, tags, code = (
        item.get("name"),
        item.get("seq"),
        item.get("tags"),
        optional(item.get("app"), "code"),
    )
    info = _chosen(
        name=name if is_text(name) else "App",
        type="app",
        seq=seq if _number(seq) else None,
        tags=tags if isinstance(tags, list) and tags else None,
    )
    return {"info": info, **({"code": code} if is_text(code) else {})}


_ITEMS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "http-request": _http,
    "graphql-request": _graphql,
    "grpc-request": _grpc,
    "ws-request": _websocket,
    "js": _script,
    "app": _app,
}


def _item(item: dict[str, Any]) -> dict[str, Any]:
    printer = _ITEMS.get(str(item.get("type")))
    if printer is None:
        raise ValueError(f"an item of the type {item.get('type')!r} has no file of its own")
    return printer(item)


# -- folders, collections, environments -----------------------------------------------------------


def _defaults(request: Any, *, auth: bool) -> dict[str, Any]:
    request = request if isinstance(request, dict) else {}
    variables = request.get("vars")
    defaults = _chosen(
        headers=_pairs(request.get("headers")),
        auth=auth_value(request.get("auth")),
        variables=_variables(optional(variables, "req")),
        actions=_actions(optional(variables, "res")),
        scripts=_scripts(request),
    )
    mode = optional(request.get("auth"), "mode")
    script = request.get("script")
    given = (
        any(key in defaults for key in ("headers", "variables", "actions"))
        or any(
            truthy(code) for code in (optional(script, "req"), optional(script, "res"), request.get("tests"))
        )
        or (mode != "none" if auth else truthy(mode) and mode != "none")
    )
    return {"request": defaults} if given else {}


def _markdown(docs: Any) -> dict[str, Any]:
    return {"docs": {"content": docs, "type": "text/markdown"}} if is_text(docs) else {}


def _folder(data: dict[str, Any]) -> dict[str, Any]:
    meta = data.get("meta")
    seq = optional(meta, "seq")
    info = {"name": either(optional(meta, "name"), "Untitled Folder"), "type": "folder"}
    if _number(seq) and abs(seq) < float("inf"):
        info["seq"] = seq
    return {"info": info, **_defaults(data.get("request"), auth=True), **_markdown(data.get("docs"))}


def _collection(data: dict[str, Any]) -> dict[str, Any]:
    from bruscript.lang.yml.print_config import config_value, extensions_value

    root, config = data.get("collectionRoot") or {}, data.get("brunoConfig") or {}
    info = {"name": either(config.get("name"), "Untitled Collection")}
    version = config.get("version")
    if version is not None and version != "":
        info["version"] = to_string(version)
    return {
        "opencollection": "1.0.0",
        "info": info,
        **config_value(config),
        **_defaults(root.get("request"), auth=False),
        **_markdown(root.get("docs")),
        "bundled": False,
        "extensions": extensions_value(config),
    }


def _environment(data: dict[str, Any]) -> dict[str, Any]:
    result = {"name": data.get("name")} if "name" in data else {}
    if truthy(data.get("color")):
        result["color"] = data["color"]
    variables = [_environment_variable(entry) for entry in _list(data.get("variables"))]
    if variables:
        result["variables"] = variables
    external = data.get("externalSecrets")
    store = optional(external, "type")
    field = SECRET_IDENTIFIERS.get(store) if isinstance(store, str) else None
    if field is not None:
        result["externalSecrets"] = {
            "type": store,
            "variables": [
                {
                    "name": entry["name"],
                    field: variable_text(entry.get(field)),
                    **({"disabled": True} if entry.get("enabled") is False else {}),
                }
                for entry in _list(optional(external, "variables"))
                if truthy(optional(entry, "name"))
            ],
        }
    return result


def _environment_variable(entry: dict[str, Any]) -> dict[str, Any]:
    name, kind = either(entry.get("name"), ""), entry.get("dataType")
    result: dict[str, Any]
    if entry.get("secret") is True:
        result = {"secret": True, "name": name}
        if truthy(kind) and kind != "string":
            result["type"] = kind
    else:
        result = {"name": name, "value": _variable_value(entry)}
    if entry.get("enabled") is False:
        result["disabled"] = True
    if "description" in entry:
        result["description"] = entry["description"]
    return result


_PRINTERS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "request": _item,
    "collection": _collection,
    "folder": _folder,
    "environment": _environment,
}
