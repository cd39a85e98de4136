"""The JSON of a `.bru` file from an OpenCollection file, as the `.bru` printer takes it."""

from __future__ import annotations

from typing import Any, Final

from bruscript.lang.auth_modes import TEXTS
from bruscript.lang.bru.printing import InOrder
from bruscript.lang.yml.content import content
from bruscript.lang.yml.document import YmlDocument
from bruscript.lang.yml.reader import read
from bruscript.lang.yml.scalars import unspelled
from bruscript.lang.yml.shapes import optional

_ALWAYS: Final = ("encodeUrl", "timeout")
"""Settings that a block without them has otherwise in the other format."""
_STEPS: Final = {"auth_req": "authorization", "access_token_req": "token", "refresh_token_req": "refresh"}
_PLACES: Final = {"headers": "headers", "queryparams": "queryparams", "bodyvalues": "body"}


def request_json(document: YmlDocument) -> dict[str, Any]:
    """Return the JSON for a request or an app."""
    value = document.value
    data = content(value, "request")
    item = read(unspelled(value), "request")
    data["meta"] = {key: value for key, value in data["meta"].items() if value not in (None, [])}
    if optional(value.get("info"), "seq") is None:
        data["meta"].pop("seq", None)
    if "http" in data:
        data["http"]["method"] = str(data["http"]["method"]).lower()
    if "grpc" in data:
        data["grpc"] |= {key: item["request"][key] for key in ("methodType", "protoPath")}
    source = optional(value, "settings")
    if not isinstance(source, dict):
        data.pop("settings", None)
    elif data["meta"]["type"] != "ws":
        data["settings"] = {
            key: setting for key, setting in data["settings"].items() if key in source or key in _ALWAYS
        }
    if item.get("app"):
        data["app"] = item["app"]
    if item.get("examples"):
        data["examples"] = [_example(entry) for entry in item["examples"]]
    if item.get("description"):
        # It has no place there, and is missed when the two are compared.
        data["description"] = item["description"]
    return _shared(data)


def _example(example: dict[str, Any]) -> dict[str, Any]:
    """Return an example without what would be written as `undefined` or `null`."""
    request, response = example.get("request") or {"url": "", "method": ""}, example.get("response")
    body = request.get("body")
    if isinstance(body, dict):
        request = {**request, "body": {key: entry for key, entry in body.items() if entry not in (None, [])}}
    if isinstance(response, dict):
        response = {key: entry for key, entry in response.items() if entry is not None}
    return {**example, "request": request, "response": response}


def _shared(data: dict[str, Any]) -> dict[str, Any]:
    """Bring what all kinds have in common into the form of the printer."""
    auth = data.get("auth") or {}
    for mode, config in auth.items():
        if isinstance(config, dict):
            # The printer of folders writes `null` and `undefined` for texts that are not there.
            texts = dict.fromkeys(TEXTS.get(mode, ()), "")
            auth[mode] = {**texts, **{key: value for key, value in config.items() if value is not None}}
    if isinstance(auth.get("oauth2"), dict) and (parameters := _parameters(data)):
        auth["oauth2"]["additionalParameters"] = parameters
    for key in ("headers", "metadata", "params", "assertions", "variables"):
        if data.get(key):
            data[key] = InOrder(data[key])
    for group in (data.get("vars") or {}, data.get("body") or {}):
        for key, entries in group.items():
            if isinstance(entries, list):
                group[key] = InOrder(entries)
    return data


def _parameters(data: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    steps: dict[str, list[dict[str, Any]]] = {}
    for name, step in _STEPS.items():
        for suffix, place in _PLACES.items():
            for entry in data.pop(f"oauth2_additional_parameters_{name}_{suffix}", None) or ():
                # One without a name is not read.
                if entry.get("name"):
                    steps.setdefault(step, []).append({**entry, "sendIn": place})
    return steps


def folder_json(document: YmlDocument) -> dict[str, Any]:
    """Return the JSON for a folder.bru."""
    data = content(document.value, "folder")
    docs = read(unspelled(document.value), "folder")["docs"]
    return _shared({**data, **({"docs": docs} if docs else {})})


def collection_json(document: YmlDocument) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the JSON for a collection.bru, and the bruno.json."""
    data = content(document.value, "collection")
    read_config = data.pop("config")
    config = {"version": "1", **{key: value for key, value in read_config.items() if key != "opencollection"}}
    if "version" in read_config:
        config |= {"version": "1", "collectionVersion": read_config["version"]}
    if not config.get("ignore"):
        config.pop("ignore", None)
    if optional(optional(document.value, "config"), "proxy") is None:
        # What the parser puts there is what is true without it.
        config.pop("proxy", None)
    docs = read(unspelled(document.value), "collection")["collectionRoot"]["docs"]
    if (data.get("auth") or {}).get("mode") == "none":
        del data["auth"]
    return _shared({**data, **({"docs": docs} if docs else {})}), config


def environment_json(document: YmlDocument) -> dict[str, Any]:
    """Return the JSON for an environment."""
    return _shared(content(document.value, "environment"))


def flat(data: dict[str, Any]) -> dict[str, Any]:
    """Return the printer's JSON as the parser gives it: OAuth 2.0's parameters in lists of their own."""
    config = (data.get("auth") or {}).get("oauth2")
    if isinstance(config, dict) and "additionalParameters" in config:
        steps = {step: name for name, step in _STEPS.items()}
        places = {place: suffix for suffix, place in _PLACES.items()}
        for step, entries in config.pop("additionalParameters").items():
            for entry in entries:
                key = f"oauth2_additional_parameters_{steps[step]}_{places[entry['sendIn']]}"
                plain = {name: value for name, value in entry.items() if name != "sendIn"}
                data.setdefault(key, []).append(plain)
    return data
