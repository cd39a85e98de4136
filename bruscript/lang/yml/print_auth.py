"""An auth block of OpenCollection from the reference's JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from bruscript.lang.auth_modes import EDGEGRID_TEXTS, TEXTS, config_key
from bruscript.lang.js import trim
from bruscript.lang.yml.auth import (
    FLOW_KEYS,
    FLOW_STEPS,
    FLOWS,
    OAUTH1_FIELDS,
    PLACEMENTS,
    STEPS,
)
from bruscript.lang.yml.shapes import either, optional

_FLOWS: Final = {grant: flow for flow, grant in FLOWS.items()}
_PLACES: Final = {place: word for word, place in PLACEMENTS.items()}


def auth_value(auth: Any) -> Any:
    """Return the block for the JSON of an auth, None where there is nothing to write."""
    mode = optional(auth, "mode")
    if mode == "inherit":
        return "inherit"
    maker = _MAKERS.get(mode) if isinstance(mode, str) else None
    return None if maker is None else maker(auth.get(config_key(mode)))


def _texts(kind: str, names: tuple[str, ...]) -> Callable[[Any], dict[str, Any]]:
    def make(config: Any) -> dict[str, Any]:
        texts = {name: optional(config, name) for name in names}
        return {"type": kind, **{name: value for name, value in texts.items() if isinstance(value, str)}}

    return make


def _apikey(config: Any) -> dict[str, Any]:
    block = _texts("apikey", ("key", "value"))(config)
    placement = {"header": "header", "queryparams": "query"}.get(str(optional(config, "placement")))
    return {**block, "placement": placement} if placement else block


def _edgegrid(config: Any) -> dict[str, Any]:
    block = _texts("akamai-edgegrid", EDGEGRID_TEXTS)(config)
    size = optional(config, "maxBodySize")
    if isinstance(size, (int, float)) and not isinstance(size, bool):
        block["maxBodySize"] = size
    return block


def _oauth1(config: Any) -> dict[str, Any]:
    block: dict[str, Any] = {"type": "oauth1"}
    for name in OAUTH1_FIELDS:
        value = optional(config, name)
        if name == "privateKey" and isinstance(value, str):
            kind = "file" if optional(config, "privateKeyType") == "file" else "text"
            block[name] = {"type": kind, "value": value}
        elif name != "privateKeyType" and isinstance(value, bool if name == "includeBodyHash" else str):
            block[name] = value
    return block


def _oauth2(config: Any) -> dict[str, Any] | None:
    flow = _FLOWS.get(str(optional(config, "grantType")))
    if flow is None:
        return None
    texts = {key: config[key] for key in FLOW_KEYS[flow] if _is_text(config.get(key))}
    scope: dict[str, Any] = {key: texts.pop(key) for key in ("scope", "state") if key in texts}
    parameters = _parameters(flow, config.get("additionalParameters"))
    block: dict[str, Any] = {"type": "oauth2", "flow": flow, **texts, **_credentials(flow, config)}
    if flow == "authorization_code":
        block.update({**parameters, **scope, **_pkce(config.get("pkce"))})
    else:
        block.update({**scope, **parameters})
    block["tokenConfig"] = _token(config)
    settings = {
        key: config[key]
        for key in ("autoFetchToken", "autoRefreshToken")
        if isinstance(config.get(key), bool)
    }
    return {**block, "settings": settings} if settings else block


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and trim(value) != ""


def _credentials(flow: str, config: dict[str, Any]) -> dict[str, Any]:
    names = {"clientId": "clientId", "clientSecret": "clientSecret", "placement": "credentialsPlacement"}
    if flow == "implicit":
        names = {"clientId": "clientId"}
    credentials = {key: config[field] for key, field in names.items() if _is_text(config.get(field))}
    result: dict[str, Any] = {"credentials": credentials} if credentials else {}
    if flow == "resource_owner_password_credentials":
        owner = {key: config[key] for key in ("username", "password") if _is_text(config.get(key))}
        if owner:
            result["resourceOwner"] = owner
    return result


def _pkce(pkce: Any) -> dict[str, Any]:
    return {} if pkce is None else {"pkce": {} if pkce else {"disabled": True}}


def _token(config: dict[str, Any]) -> dict[str, Any]:
    token: dict[str, Any] = {}
    if _is_text(config.get("credentialsId")):
        token["id"] = config["credentialsId"]
    placement = config.get("tokenPlacement")
    if not _is_text(placement):
        token["placement"] = {"header": ""}
    elif placement == "header":
        token["placement"] = _defined("header", config, "tokenHeaderPrefix")
    elif placement == "url":
        token["placement"] = _defined("query", config, "tokenQueryKey")
    token["source"] = either(config.get("tokenSource"), "access_token")
    return token


def _defined(key: str, config: dict[str, Any], field: str) -> dict[str, Any]:
    return {key: config[field]} if field in config else {}


def _parameters(flow: str, value: Any) -> dict[str, Any]:
    steps = {}
    for step in FLOW_STEPS[flow]:
        entries = optional(value, STEPS[step])
        parsed = [_parameter(entry) for entry in (entries if isinstance(entries, list) else ()) if entry]
        valid = [entry for entry in parsed if entry is not None]
        if valid:
            steps[step] = valid
    return {"additionalParameters": steps} if steps else {}


def _parameter(entry: dict[str, Any]) -> dict[str, Any] | None:
    name, value, place = entry.get("name"), entry.get("value"), entry.get("sendIn")
    placement = _PLACES.get(trim(place).lower()) if isinstance(place, str) else None
    if not _is_text(name) or placement is None:
        return None
    parameter = {"name": trim(str(name)), "placement": placement}
    return {**parameter, "value": value} if _is_text(value) else parameter


_MAKERS: Final[dict[str, Callable[[Any], Any]]] = {
    **{mode: _texts(mode, names) for mode, names in TEXTS.items()},
    "apikey": _apikey,
    "oauth1": _oauth1,
    "oauth2": _oauth2,
    "akamai-edgegrid": _edgegrid,
}
