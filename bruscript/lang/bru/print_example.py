"""How the reference writes an example: a saved request with its response."""

from __future__ import annotations

from typing import Any

from bruscript.lang import js
from bruscript.lang.bru.printing import (
    get,
    indent,
    key_text,
    length,
    split_enabled,
    value_text,
    without_last_line_end,
)


def example_text(example: dict[str, Any]) -> str:
    """Write the text inside an `example` block, not indented."""
    text = ""
    name, description = get(example, "name"), get(example, "description")
    if js.truthy(name):
        text += f"name: {js.to_string(name)}\n"
    if js.truthy(description):
        text += f"description: {value_text(description)}\n"
    text += _request(text, get(example, "request"))
    response = get(example, "response")
    if js.truthy(response):
        text += without_last_line_end("response: {\n" + _response(response)) + "}"
    return text.rstrip("\n")


def _pair(item: dict[str, Any], mark: str | None = None) -> str:
    if mark is None:
        mark = "" if js.truthy(item.get("enabled")) else "~"
    return f"{mark}{key_text(get(item, 'name'))}: {js.to_string(get(item, 'value'))}"


def _block(name: str, content: str, end: str = "\n") -> str:
    return f"  {name}: {{\n{indent(content, 4)}{end}  }}\n\n"


def _request(before: str, request: Any) -> str:
    text = f"\nrequest: {{\n  url: {js.to_string(get(request, 'url'))}\n"
    text += f"  method: {js.to_string(get(request, 'method'))}\n"
    body = get(request, "body")
    if js.truthy(get(body, "mode")):
        text += f"  mode: {js.to_string(body['mode'])}\n"
    params = get(request, "params")
    if length(params):
        for kind in ("query", "path"):
            matching = [param for param in params if get(param, "type") == kind]
            if matching:
                text += _block(f"params:{kind}", "\n".join(_pair(param) for param in matching))
    headers = get(request, "headers")
    if length(headers):
        text += _block("headers", "\n".join(_pair(header) for header in headers))
    if js.truthy(body):
        text += _body(body)
    if (before + text).endswith("\n\n"):
        text = without_last_line_end(text)
    return text + "}\n\n"


def _body(body: dict[str, Any]) -> str:
    text = ""
    for mode in ("json", "text", "xml", "sparql"):
        if js.truthy(get(body, mode)):
            text += _block(f"body:{mode}", body[mode])
    graphql = get(body, "graphql")
    if js.truthy(get(graphql, "query")):
        text += _block("body:graphql", graphql["query"])
    if js.truthy(get(graphql, "variables")):
        text += _block("body:graphql:vars", graphql["variables"])
    if length(get(body, "formUrlEncoded")):
        enabled, disabled = split_enabled(body["formUrlEncoded"])
        groups = ["\n".join(_pair(i, "") for i in enabled), "\n".join(_pair(i, "~") for i in disabled)]
        lines = "".join(f"{indent(group, 4)}\n" for group in groups if group)
        text += f"  body:form-urlencoded: {{\n{lines}  }}\n\n"
    if length(get(body, "multipartForm")):
        text += _block("body:multipart-form", "\n".join(_part(item) for item in body["multipartForm"]))
    if length(get(body, "file")):
        text += _block("body:file", "\n".join(_file(item) for item in body["file"]))
    return text


def _content_type(item: dict[str, Any]) -> str:
    content_type = get(item, "contentType")
    return f" @contentType({js.to_string(content_type)})" if js.truthy(content_type) else ""


def _part(item: dict[str, Any]) -> str:
    kind, value = get(item, "type"), get(item, "value")
    mark = "" if js.truthy(item.get("enabled")) else "~"
    if kind == "text":
        return f"{mark}{key_text(get(item, 'name'))}: {value_text(value)}{_content_type(item)}"
    if kind == "file":
        names = "|".join(js.to_string(name) for name in value) if isinstance(value, list) else ""
        return f"{mark}{key_text(get(item, 'name'))}: @file({names}){_content_type(item)}"
    return ""


def _file(item: dict[str, Any]) -> str:
    mark = "" if js.truthy(item.get("selected")) else "~"
    path = get(item, "filePath")
    return f"{mark}file: @file({js.to_string(path) if js.truthy(path) else ''}){_content_type(item)}"


def _response(response: dict[str, Any]) -> str:
    text = ""
    headers = get(response, "headers")
    if length(headers):
        text += _block("headers", "\n".join(_pair(header, "") for header in headers))
    status, reason = get(response, "status"), get(response, "statusText")
    if js.truthy(status) or js.truthy(reason):
        text += "  status: {\n"
        if status is not js.UNDEFINED:
            text += f"    code: {js.to_string(status)}\n"
        if reason is not js.UNDEFINED:
            text += f"    text: {js.to_string(reason)}\n"
        text += "  }\n\n"
    body = get(response, "body")
    if js.truthy(body):
        text += "  body: {\n"
        if js.truthy(get(body, "type")):
            text += f"    type: {js.to_string(body['type'])}\n"
        content = get(body, "content")
        if content is not js.UNDEFINED:
            written = content if isinstance(content, str) else js.stringify(content)
            text += f"    content: '''\n{indent(written, 6)}\n    '''\n"
        text += "  }\n\n"
    return text
