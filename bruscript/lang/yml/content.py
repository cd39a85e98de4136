"""A file's content for a run, in the shape of `.bru` JSON: one evaluator serves both formats.

Where the reference loses what the author wrote, this is what the author meant: a mapping as JSON body is
sent as JSON, a disabled parameter of OAuth 2.0 stays disabled, a token or API key without a placement goes
into the header, and a number where a text belongs is the text in the file (`1.10`, `007`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from bruscript.lang.auth_modes import config_key
from bruscript.lang.js import stringify
from bruscript.lang.own_settings import own_settings
from bruscript.lang.yml.auth import STEPS
from bruscript.lang.yml.reader import read
from bruscript.lang.yml.shapes import optional, text

_KINDS: Final = {
    "http-request": "http",
    "graphql-request": "graphql",
    "grpc-request": "grpc",
    "ws-request": "ws",
}
_BLOCKS: Final = {"http": "http", "graphql": "graphql", "grpc": "grpc", "ws": "websocket"}
_FLAT_STEPS: Final = {
    "authorization": "auth_req",
    "token": "access_token_req",
    "refresh": "refresh_token_req",
}
_FLAT_PLACES: Final = {"headers": "headers", "queryparams": "queryparams", "body": "bodyvalues"}


def content(value: Any, kind: str) -> dict[str, Any]:
    """Return what a run takes from the values of a file of this kind. Raises Refused as `read` does.

    For a collection it has the key `config`, which is what bruno.json has in collections of `.bru` files.
    """
    return _CONTENTS[kind](value, read(value, kind))


def _request(value: Any, item: dict[str, Any]) -> dict[str, Any]:
    kind = _KINDS.get(item["type"], item["type"])
    meta = {"name": item["name"], "type": kind, "seq": item["seq"], "tags": _tags(item["tags"])}
    request = item["request"]
    if request is None:
        return {"meta": meta, "app": item.get("app")}
    source = optional(value, _BLOCKS[kind])
    stray = optional(optional(value, "runtime"), "auth")
    auth = request["auth"]
    target = {"url": request["url"], "auth": auth["mode"], "body": request["body"]["mode"]}
    data: dict[str, Any] = {"meta": meta}
    if kind == "ws":
        data["ws"] = target
    else:
        data["grpc" if kind == "grpc" else "http"] = {"method": request["method"], **target}
    data["metadata" if kind == "grpc" else "headers"] = request["headers"]
    data["params"] = request.get("params", [])
    data["body"] = _body(request["body"])
    data.update(_auth(auth, optional(source, "auth") or stray))
    data.update(_scripts(request))
    data["assertions"] = request["assertions"]
    data["settings"] = item["settings"] or {}
    if isinstance(settings := optional(value, "settings"), dict):
        data["settings"].update(own_settings(settings))
    if request["docs"] is not None:
        data["docs"] = request["docs"]
    return data


def _tags(tags: Any) -> list[str]:
    return [text(tag) for tag in tags] if isinstance(tags, list) else [text(tags)] if tags else []


def _body(body: dict[str, Any]) -> dict[str, Any]:
    chosen = {key: item for key, item in body.items() if key != "mode" and item not in (None, [])}
    for mode in ("json", "text", "xml", "sparql"):
        if mode in chosen and not isinstance(chosen[mode], str):
            given = chosen[mode]
            chosen[mode] = stringify(given) if isinstance(given, (dict, list)) else text(given)
    for key, entry in (chosen.get("graphql") or {}).items():
        chosen["graphql"][key] = stringify(entry) if isinstance(entry, (dict, list)) else text(entry)
    return chosen


def _scripts(request: dict[str, Any]) -> dict[str, Any]:
    script = {key: _code(code) for key, code in request["script"].items() if code is not None}
    variables = request["vars"]
    for entry in variables["req"]:
        if isinstance(entry["value"], float) and not math.isfinite(entry["value"]):
            entry["value"] = None
    result: dict[str, Any] = {"vars": variables, "script": script}
    if request["tests"] is not None:
        result["tests"] = _code(request["tests"])
    return result


def _code(code: Any) -> str:
    return code if isinstance(code, str) else text(code)


def _auth(auth: dict[str, Any], source: Any) -> dict[str, Any]:
    """Return an auth block, with the additional parameters of OAuth 2.0 beside it."""
    mode = auth["mode"]
    key = config_key(mode)
    config = auth.get(key)
    if not isinstance(config, dict):
        return {"auth": {"mode": mode}}
    config = {name: _texted(given) for name, given in config.items()}
    result: dict[str, Any] = {"auth": {"mode": mode, key: config}}
    if mode == "apikey":
        config["placement"] = config["placement"] or "header"
    if mode == "oauth2":
        if config["tokenPlacement"] is None:
            config.update(tokenPlacement="header", tokenHeaderPrefix="Bearer")
        parameters = config.pop("additionalParameters", {})
        result.update(_parameters(parameters, optional(source, "additionalParameters")))
    return result


def _texted(value: Any) -> Any:
    """Return what is a number in the file as the text that it is there."""
    return text(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _parameters(parameters: dict[str, Any], source: Any) -> dict[str, list[dict[str, Any]]]:
    flat: dict[str, list[dict[str, Any]]] = {}
    for step, name in STEPS.items():
        given = optional(source, step)
        for at, parameter in enumerate(parameters.get(name, ())):
            disabled = isinstance(given, list) and optional(given[at], "disabled") is True
            place = _FLAT_PLACES[parameter["sendIn"]]
            entry = {
                "name": text(parameter["name"]),
                "value": text(parameter["value"]),
                "enabled": not disabled,
            }
            flat.setdefault(f"oauth2_additional_parameters_{_FLAT_STEPS[name]}_{place}", []).append(entry)
    return flat


def _inherited(request: Any, source: Any) -> dict[str, Any]:
    if request is None:
        return {}
    return {
        "headers": request["headers"],
        **_auth(request["auth"], optional(source, "auth")),
        **_scripts(request),
    }


def _folder(value: Any, folder: dict[str, Any]) -> dict[str, Any]:
    meta = dict(folder["meta"])
    tags = optional(optional(value, "info"), "tags")
    if isinstance(tags, list):
        # As in .bru collections, a folder's tags are those of the requests in it.
        meta["tags"] = _tags(tags)
    source = optional(value, "request")
    inherited = _inherited(folder["request"], source)
    if inherited["auth"]["mode"] == "none" and optional(source, "auth") != "none":
        # The reference has `none` for a folder without `auth`, too; only the word itself ends inheritance.
        del inherited["auth"]
    return {"meta": meta, **inherited}


def _collection(value: Any, collection: dict[str, Any]) -> dict[str, Any]:
    inherited = _inherited(collection["collectionRoot"]["request"], optional(value, "request"))
    config = collection["brunoConfig"]
    _keep_texts(config, optional(optional(value, "extensions"), "bruno"))
    return {**inherited, "config": config}


def _keep_texts(config: dict[str, Any], bruno: Any) -> None:
    """Take numbers, true and false for the texts that they are in the file, where Bruno drops them."""
    config["ignore"] = [text(entry) for entry in config["ignore"]]
    roots = optional(optional(bruno, "scripts"), "additionalContextRoots")
    if roots:
        config.setdefault("scripts", {})["additionalContextRoots"] = [text(root) for root in roots]
    environment = optional(optional(bruno, "presets"), "defaultEnvironment")
    if environment is not None and environment != "" and environment is not False:
        config.setdefault("presets", {})["defaultEnvironment"] = text(environment)


def _environment(value: Any, environment: dict[str, Any]) -> dict[str, Any]:
    for entry in environment["variables"]:
        if isinstance(entry["value"], float) and not math.isfinite(entry["value"]):
            entry["value"] = None
    return environment


_CONTENTS: Final[dict[str, Callable[[Any, dict[str, Any]], dict[str, Any]]]] = {
    "request": _request,
    "folder": _folder,
    "collection": _collection,
    "environment": _environment,
}
