"""`auth` in OpenCollection, as the reference parser's JSON has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from bruscript.lang.auth_modes import EDGEGRID_TEXTS, TEXTS, config_key
from bruscript.lang.js import truthy
from bruscript.lang.yml.shapes import either, has, member, optional

PLACEMENTS: Final = {"header": "headers", "query": "queryparams", "body": "body"}
"""Where an additional parameter of OAuth 2.0 goes: the format's words and those of Bruno's JSON."""
FLOWS: Final = {
    "client_credentials": "client_credentials",
    "resource_owner_password_credentials": "password",
    "authorization_code": "authorization_code",
    "implicit": "implicit",
}
"""The flows of the format, and the grant types of Bruno's JSON."""
STEPS: Final = {
    "authorizationRequest": "authorization",
    "accessTokenRequest": "token",
    "refreshTokenRequest": "refresh",
}
"""The requests that additional parameters are for, and their names in Bruno's JSON."""
OAUTH1_FIELDS: Final = {
    **dict.fromkeys(
        ("consumerKey", "consumerSecret", "accessToken", "accessTokenSecret", "callbackUrl", "verifier")
    ),
    "signatureMethod": "HMAC-SHA1",
    "privateKey": None,
    "privateKeyType": "text",
    **dict.fromkeys(("timestamp", "nonce")),
    "version": "1.0",
    "realm": None,
    "placement": "header",
    "includeBodyHash": False,
}
"""OAuth 1.0's fields with their defaults."""
FLOW_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "client_credentials": ("accessTokenUrl", "refreshTokenUrl", "scope"),
    "resource_owner_password_credentials": ("accessTokenUrl", "refreshTokenUrl", "scope"),
    "authorization_code": (
        *("authorizationUrl", "accessTokenUrl", "refreshTokenUrl", "callbackUrl", "scope", "state"),
    ),
    "implicit": ("authorizationUrl", "callbackUrl", "scope", "state"),
}
"""The keys of each flow outside of nested mappings."""
FLOW_STEPS: Final[dict[str, tuple[str, ...]]] = {
    "client_credentials": ("accessTokenRequest", "refreshTokenRequest"),
    "resource_owner_password_credentials": ("accessTokenRequest", "refreshTokenRequest"),
    "authorization_code": ("authorizationRequest", "accessTokenRequest", "refreshTokenRequest"),
    "implicit": ("authorizationRequest",),
}
"""The requests of each flow that may have additional parameters."""


def auth(value: Any) -> dict[str, Any]:
    """Read an auth block: `mode`, and the fields of that mode; those of all others are null."""
    result: dict[str, Any] = {
        "mode": "none",
        **dict.fromkeys(("awsv4", "basic", "bearer", "digest", "ntlm", "oauth2", "wsse", "apikey")),
        "akamaiEdgegrid": None,
    }
    if value == "inherit":
        result["mode"] = "inherit"
    mode = optional(value, "type")
    if isinstance(mode, str) and (reader := _READERS.get(mode)):
        result["mode"] = mode
        result[config_key(mode)] = reader(value)
    return result


def _texts(*names: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda value: {name: either(value.get(name), None) for name in names}


def _apikey(value: dict[str, Any]) -> dict[str, Any]:
    places = {"query": "queryparams", "header": "header"}
    placement = value.get("placement")
    return {
        "key": either(value.get("key"), None),
        "value": either(value.get("value"), None),
        "placement": places.get(placement) if isinstance(placement, str) else None,
    }


def _edgegrid(value: dict[str, Any]) -> dict[str, Any]:
    size = value.get("maxBodySize")
    number = size if isinstance(size, (int, float)) and not isinstance(size, bool) else None
    return {**{name: either(value.get(name), "") for name in EDGEGRID_TEXTS}, "maxBodySize": number}


def _oauth1(value: dict[str, Any]) -> dict[str, Any]:
    config = {name: either(value.get(name), default) for name, default in OAUTH1_FIELDS.items()}
    key = value.get("privateKey")
    config["privateKeyType"] = "text"
    if isinstance(key, (dict, list)):
        config["privateKey"] = either(optional(key, "value"), None)
        config["privateKeyType"] = optional(key, "type")
        if "type" not in key:
            del config["privateKeyType"]
    return config


def _oauth2(value: dict[str, Any]) -> dict[str, Any] | None:
    flow = value.get("flow")
    if not isinstance(flow, str) or flow not in FLOWS:
        return None
    credentials = value.get("credentials")
    config: dict[str, Any] = {
        "grantType": FLOWS[flow],
        **dict.fromkeys(("username", "password", "callbackUrl", "authorizationUrl", "accessTokenUrl")),
        **dict.fromkeys(("clientId", "clientSecret", "scope", "state")),
        "pkce": False,
        **dict.fromkeys(("credentialsPlacement", "credentialsId")),
        **dict.fromkeys(("tokenPlacement", "tokenHeaderPrefix", "tokenQueryKey")),
        "tokenSource": "access_token",
        "refreshTokenUrl": None,
        "autoRefreshToken": False,
        "autoFetchToken": True,
    }
    config.update({key: either(value.get(key), None) for key in FLOW_KEYS[flow]})
    config["clientId"] = either(optional(credentials, "clientId"), None)
    if flow != "implicit":
        config["clientSecret"] = either(optional(credentials, "clientSecret"), None)
        config["credentialsPlacement"] = either(optional(credentials, "placement"), None)
    if flow == "resource_owner_password_credentials":
        for key in ("username", "password"):
            config[key] = either(optional(value.get("resourceOwner"), key), None)
    if flow == "authorization_code" and "pkce" in value:
        config["pkce"] = not truthy(member(value["pkce"], "disabled"))
    _token(config, value.get("tokenConfig"))
    parameters = _parameters(flow, value.get("additionalParameters"))
    if parameters:
        config["additionalParameters"] = parameters
    settings = value.get("settings")
    for key in ("autoFetchToken", "autoRefreshToken"):
        if isinstance(settings, dict) and key in settings:
            config[key] = settings[key]
    return config


def _token(config: dict[str, Any], token: Any) -> None:
    config["credentialsId"] = either(optional(token, "id"), None)
    config["tokenSource"] = either(optional(token, "source"), "access_token")
    placement = optional(token, "placement")
    if not truthy(placement):
        return
    if has(placement, "header"):
        config["tokenPlacement"] = "header"
        config["tokenHeaderPrefix"] = either(placement["header"], "")
    elif has(placement, "query"):
        config["tokenPlacement"] = "url"
        config["tokenQueryKey"] = either(placement["query"], "")


def _parameters(flow: str, value: Any) -> dict[str, list[dict[str, Any]]]:
    result = {}
    for step in FLOW_STEPS[flow]:
        parameters = optional(value, step)
        if isinstance(parameters, list) and parameters:
            result[STEPS[step]] = [_parameter(source) for source in parameters]
    return result


def _parameter(source: Any) -> dict[str, Any]:
    placement = member(source, "placement")
    return {
        "name": either(member(source, "name"), None),
        "value": either(member(source, "value"), None),
        "sendIn": PLACEMENTS.get(placement, "headers") if isinstance(placement, str) else "headers",
        "enabled": True,
    }


_READERS: Final[dict[str, Callable[[dict[str, Any]], Any]]] = {
    **{mode: _texts(*names) for mode, names in TEXTS.items()},
    "bearer": lambda value: {"token": either(value.get("token"), "")},
    "apikey": _apikey,
    "oauth1": _oauth1,
    "oauth2": _oauth2,
    "akamai-edgegrid": _edgegrid,
}
