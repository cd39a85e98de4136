"""From the reference's JSON to .bru text, byte for byte as its printer writes it."""

from __future__ import annotations

from typing import Any

from bruscript.lang import js
from bruscript.lang.bru.print_auth import collection_auth, request_auth
from bruscript.lang.bru.print_example import example_text
from bruscript.lang.bru.printing import (
    InOrder,
    annotations_text,
    get,
    in_runs,
    indent,
    item_annotations,
    key_text,
    length,
    pair_text,
    pairs_block,
    split_enabled,
    text_block,
    url_text,
    value_text,
    variable_annotations,
    vars_block,
    without_last_line_end,
)
from bruscript.lang.values import SECRET_IDENTIFIERS

_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace", "connect")


def print_bru(data: dict[str, Any], kind: str) -> str:
    """Write the JSON of a file of this kind; raises ValueError where a name is not text."""
    if kind == "environment":
        return _environment(data)
    text = _request(data) if kind == "request" else _collection(data)
    return without_last_line_end(text)


def _items(data: Any, key: str) -> list[dict[str, Any]]:
    value = get(data, key)
    return value if isinstance(value, list) else []


# -- requests -------------------------------------------------------------------------------------


def _request(data: dict[str, Any]) -> str:
    auth = get(data, "auth")
    body = get(data, "body")
    return "".join(
        [
            _meta(get(data, "meta"), tags=True),
            _http(get(data, "http")),
            _fields("grpc", get(data, "grpc"), ("method", "body", "protoPath", "auth", "methodType")),
            _fields("ws", get(data, "ws"), ("body", "auth", "methodType")),
            _params(_items(data, "params")),
            pairs_block("headers", _items(data, "headers")),
            pairs_block("metadata", _items(data, "metadata"), quote=False),
            request_auth(auth) if js.truthy(auth) else "",
            _body(body) if js.truthy(body) else "",
            _messages(body),
            _vars(data),
            pairs_block("assert", _items(data, "assertions"), quote=False, quote_disabled=True),
            _scripts(data),
            _app(get(data, "app")),
            _settings(get(data, "settings")),
            text_block("docs", get(data, "docs")),
            *[f"example {{\n{indent(example_text(example))}\n}}\n\n" for example in _items(data, "examples")],
        ]
    )


def _meta(meta: Any, *, tags: bool) -> str:
    if not js.truthy(meta):
        return ""
    lines = [f"  {key}: {js.to_string(meta[key])}\n" for key in js.keys(meta) if not (tags and key == "tags")]
    if tags and length(get(meta, "tags")):
        lines += ["  tags: [\n", *[f"    {js.to_string(tag)}\n" for tag in meta["tags"]], "  ]\n"]
    return f"meta {{\n{''.join(lines)}}}\n\n"


def _http(http: Any) -> str:
    method = get(http, "method")
    if not js.truthy(method):
        return ""
    text = f"{method} {{" if method in _METHODS else f"http {{\n  method: {js.to_string(method)}"
    text += f"\n  url: {url_text(get(http, 'url'))}"
    for key in ("body", "auth"):
        if length(get(http, key)):
            text += f"\n  {key}: {js.to_string(http[key])}"
    return text + "\n}\n\n"


def _fields(name: str, data: Any, keys: tuple[str, ...]) -> str:
    if not js.truthy(get(data, "url")):
        return ""
    lines = [f"  {key}: {js.to_string(data[key])}\n" for key in keys if length(get(data, key))]
    return f"{name} {{\n  url: {js.to_string(data['url'])}\n{''.join(lines)}}}\n\n"


def _params(params: list[dict[str, Any]]) -> str:
    if isinstance(params, InOrder):
        runs = in_runs(params, lambda param: get(param, "type"))
        named = [(kind, run) for kind, run in runs if kind in ("query", "path")]
        return "".join(pairs_block(f"params:{kind}", run) for kind, run in named)
    query = [param for param in params if get(param, "type") == "query"]
    path = [param for param in params if get(param, "type") == "path"]
    text = pairs_block("params:query", query)
    if path:
        # A path parameter cannot be disabled.
        lines = "\n".join(pair_text(param, quote=False) for param in path)
        text += f"params:path {{\n{indent(lines)}\n}}\n\n"
    return text


def _body(body: dict[str, Any]) -> str:
    graphql = get(body, "graphql")
    return "".join(
        [
            *[text_block(f"body:{mode}", get(body, mode)) for mode in ("json", "text", "xml", "sparql")],
            pairs_block("body:form-urlencoded", _items(body, "formUrlEncoded")),
            _multipart(_items(body, "multipartForm")),
            _files(_items(body, "file")),
            _graphql("body:graphql", get(graphql, "query")),
            _graphql("body:graphql:vars", get(graphql, "variables")),
        ]
    )


def _graphql(name: str, text: Any) -> str:
    return f"{name} {{\n{indent(text)}\n}}\n\n" if js.truthy(text) else ""


def content_type_text(item: dict[str, Any]) -> str:
    """Write the content type that follows a part's value."""
    content_type = get(item, "contentType")
    return f" @contentType({js.to_string(content_type)})" if js.truthy(content_type) else ""


def _multipart(items: list[dict[str, Any]]) -> str:
    if not items:
        return ""
    enabled, disabled = split_enabled(items)
    lines = []
    for item in items if isinstance(items, InOrder) else enabled + disabled:
        kind, value = get(item, "type"), get(item, "value")
        if kind == "text":
            text = value_text(value)
        elif kind == "file":
            names = [name for name in value if js.truthy(name)] if isinstance(value, list) else []
            text = f"@file({'|'.join(js.to_string(name) for name in names)})"
        else:
            lines.append("")
            continue
        mark = "" if js.truthy(item.get("enabled")) else "~"
        key = key_text(get(item, "name"))
        lines.append(f"{item_annotations(item)}{mark}{key}: {text}{content_type_text(item)}")
    return f"body:multipart-form {{\n{indent(chr(10).join(lines))}\n}}\n\n"


def _files(items: list[dict[str, Any]]) -> str:
    if not items:
        return ""
    selected, others = split_enabled(items, "selected")
    lines = []
    for item in items if isinstance(items, InOrder) else selected + others:
        mark = "" if js.truthy(item.get("selected")) else "~"
        path = get(item, "filePath")
        path = js.to_string(path) if js.truthy(path) else ""
        lines.append(f"{item_annotations(item)}{mark}file: @file({path}){content_type_text(item)}")
    return f"body:file {{\n{indent(chr(10).join(lines))}\n}}\n\n"


def _messages(body: Any) -> str:
    text = ""
    for message in _items(body, "grpc"):
        name = indent("name: " + value_text(get(message, "name")))
        text += f"body:grpc {{\n{name}\n{_content(message, '{}')}}}\n\n"
    for message in _items(body, "ws"):
        text += f"body:ws {{\n{indent('name: ' + value_text(get(message, 'name')))}\n"
        if length(get(message, "type")):
            text += f"{indent('type: ' + value_text(message['type']))}\n"
        if js.truthy(get(message, "selected")):
            text += "  selected: true\n"
        text += f"{_content(message, '')}}}\n\n"
    return text


def _content(message: dict[str, Any], default: str) -> str:
    content = get(message, "content")
    if content is None or isinstance(content, (dict, list)):
        content = js.stringify(content)
    elif not js.truthy(content):
        content = default
    quoted = f"content: '''\n{indent(content)}\n'''"
    return f"{indent(quoted)}\n"


def _app(app: Any) -> str:
    enabled, code = get(app, "enabled") is True, get(app, "code")
    if not enabled and not length(code):
        return ""
    text = "app {\n"
    if enabled:
        text += "  enabled: true\n"
    if length(code):
        text += f"  code: '''\n{indent(code, 4)}\n  '''\n"
    return text + "}\n\n"


def _settings(settings: Any) -> str:
    if not isinstance(settings, dict) or not settings:
        return ""
    lines = [f"  {key}: {js.to_string(settings[key])}\n" for key in js.keys(settings)]
    return f"settings {{\n{''.join(lines)}}}\n\n"


# -- what requests share with collections and folders ---------------------------------------------


def _vars(data: dict[str, Any]) -> str:
    variables = get(data, "vars")
    before = vars_block("vars:pre-request", _items(variables, "req"))
    return before + vars_block("vars:post-response", _items(variables, "res"))


def _scripts(data: dict[str, Any]) -> str:
    script = get(data, "script")
    return (
        text_block("script:pre-request", get(script, "req"))
        + text_block("script:post-response", get(script, "res"))
        + text_block("tests", get(data, "tests"))
    )


def _collection(data: dict[str, Any]) -> str:
    auth = get(data, "auth")
    return "".join(
        [
            _meta(get(data, "meta"), tags=False),
            pairs_block("query", _items(data, "query")),
            pairs_block("headers", _items(data, "headers")),
            collection_auth(auth) if js.truthy(auth) else "",
            _vars(data),
            _scripts(data),
            text_block("docs", get(data, "docs")),
        ]
    )


# -- environments ---------------------------------------------------------------------------------


def _environment(data: dict[str, Any]) -> str:
    variables = _items(data, "variables")
    if isinstance(variables, InOrder):
        runs = in_runs(variables, lambda item: js.truthy(item.get("secret")))
    else:
        secret, plain = split_enabled(variables, "secret")
        runs = [(False, plain), (True, secret)]
    text = "" if variables else "vars {\n}\n"
    text += "".join(_variables(items, secret) for secret, items in runs if items)
    text += _external(get(data, "externalSecrets"))
    color = get(data, "color")
    return text + (f"color: {js.to_string(color)}\n" if js.truthy(color) else "")


def _variables(items: list[dict[str, Any]], secret: bool) -> str:
    lines = []
    for item in items:
        mark = "" if js.truthy(item.get("enabled")) else "~"
        head = f"{variable_annotations(item)}{mark}{js.to_string(get(item, 'name'))}"
        lines.append(indent(head if secret else f"{head}: {value_text(get(item, 'value'))}"))
    if secret:
        return "vars:secret [\n" + ",\n".join(lines) + "\n]\n"
    return "vars {\n" + "\n".join(lines) + "\n}\n"


def _external(secrets: Any) -> str:
    store = get(secrets, "type")
    field = SECRET_IDENTIFIERS.get(store) if isinstance(store, str) else None
    items = get(secrets, "variables")
    if field is None or not isinstance(items, list):
        return ""
    lines = []
    for item in items:
        mark = "~" if get(item, "enabled") is False else ""
        name, value = js.to_string(get(item, "name")), value_text(get(item, field))
        lines.append(indent(f"{annotations_text(item.get('annotations') or [])}{mark}{name}: {value}"))
    body = "\n".join(lines) + "\n" if lines else ""
    return f"vars:externalsecrets:{store} {{\n{body}}}\n"
