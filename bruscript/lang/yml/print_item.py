"""Requests, scripts and apps, from the reference's JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from bruscript.lang.js import number, stringify, to_string, truthy
from bruscript.lang.yml.print_auth import auth_value
from bruscript.lang.yml.print_entries import (
    action_values,
    assertion_values,
    body_value,
    chosen,
    is_text,
    listed,
    pair_value,
    pair_values,
    param_values,
    script_values,
    variable_values,
)
from bruscript.lang.yml.shapes import either, is_number, optional


def _info(item: dict[str, Any], kind: str) -> dict[str, Any]:
    name, description = item.get("name"), item.get("description")
    return chosen(
        name=name if is_text(name) else "Untitled Request",
        type=kind,
        seq=item["seq"] if truthy(item.get("seq")) else None,
        tags=item["tags"] if item.get("tags") else None,
        description=description if is_text(description) else None,
    )


def _head(request: dict[str, Any], method: str) -> dict[str, Any]:
    values = {key: request.get(key) for key in ("method", "url")}
    return {
        "method": values["method"] if is_text(values["method"]) else method,
        "url": values["url"] if is_text(values["url"]) else "",
        **chosen(headers=pair_values(request.get("headers")), params=param_values(request.get("params"))),
    }


def _runtime(request: dict[str, Any], *parts: str) -> dict[str, Any]:
    variables = request.get("vars")
    runtime = chosen(
        variables=variable_values(optional(variables, "req")),
        scripts=script_values(request),
        assertions=assertion_values(request.get("assertions")) if "assertions" in parts else None,
        actions=action_values(optional(variables, "res")) if "actions" in parts else None,
    )
    return {"runtime": runtime} if runtime else {}


def _settings(settings: Any) -> dict[str, Any]:
    def switch(key: str) -> bool:
        return optional(settings, key) is not False

    timeout, redirects = optional(settings, "timeout"), optional(settings, "maxRedirects")
    forward = optional(settings, "forwardAuthorizationHeader")
    usable = timeout == "inherit" or (is_number(timeout) and 0 < timeout < float("inf"))
    return {
        "encodeUrl": switch("encodeUrl"),
        "timeout": timeout if usable else 0,
        "followRedirects": switch("followRedirects"),
        "maxRedirects": redirects if is_number(redirects) else 5,
        "forwardAuthorizationHeader": True if forward is None else forward,
    }


def _docs(request: dict[str, Any]) -> dict[str, Any]:
    return {"docs": request["docs"]} if is_text(request.get("docs")) else {}


def _http(item: dict[str, Any]) -> dict[str, Any]:
    request = item["request"]
    block = _head(request, "GET")
    block.update(chosen(body=body_value(request.get("body")), auth=auth_value(request.get("auth"))))
    examples = [_example(entry) for entry in listed(item.get("examples"))]
    app = item.get("app")
    result: dict[str, Any] = {}
    if optional(app, "enabled") is True:
        result["enabled"] = True
    if truthy(code := optional(app, "code")):
        result["code"] = code
    return {
        "info": _info(item, "http"),
        "http": block,
        **_runtime(request, "assertions", "actions"),
        "settings": _settings(item.get("settings")),
        **({"examples": examples} if examples else {}),
        **_docs(request),
        **({"app": result} if result else {}),
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
            **chosen(
                headers=pair_values(optional(request, "headers")),
                params=param_values(optional(request, "params")),
                body=body_value(optional(request, "body")),
            ),
        }
    if truthy(response):
        result["response"] = _response(response)
    return result


def _response(response: Any) -> dict[str, Any]:
    result: dict[str, Any] = {}
    status = optional(response, "status")
    value = status if is_number(status) else number(to_string(status)) if isinstance(status, str) else None
    if value is not None and value == value and value > 0 and value == value // 1 and value != float("inf"):
        result["status"] = value
    if is_text(optional(response, "statusText")):
        result["statusText"] = response["statusText"]
    headers = [pair_value(entry) for entry in listed(optional(response, "headers"))]
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
        source: Any = body.get("graphql")
        content = {key: source[key] for key in ("query", "variables") if is_text(optional(source, key))}
        if content:
            block["body"] = content
    block.update(chosen(auth=auth_value(request.get("auth"))))
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
        for at, message in enumerate(listed(optional(body, "grpc")), 1)
    ]
    block.update(
        chosen(
            methodType=kind if truthy(kind) else None,
            protoFilePath=proto if is_text(proto) else None,
            metadata=pair_values(request.get("headers")),
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
    messages = listed(optional(body, "ws")) if optional(body, "mode") == "ws" else []
    block = {
        "url": url if is_text(url) else "",
        **chosen(
            headers=pair_values(request.get("headers")),
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
    if is_number(value):
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
    info = chosen(
        name=name if is_text(name) else "App",
        type="app",
        seq=seq if is_number(seq) else None,
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


def item_value(item: dict[str, Any]) -> dict[str, Any]:
    """Return the file of a request, script or app. Raises ValueError for another type."""
    printer = _ITEMS.get(str(item.get("type")))
    if printer is None:
        raise ValueError(f"an item of the type {item.get('type')!r} cannot be a file")
    return printer(item)
