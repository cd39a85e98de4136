"""What of a file is not in its conversion, found by converting it back and comparing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from bruscript.lang import js
from bruscript.lang.tags import tags_of
from bruscript.lang.values import DATA_TYPES
from bruscript.lang.yml.print_entries import condition


class Loss(NamedTuple):
    """Something that the other format cannot hold; `line` is 1-based, None where it is the whole file."""

    message: str
    line: int | None = None


_CODES: Final = ("script", "tests", "docs")
_BODIES: Final = {
    "formUrlEncoded": "body:form-urlencoded",
    "multipartForm": "body:multipart-form",
    "file": "body:file",
}
_AUTHS: Final = {"akamaiEdgegrid": "auth:akamai-edgegrid"}


def lost(before: dict[str, Any], after: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the paths at which the JSON of two files differs; of bodies and auth each block for itself."""
    yield from differences({"body": {}, "auth": {}, **before}, {"body": {}, "auth": {}, **after})


def differences(before: Any, after: Any) -> Iterator[tuple[str, ...]]:
    """Yield the paths of keys at which two values differ, the shortest that say it."""
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
    """Return the JSON of a file without what makes no difference: empty parts, defaults, outer blanks."""
    data = {key: value for key, value in data.items() if key != "oauth2"}
    result = pruned(data)
    meta = result.get("meta")
    if isinstance(meta, dict):
        if tags := tags_of(meta):
            meta["tags"] = list(tags)
        number = js.number(str(meta.get("seq", "")))
        if meta.get("seq") is not None and number is not None and number == number:
            meta["seq"] = number
        if meta.get("seq") == 1 and not {"http", "grpc", "ws", "app"}.isdisjoint(data):
            # What a request has that says nothing.
            del meta["seq"]
        if meta.get("type") == "http":
            del meta["type"]
        elif meta.get("type") == "collection":
            # A folder has this; in collection.bru nobody reads it.
            result["meta"] = {key: value for key, value in meta.items() if key in ("name", "seq", "tags")}
    for name in ("http", "grpc", "ws"):
        if isinstance(target := result.get(name), dict):
            result[name] = {key: value for key, value in target.items() if value != "none"}
            if name == "http" and "method" in target:
                result[name]["method"] = str(target["method"]).lower()
    for example in result.get("examples") or ():
        example.pop("type", None)
        if isinstance(response := example.get("response"), dict) and "status" in response:
            response["status"] = str(response["status"])
    if isinstance(app := result.get("app"), dict):
        result["app"] = {key: _trimmed(given) for key, given in app.items() if given is not False}
    if "ws" in result:
        for message in (result.get("body") or {}).get("ws") or ():
            message.setdefault("type", "text")
            if not message.get("selected"):
                message.pop("selected", None)
        settings = result.get("settings") or {}
        result["settings"] = {key: given for key, given in settings.items() if given}
    for entry in result.get("assertions") or ():
        entry["value"] = list(condition(entry.get("value")))
    for name in _CODES:
        if name in result:
            result[name] = _trimmed(result[name])
    if isinstance(auth := result.get("auth"), dict):
        if auth.get("mode") in ("none", "inherit") or any(name in result for name in ("http", "grpc", "ws")):
            # A request has it beside its URL.
            auth.pop("mode", None)
        for config in auth.values():
            if isinstance(config, dict):
                _drop_defaults(config)
                if "maxBodySize" in config:
                    config["maxBodySize"] = str(config["maxBodySize"])
    for entry in result.get("variables") or ():
        if entry.get("type") == "text":
            del entry["type"]
    if isinstance(body := result.get("body"), dict):
        body.pop("mode", None)
    return pruned(result)


_DEFAULTS: Final = {
    "tokenQueryKey": "access_token",
    "credentialsPlacement": "body",
    "credentialsId": "credentials",
    "pkce": False,
    "autoRefreshToken": False,
    "maxBodySize": None,
}
"""What the reader of `.bru` files puts where an auth block says nothing."""


def _drop_defaults(config: dict[str, Any]) -> None:
    for key, default in _DEFAULTS.items():
        if key in config and (config[key] == default or config[key] != config[key]):
            del config[key]


def _trimmed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _trimmed(code) for key, code in value.items()}
    return js.trim(value) if isinstance(value, str) else value


def pruned(value: Any) -> Any:
    """Leave out what is empty, and annotations that say what stands beside them."""
    if isinstance(value, dict):
        result = {}
        for key, given in value.items():
            kept = pruned(given)
            if key == "annotations" and isinstance(kept, list):
                kept = [each for each in kept if each.get("name") not in (*DATA_TYPES, "description")]
            if key == "local" and kept is False:
                continue
            if kept not in (None, "", [], {}):
                result[key] = kept
        return result
    return [pruned(item) for item in value] if isinstance(value, list) else value


def told(path: tuple[str, ...], to: str) -> str:
    """Return a path of the JSON in the words of the files."""
    first, *rest = path
    other, hold = ("YAML", "holds") if to == "yml" else (".bru files", "hold")
    if first == "body" and rest:
        block = _BODIES.get(rest[0], f"body:{rest[0]}")
        if rest[0] == "graphql" or len(rest) == 1:
            return f"`{block}` is left out: {other} {hold} only the body that is sent"
    if first == "auth" and rest and rest[0] != "mode":
        block = _AUTHS.get(rest[0], f"auth:{rest[0]}")
        if len(rest) == 1:
            return f"`{block}` is left out: {other} {hold} only the auth that is used"
        return f"`{rest[-1]}` of `{block}` cannot be kept in {other}"
    return f"`{_dotted(path)}` cannot be kept as it is in {other}"


def _dotted(path: tuple[str, ...]) -> str:
    text = ""
    for part in path:
        text += f"[{int(part) + 1}]" if part.isdecimal() else f".{part}"
    return text.lstrip(".")
