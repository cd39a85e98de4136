"""What a conversion loses, found by converting back and comparing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from bruscript.conversion.to_yml import BODY_MODES, STEPS, TOKEN_PLACEMENTS
from bruscript.lang import Format, js
from bruscript.lang.auth_modes import MODES, config_key
from bruscript.lang.tags import tags_of
from bruscript.lang.values import DATA_TYPES
from bruscript.lang.yml.auth import FLOW_STEPS, FLOWS
from bruscript.lang.yml.auth import STEPS as REQUESTS
from bruscript.lang.yml.print_entries import condition

JsonPath = tuple[str, ...]
"""Keys and indices, as texts, that lead to a value in a file's JSON."""


class Loss(NamedTuple):
    """Something that the other format cannot hold; `line` is 1-based, None for the whole file."""

    message: str
    line: int | None = None


_CODES: Final = ("script", "tests", "docs")
_BODIES: Final = {
    "formUrlEncoded": "body:form-urlencoded",
    "multipartForm": "body:multipart-form",
    "file": "body:file",
}
_AUTHS: Final = {config_key(mode): f"auth:{mode}" for mode in MODES}
_BLOCKS: Final[dict[JsonPath, str]] = {
    ("assertions",): "assert",
    ("params",): "params:query",
    ("variables",): "vars",
    ("vars",): "vars:pre-request",
    ("vars", "res"): "vars:post-response",
    ("script",): "script:pre-request",
    ("script", "res"): "script:post-response",
}
_PARAMETERS: Final = "oauth2_additional_parameters_"
_TARGET_KEYS: Final = ("url", "method", "methodType", "protoPath", "body", "auth")
_UNUSED: Final = ("", "app", "color", "description", "docs", "examples", "meta", "name", "query")
"""Parts that a run does not use, or only to order and select requests."""


def differing_paths(before: dict[str, Any], after: dict[str, Any]) -> Iterator[JsonPath]:
    """Yield the paths at which the JSON of two files differs, for bodies and auth one per block."""
    yield from differences({"body": {}, "auth": {}, **before}, {"body": {}, "auth": {}, **after})


def differences(before: Any, after: Any) -> Iterator[JsonPath]:
    """Yield the shortest paths at which two values differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            if before.get(key) != after.get(key):
                deeper = [(key, *path) for path in differences(before.get(key), after.get(key))]
                yield from deeper or [(key,)]
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for at, (one, other) in enumerate(zip(before, after, strict=True)):
            if one != other:
                for path in list(differences(one, other)) or [()]:
                    yield (str(at), *path)


def normal(data: Any) -> Any:
    """Return a file's JSON without parts that change nothing: empty ones, defaults, blanks around code."""
    data = {key: value for key, value in data.items() if key != "oauth2"}
    for key in [key for key in data if key.startswith("oauth2_additional_parameters")]:
        data[key] = [entry for entry in data[key] if entry.get("name")]
    result = pruned(data)
    meta = result.get("meta")
    if isinstance(meta, dict):
        if tags := tags_of(meta):
            meta["tags"] = list(tags)
        number = js.number(str(meta.get("seq", "")))
        if meta.get("seq") is not None and number is not None and number == number:
            meta["seq"] = number
        if meta.get("seq") == 1 and not {"http", "grpc", "ws", "app"}.isdisjoint(data):
            # The default of requests.
            del meta["seq"]
        if meta.get("type") == "http":
            del meta["type"]
        elif meta.get("type") == "collection":
            # Folders have it; in collection.bru nothing reads it.
            result["meta"] = {key: value for key, value in meta.items() if key in ("name", "seq", "tags")}
    for name in ("http", "grpc", "ws"):
        if isinstance(target := result.get(name), dict):
            result[name] = {key: value for key, value in target.items() if value != "none"}
            if name == "http" and "method" in target:
                result[name]["method"] = str(target["method"]).lower()
            if "body" in result[name]:
                result[name]["body"] = BODY_MODES.get(str(target["body"]), target["body"])
    for example in result.get("examples") or ():
        example.pop("type", None)
        if isinstance(response := example.get("response"), dict) and "status" in response:
            response["status"] = str(response["status"])
    if isinstance(app := result.get("app"), dict):
        result["app"] = {key: _code(part) for key, part in app.items() if part is not False}
    if "ws" in result:
        for message in (result.get("body") or {}).get("ws") or ():
            message.setdefault("type", "text")
            if not message.get("selected"):
                message.pop("selected", None)
        settings = result.get("settings") or {}
        result["settings"] = {key: value for key, value in settings.items() if value}
    for entry in result.get("assertions") or ():
        entry["value"] = list(condition(entry.get("value")))
    for name in _CODES:
        if name in result:
            result[name] = _code(result[name])
    if isinstance(auth := result.get("auth"), dict):
        if auth.get("mode") == "inherit" or any(name in result for name in ("http", "grpc", "ws")):
            # What says nothing inherits; a request has it beside its URL.
            auth.pop("mode", None)
        for mode, config in auth.items():
            if isinstance(config, dict):
                _drop_defaults(config, _MODE_DEFAULTS.get(mode, {}))
                if mode == "apikey" and not config.get("key"):
                    # Nothing is sent in either place.
                    config.pop("placement", None)
                if (place := config.get("tokenPlacement")) in TOKEN_PLACEMENTS:
                    config["tokenPlacement"] = TOKEN_PLACEMENTS[place]
                if "maxBodySize" in config:
                    config["maxBodySize"] = str(config["maxBodySize"])
    for entry in result.get("variables") or ():
        if entry.get("type") == "text":
            del entry["type"]
    if isinstance(body := result.get("body"), dict):
        body.pop("mode", None)
        for message in body.get("grpc") or ():
            # It is JSON, and encoded before it is sent.
            message["content"] = _code(message.get("content"))
    result = pruned(result)
    if ((data.get("body") or {}).get("graphql") or {}).get("query") == "":
        # An empty query is sent.
        result.setdefault("body", {}).setdefault("graphql", {})["query"] = ""
    return result


_DEFAULTS: Final = {
    "tokenQueryKey": "access_token",
    "credentialsPlacement": "body",
    "credentialsId": "credentials",
    "pkce": False,
    "autoRefreshToken": False,
    "maxBodySize": None,
}
"""Defaults of the `.bru` reader for auth blocks."""


_MODE_DEFAULTS: Final[dict[str, dict[str, Any]]] = {
    "oauth1": {
        "signatureMethod": "HMAC-SHA1",
        "version": "1.0",
        "placement": "header",
        "privateKeyType": "text",
        "includeBodyHash": False,
    }
}
"""Defaults of the YAML reader, by auth mode; a run uses the same."""


def _drop_defaults(config: dict[str, Any], more: dict[str, Any]) -> None:
    for key, default in {**_DEFAULTS, **more}.items():
        if key in config and (config[key] == default or config[key] != config[key]):
            del config[key]


def _code(value: Any) -> Any:
    """Return code as JavaScript reads it: trimmed, with one kind of line end."""
    if isinstance(value, dict):
        return {key: _code(code) for key, code in value.items()}
    return js.trim(value.replace("\r\n", "\n").replace("\r", "\n")) if isinstance(value, str) else value


def pruned(value: Any) -> Any:
    """Leave out empty parts, and annotations that repeat other parts."""
    if isinstance(value, list):
        return [pruned(item) for item in value]
    if not isinstance(value, dict):
        return value
    result = {}
    for key, item in value.items():
        # The value of a variable may be an empty object.
        part = item if key == "value" else pruned(item)
        if key == "annotations" and isinstance(part, list):
            part = [each for each in part if each.get("name") not in (*DATA_TYPES, "description")]
        if key == "local" and part is False:
            continue
        if part in (None, "") or (part in ([], {}) and key != "value"):
            continue
        result[key] = part
    return result


def is_used(path: JsonPath, data: dict[str, Any]) -> bool:
    """Return whether a run uses the value at a path of a file's JSON, other than as a name or to select."""
    first, *rest = path or ("",)
    if first in _UNUSED or path[-1:] in (("description",), ("annotations",), ("local",)):
        return False
    if first == "body" and rest:
        mode = str(_target(data).get("body") or "none")
        kind = next((name for name in ("grpc", "ws") if name in data), BODY_MODES.get(mode, mode))
        return rest[0] == kind
    if first == "auth" and rest:
        mode = auth_mode(data)
        if rest in (["oauth2", "tokenHeaderPrefix"], ["oauth2", "tokenQueryKey"]):
            in_header = (data["auth"].get("oauth2") or {}).get("tokenPlacement") in (None, "", "header")
            return mode == "oauth2" and in_header == (rest[1] == "tokenHeaderPrefix")
        return rest[0] in ("mode", config_key(mode))
    if first.startswith(_PARAMETERS):
        return auth_mode(data) == "oauth2" and first.removeprefix(_PARAMETERS).startswith(_steps(data))
    if first in ("http", "grpc", "ws") and rest:
        return rest[0] in _TARGET_KEYS
    if first in ("headers", "metadata"):
        return ("grpc" in data) == (first == "metadata")
    if "grpc" in data or "ws" in data:
        # No format has them there.
        return first != "params" and path[:2] != ("vars", "res")
    return path != ("settings", "keepAliveInterval")


def _steps(data: dict[str, Any]) -> tuple[str, ...]:
    """Return the requests of the grant that can have additional parameters."""
    config = (data.get("auth") or {}).get("oauth2") or {}
    flow = next((flow for flow, grant in FLOWS.items() if grant == config.get("grantType")), "")
    return tuple(STEPS[REQUESTS[step]] for step in FLOW_STEPS.get(flow, ()))


def auth_mode(data: dict[str, Any]) -> str:
    """Return the auth mode of a request, folder or collection."""
    return str(_target(data).get("auth") or (data.get("auth") or {}).get("mode") or "none")


def _target(data: dict[str, Any]) -> dict[str, Any]:
    return next((data[name] for name in ("http", "grpc", "ws") if isinstance(data.get(name), dict)), {})


def described(path: JsonPath, to: Format) -> str:
    """Return a message about the value at a path that cannot be kept."""
    first, *rest = path
    other, hold = ("YAML", "holds") if to == "yml" else (".bru files", "hold")
    block = block_name(path)
    if first == "body" and rest and (rest[0] == "graphql" or len(rest) == 1):
        return f"`{block}` is left out: {other} {hold} only the body that is sent"
    if first == "auth" and rest and rest[0] != "mode":
        if len(rest) == 1:
            return f"`{block}` is left out: {other} {hold} only the auth that is used"
        return f"`{rest[-1]}` of `{block}` cannot be kept in {other}"
    if path == ("meta", "type") and to == "yml":
        return "`meta.type` differs in YAML, where it follows from the body"
    if path[:2] == ("meta", "tags") and len(path) > 2:
        return f"the tag {int(path[2]) + 1} is left out: {other} cannot hold it"
    return f"`{dotted(path)}` cannot be kept as it is in {other}"


def block_name(path: JsonPath) -> str:
    """Return the name of the block, as `.bru` files have it, that a path of the JSON leads into."""
    first, *rest = path
    if first.startswith(_PARAMETERS):
        name, _, place = first.removeprefix(_PARAMETERS).rpartition("_")
        return f"auth:oauth2:additional_params:{name}:{'body' if place == 'bodyvalues' else place}"
    if first == "body" and rest:
        return _BODIES.get(rest[0], f"body:{rest[0]}")
    if first == "auth" and rest and rest[0] != "mode":
        return _AUTHS.get(rest[0], f"auth:{rest[0]}")
    return _BLOCKS.get(path[:2], _BLOCKS.get(path[:1], first))


def dotted(path: JsonPath) -> str:
    """Return a path as text, entries counted from 1."""
    text = ""
    if path[0].startswith(_PARAMETERS):
        path = (block_name(path), *path[1:])
    for part in path:
        text += f"[{int(part) + 1}]" if part.isdecimal() else f".{part}"
    return text.lstrip(".")
