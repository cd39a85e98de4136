"""The blocks of each auth mode as the reference parser's JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from bruscript.lang import js
from bruscript.lang.auth_modes import EDGEGRID_TEXTS, TEXTS
from bruscript.lang.nodes import Pair
from bruscript.lang.oauth2 import OAUTH2_KEYS

Value = str | list[str]


def find(pairs: Sequence[Pair], key: str) -> Value:
    """Return the value of the first pair with this key, "" without one. A disabled pair has another key."""
    for pair in pairs:
        if pair.key == key:
            return list(pair.value) if isinstance(pair.value, tuple) else pair.value
    return ""


def _fields(mode: str, *names: str) -> Callable[[Sequence[Pair]], dict[str, Any]]:
    return lambda pairs: {"auth": {mode: {name: find(pairs, name) for name in names}}}


def _edgegrid(pairs: Sequence[Pair]) -> dict[str, Any]:
    config: dict[str, Any] = {name: find(pairs, name) for name in EDGEGRID_TEXTS}
    size = find(pairs, "maxBodySize")
    number = None if size == "" else js.number(js.to_string(size))
    config["maxBodySize"] = None if number in (float("inf"), float("-inf")) else number
    return {"auth": {"akamaiEdgegrid": config}}


APIKEY_KEYS: Final = ("key", "value", "placement")
OAUTH1_KEYS = {
    "consumerKey": "consumer_key",
    "consumerSecret": "consumer_secret",
    "accessToken": "access_token",
    "accessTokenSecret": "token_secret",
    "callbackUrl": "callback_url",
    "verifier": "verifier",
    "signatureMethod": "signature_method",
    "timestamp": "timestamp",
    "nonce": "nonce",
    "version": "version",
    "realm": "realm",
    "placement": "placement",
}
"""OAuth 1.0's fields in the JSON and their keys in the file, in the order in which they are written."""
AUTH_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "auth": ("mode",),
    **{f"auth:{mode}": keys for mode, keys in TEXTS.items()},
    "auth:apikey": APIKEY_KEYS,
    "auth:akamai-edgegrid": (*EDGEGRID_TEXTS, "maxBodySize"),
    "auth:oauth1": (*OAUTH1_KEYS.values(), "private_key", "include_body_hash"),
    "auth:oauth2": OAUTH2_KEYS,
}
"""The keys of the blocks of auth."""


def _oauth1(pairs: Sequence[Pair]) -> dict[str, Any]:
    config: dict[str, Any] = {field: find(pairs, key) for field, key in OAUTH1_KEYS.items()}
    key = find(pairs, "private_key")
    from_file = isinstance(key, str) and key.startswith("@file(") and key.endswith(")")
    config["privateKey"] = key[6:-1] if from_file else key
    config["privateKeyType"] = "file" if from_file else "text"
    config["includeBodyHash"] = find(pairs, "include_body_hash") == "true"
    return {"auth": {"oauth1": config}}


# Each field of the JSON: its key in the file, and the default if that is missing or empty.
_OAUTH2_FIELDS = {
    "callbackUrl": ("callback_url", ""),
    "authorizationUrl": ("authorization_url", ""),
    "accessTokenUrl": ("access_token_url", ""),
    "refreshTokenUrl": ("refresh_token_url", ""),
    "username": ("username", ""),
    "password": ("password", ""),
    "clientId": ("client_id", ""),
    "clientSecret": ("client_secret", ""),
    "scope": ("scope", ""),
    "state": ("state", ""),
    "credentialsPlacement": ("credentials_placement", "body"),
    "credentialsId": ("credentials_id", "credentials"),
    "tokenSource": ("token_source", "access_token"),
    "tokenPlacement": ("token_placement", "header"),
    "tokenHeaderPrefix": ("token_header_prefix", ""),
    "tokenQueryKey": ("token_query_key", "access_token"),
}
_OAUTH2_SWITCHES = {
    "pkce": ("pkce", False),
    "autoFetchToken": ("auto_fetch_token", True),
    "autoRefreshToken": ("auto_refresh_token", False),
}
_NOT_IN_GRANT = {
    "password": {"callbackUrl", "authorizationUrl", "state", "pkce"},
    "authorization_code": {"username", "password"},
    "client_credentials": {"callbackUrl", "authorizationUrl", "username", "password", "state", "pkce"},
    "implicit": {
        *("accessTokenUrl", "refreshTokenUrl", "username", "password", "clientSecret", "pkce"),
        *("credentialsPlacement", "autoRefreshToken"),
    },
}


def _oauth2(pairs: Sequence[Pair]) -> dict[str, Any]:
    grant = find(pairs, "grant_type")
    left_out = _NOT_IN_GRANT.get(js.to_string(grant))
    if left_out is None:
        return {"auth": {"oauth2": {}}}
    config: dict[str, Any] = {"grantType": grant}
    for field, (key, default) in _OAUTH2_FIELDS.items():
        if field not in left_out:
            value = find(pairs, key)
            config[field] = value if js.truthy(value) else default
    for field, (key, switch) in _OAUTH2_SWITCHES.items():
        if field not in left_out:
            config[field] = _switch(pairs, key, switch)
    return {"auth": {"oauth2": config}}


def _switch(pairs: Sequence[Pair], key: str, default: bool) -> Any:
    """Any JSON is taken as it is, not only true and false."""
    try:
        value = js.parse_json(js.to_string(find(pairs, key)))
    except ValueError:
        return default
    return default if value is None else value


MODES: dict[str, Callable[[Sequence[Pair]], dict[str, Any]]] = {
    **{mode: _fields(mode, *keys) for mode, keys in TEXTS.items()},
    "oauth1": _oauth1,
    "oauth2": _oauth2,
    "apikey": _fields("apikey", *APIKEY_KEYS),
    "akamai-edgegrid": _edgegrid,
}
"""For each mode, what makes its JSON from the pairs of its block."""
