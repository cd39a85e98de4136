"""The values of an OpenCollection file from the JSON of a `.bru` file.

Where the reference's migration changes what is sent, this does not: a request without `settings` gets none,
and an additional parameter of OAuth 2.0 that is disabled stays so.
"""

from __future__ import annotations

from typing import Any, Final

from bruscript.lang import js
from bruscript.lang.tags import tags_of
from bruscript.lang.yml.auth import FLOW_STEPS
from bruscript.lang.yml.auth import STEPS as STEPS_OF_FORMAT
from bruscript.lang.yml.print_item import item_value
from bruscript.lang.yml.printer import folder_values as printed_folder_values
from bruscript.lang.yml.printer import values
from bruscript.lang.yml.shapes import optional

_TYPES: Final = {"graphql": "graphql-request", "grpc": "grpc-request", "ws": "ws-request", "app": "app"}
STEPS: Final = {"authorization": "auth_req", "token": "access_token_req", "refresh": "refresh_token_req"}
_PLACES: Final = {"headers": "headers", "queryparams": "queryparams", "body": "bodyvalues"}
_PLACEMENTS: Final = {"headers": "header", "queryparams": "query", "body": "body"}
TOKEN_PLACEMENTS: Final = {"query": "url", "queryparams": "url"}
"""Words for a token's place that a run takes for another one."""
BODY_MODES: Final = {"form-urlencoded": "formUrlEncoded", "multipart-form": "multipartForm"}
"""Names of blocks that people write for modes, and that a run takes for them."""


def request_values(data: dict[str, Any]) -> dict[str, Any]:
    """Return the values for the JSON of a request, with the settings that only bruscript has in it."""
    item = request_item(data)
    result = item_value(item)
    result.pop("settings", None)
    if source := data.get("settings"):
        known = ("timeout", "keepAliveInterval") if "websocket" in result else tuple(source)
        settings = {key: value for key, value in source.items() if value is not None and key in known}
        _put(result, "settings", {key: _number(value) for key, value in settings.items()})
    if "http" in result or "graphql" in result:
        _put_blanks_back(result, item["request"]["body"])
    for kind in ("http", "graphql", "grpc", "websocket"):
        if kind in result:
            _set_parameters(result[kind].get("auth"), item["request"]["auth"])
    return result


def _put_blanks_back(result: dict[str, Any], body: dict[str, Any]) -> None:
    """Write texts that are only blanks, which the reference's printer leaves out."""
    if "graphql" in result:
        block, graphql = result["graphql"], body.get("graphql") or {}
        auth = {"auth": block.pop("auth")} if "auth" in block else {}
        texts = {key: graphql[key] for key in ("query", "variables") if graphql.get(key)}
        block.update({**({"body": texts} if texts else {}), **auth})
    elif body["mode"] == "multipartForm":
        parts = optional(result["http"].get("body"), "data") or ()
        for part, source in zip(parts, body.get("multipartForm") or (), strict=True):
            if source.get("contentType"):
                part["contentType"] = source["contentType"]


def _put(result: dict[str, Any], key: str, value: Any) -> None:
    """Add a key in the place where the format has it."""
    after: dict[str, Any] = {name: result.pop(name) for name in ("examples", "docs", "app") if name in result}
    result[key] = value
    result.update(after)


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def request_item(data: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON of the request as the app has it, which both formats' printers begin with."""
    meta = data.get("meta") or {}
    kind = str(meta.get("type") or "http")
    http, body = data.get("http") or {}, dict(data.get("body") or {})
    mode = str(http.get("body") or "none")
    mode = BODY_MODES.get(mode, mode)
    if kind not in ("grpc", "ws", "app"):
        # Only requests of this type have such a body there.
        kind = "graphql" if mode == "graphql" else "http"
    item: dict[str, Any] = {
        "type": _TYPES.get(kind, "http-request"),
        "name": meta.get("name"),
        "seq": _seq(meta.get("seq")),
        "tags": list(tags_of(meta)),
        "app": data.get("app"),
    }
    if kind == "app":
        return item
    target = data.get(kind) if kind in ("grpc", "ws") else http
    target = target if isinstance(target, dict) else {}
    request: dict[str, Any] = {
        **inherited(data, str(target.get("auth") or "none")),
        "url": target.get("url"),
        "assertions": data.get("assertions") or [],
        "docs": data.get("docs"),
    }
    if kind == "grpc":
        request |= {key: target[key] for key in ("method", "methodType", "protoPath") if target.get(key)}
        request |= {"headers": data.get("metadata") or [], "body": {**body, "mode": "grpc"}}
    elif kind == "ws":
        request["body"] = {**body, "mode": "ws"}
    else:
        request |= {
            "method": js.to_string(http.get("method") or "").upper(),
            "params": data.get("params") or [],
            "body": {**body, "mode": mode},
        }
        item["examples"] = [example_json(entry, request["method"]) for entry in data.get("examples") or []]
    return {**item, "request": request}


def _seq(value: Any) -> int | float | None:
    number = js.number(value) if isinstance(value, str) else value
    return _number(number) if isinstance(number, (int, float)) and number == number else None


def inherited(data: dict[str, Any], mode: str) -> dict[str, Any]:
    """Return what requests have in common with folders and collections."""
    auth = {key: value for key, value in (data.get("auth") or {}).items() if key != "mode"}
    if isinstance(auth.get("oauth2"), dict) and (parameters := _parameters(data)):
        auth["oauth2"] = {**auth["oauth2"], "additionalParameters": parameters}
    if isinstance(config := auth.get("oauth2"), dict):
        place = config.get("tokenPlacement")
        auth["oauth2"] = {**config, "tokenPlacement": TOKEN_PLACEMENTS.get(str(place), place)}
    return {
        "headers": data.get("headers") or [],
        "auth": {"mode": mode, **auth},
        "script": data.get("script") or {},
        "vars": data.get("vars") or {},
        "tests": data.get("tests"),
    }


def _parameters(data: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the additional parameters of OAuth 2.0, which `.bru` files have in blocks of their own."""
    steps: dict[str, list[dict[str, Any]]] = {}
    for step, name in STEPS.items():
        for place, suffix in _PLACES.items():
            for entry in data.get(f"oauth2_additional_parameters_{name}_{suffix}") or ():
                steps.setdefault(step, []).append({**entry, "sendIn": place})
    return steps


def _set_parameters(block: Any, auth: dict[str, Any]) -> None:
    """Write OAuth 2.0's additional parameters as they are: the reference's printer enables and trims them."""
    parameters = (auth.get("oauth2") or {}).get("additionalParameters")
    if not isinstance(block, dict) or not parameters:
        return
    steps: dict[str, list[dict[str, Any]]] = {}
    for step in FLOW_STEPS.get(str(block.get("flow")), ()):
        for entry in parameters.get(STEPS_OF_FORMAT[step], ()):
            parameter = {"name": entry.get("name"), "placement": _PLACEMENTS[entry["sendIn"]]}
            value = {"value": entry["value"]} if entry.get("value") else {}
            disabled = {"disabled": True} if entry.get("enabled") is False else {}
            if entry.get("name"):
                steps.setdefault(step, []).append({**parameter, **value, **disabled})
    if steps:
        block["additionalParameters"] = steps


def example_json(example: dict[str, Any], method: str) -> dict[str, Any]:
    """Return an example as the app has it."""
    request, response = example.get("request") or {}, example.get("response") or {}
    status = response.get("status") or {}
    code, words = (
        (status.get("code"), status.get("text"))
        if isinstance(status, dict)
        else (response.get("status"), response.get("statusText"))
    )
    return {
        "name": example.get("name"),
        "description": example.get("description"),
        "request": {**request, "method": request.get("method") or method},
        "response": {**response, "status": code, "statusText": words} if response else None,
    }


def folder_values(data: dict[str, Any]) -> dict[str, Any]:
    """Return the values for the JSON of a folder.bru."""
    meta = data.get("meta") or {}
    seq = _seq(meta.get("seq"))
    json: dict[str, Any] = {
        "meta": {"name": meta.get("name"), **({} if seq is None else {"seq": seq})},
        "request": inherited(data, str((data.get("auth") or {}).get("mode") or "inherit")),
        "docs": data.get("docs"),
    }
    result = printed_folder_values(json)
    if tags := tags_of(meta):
        # The reference has none; here they are those of the requests below, in both formats.
        result["info"]["tags"] = list(tags)
    _set_parameters((result.get("request") or {}).get("auth"), json["request"]["auth"])
    return result


def collection_values(data: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    """Return the values of an opencollection.yml for the JSON of a collection.bru and a bruno.json."""
    root: dict[str, Any] = {
        "request": inherited(data, str((data.get("auth") or {}).get("mode") or "none")),
        "docs": data.get("docs"),
    }
    result = values({"collectionRoot": root, "brunoConfig": _printable(app_config(config))}, "collection")
    _set_parameters((result.get("request") or {}).get("auth"), root["request"]["auth"])
    return result


def _printable(config: dict[str, Any]) -> dict[str, Any]:
    """Return a bruno.json without entries of lists that the printer fails on; they are lost."""
    protobuf = config.get("protobuf")
    if isinstance(protobuf, dict):
        config = {**config, "protobuf": {key: _mappings(entries) for key, entries in protobuf.items()}}
    return {**config, "openapi": _mappings(config["openapi"])} if "openapi" in config else config


def _mappings(entries: Any) -> Any:
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else entries


def app_config(config: dict[str, Any]) -> dict[str, Any]:
    """Return a bruno.json in the form of today's app: its version is the user's, the proxy is nested."""
    result = {key: value for key, value in config.items() if key not in ("version", "collectionVersion")}
    if config.get("collectionVersion"):
        result["version"] = config["collectionVersion"]
    if isinstance(config.get("proxy"), dict):
        result["proxy"] = _proxy(config["proxy"])
    certificates = config.get("clientCertificates")
    if isinstance(certificates, dict) and isinstance(certificates.get("certs"), list):
        off = {"disabled": True} if certificates.get("enabled") is False else {}
        others = {key: value for key, value in certificates.items() if key != "enabled"}
        entries = [{**entry, **off} for entry in _mappings(certificates["certs"])]
        result["clientCertificates"] = {**others, "certs": entries}
    return result


def _proxy(proxy: dict[str, Any]) -> dict[str, Any]:
    """Return a proxy in today's form; an older one has its settings in `proxy` itself."""
    if "inherit" in proxy or "enabled" not in proxy:
        config = proxy.get("config", {} if proxy.get("inherit") is True else None)
        return {**proxy, "config": {"protocol": "http", **config}} if isinstance(config, dict) else proxy
    account = proxy.get("auth") or {}
    auth = {key: account.get(key) or "" for key in ("username", "password")}
    settings: dict[str, Any] = {
        "protocol": "http",
        **{key: proxy[key] for key in ("protocol", "hostname", "port", "bypassProxy") if key in proxy},
        "auth": auth if account.get("enabled") is True else {**auth, "disabled": True},
    }
    switch = proxy["enabled"]
    result = {"inherit": switch in ("global", "system"), "config": settings}
    return result if switch in (True, "true", "global", "system") else {**result, "disabled": True}


def environment_values(data: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the values for the JSON of an environment called `name`."""
    return values({"name": name, **data}, "environment")
