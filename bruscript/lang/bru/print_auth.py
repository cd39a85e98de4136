"""How the reference writes the blocks of the auth modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bruscript.lang import js
from bruscript.lang.auth_modes import EDGEGRID_TEXTS, TEXTS
from bruscript.lang.bru.auth import APIKEY_KEYS, OAUTH1_KEYS
from bruscript.lang.bru.printing import get, indent, length, or_empty, pair_text, value_text

_OAUTH2_KEYS = {
    "password": "access_token_url refresh_token_url username password client_id client_secret scope",
    "authorization_code": "callback_url authorization_url access_token_url refresh_token_url client_id "
    "client_secret scope state pkce",
    "client_credentials": "access_token_url refresh_token_url client_id client_secret scope",
    "implicit": "callback_url authorization_url client_id scope state",
}


def request_auth(auth: dict[str, Any]) -> str:
    """Write the auth blocks of a request."""
    plain = "".join(_plain(mode, auth, or_empty) for mode in TEXTS)
    return plain + _oauth1(auth) + _oauth2(auth) + _apikey(auth, "\n\n") + _edgegrid(auth)


def collection_auth(auth: dict[str, Any]) -> str:
    """Write the auth blocks of a collection or folder: the same, but in another order, and less careful."""
    mode = get(auth, "mode")
    head = f"auth {{\n{indent(f'mode: {js.to_string(mode)}')}\n}}\n\n" if js.truthy(mode) else ""
    plain = "".join(_plain(mode, auth, js.to_string) for mode in TEXTS)
    return head + plain + _apikey(auth, "\n") + _edgegrid(auth) + _oauth1(auth) + _oauth2(auth)


def _block(name: str, lines: list[tuple[str, str]], end: str = "\n\n") -> str:
    body = "\n".join(indent(f"{key}: {value}") for key, value in lines)
    return f"{name} {{\n{body}\n}}{end}"


def _plain(mode: str, auth: dict[str, Any], write: Callable[[Any], str]) -> str:
    config = get(auth, mode)
    if not js.truthy(config):
        return ""
    text = _block(f"auth:{mode}", [(key, write(get(config, key))) for key in TEXTS[mode]])
    # The reference leaves an empty line in this one.
    return text.replace("\n}\n\n", "\n\n}\n\n") if mode == "ntlm" else text


def _apikey(auth: dict[str, Any], end: str) -> str:
    config = get(auth, "apikey")
    if not js.truthy(config):
        return ""
    return _block("auth:apikey", [(key, or_empty(get(config, key))) for key in APIKEY_KEYS], end)


def _edgegrid(auth: dict[str, Any]) -> str:
    config = get(auth, "akamaiEdgegrid")
    if not js.truthy(config):
        return ""
    size = get(config, "maxBodySize")
    lines = [(key, or_empty(get(config, key))) for key in EDGEGRID_TEXTS]
    lines.append(("maxBodySize", "" if size is None or size is js.UNDEFINED else js.to_string(size)))
    return _block("auth:akamai-edgegrid", lines)


def _oauth1(auth: dict[str, Any]) -> str:
    config = get(auth, "oauth1")
    if not js.truthy(config):
        return ""
    key = get(config, "privateKey")
    key = key if js.truthy(key) else ""
    lines = []
    for field, name in OAUTH1_KEYS.items():
        if name == "timestamp":
            from_file = get(config, "privateKeyType") == "file"
            lines.append(("private_key", f"@file({js.to_string(key)})" if from_file else value_text(key)))
        lines.append((name, or_empty(get(config, field))))
    hashed = get(config, "includeBodyHash")
    lines.append(("include_body_hash", js.to_string(hashed) if js.truthy(hashed) else "false"))
    return _block("auth:oauth1", lines)


def _camel(key: str) -> str:
    first, *others = key.split("_")
    return first + "".join(part.capitalize() for part in others)


def _oauth2(auth: dict[str, Any]) -> str:
    config = get(auth, "oauth2")
    if not js.truthy(config):
        return ""
    grant = get(config, "grantType")
    text = _oauth2_block(str(grant), config) if isinstance(grant, str) and grant in _OAUTH2_KEYS else ""
    return text + _additional_parameters(get(config, "additionalParameters"))


def _oauth2_block(grant: str, config: dict[str, Any]) -> str:
    def field(key: str) -> Any:
        return get(config, _camel(key))

    def switch(key: str, default: str) -> tuple[str, str]:
        value = field(key)
        return (key, default if value is None or value is js.UNDEFINED else js.to_string(value))

    lines = [("grant_type", grant)]
    for key in _OAUTH2_KEYS[grant].split():
        value = field(key)
        lines.append(
            (
                key,
                (js.to_string(value) if js.truthy(value) else "false") if key == "pkce" else or_empty(value),
            )
        )
    if grant != "implicit":
        lines.append(("credentials_placement", or_empty(field("credentials_placement"))))
    lines.append(("credentials_id", or_empty(field("credentials_id"))))
    lines.append(("token_source", or_empty(field("token_source")) or "access_token"))
    lines.append(("token_placement", or_empty(field("token_placement"))))
    carrier = "token_header_prefix" if field("token_placement") == "header" else "token_query_key"
    lines.append((carrier, or_empty(field(carrier))))
    lines.append(switch("auto_fetch_token", "true"))
    if grant != "implicit":
        lines.append(switch("auto_refresh_token", "false"))
    return _block("auth:oauth2", lines)


def _additional_parameters(parameters: Any) -> str:
    if not js.truthy(parameters):
        return ""
    text = ""
    for step, name in (
        ("authorization", "auth_req"),
        ("token", "access_token_req"),
        ("refresh", "refresh_token_req"),
    ):
        for place in ("headers", "queryparams", "body"):
            if (step, place) == ("authorization", "body"):
                continue
            matching = [p for p in get(parameters, step) or [] if get(p, "sendIn") == place]
            if matching:
                lines = [
                    pair_text(p, "" if js.truthy(p.get("enabled")) else "~")
                    for p in matching
                    if length(get(p, "name"))
                ]
                body = indent("\n".join(lines))
                text += f"auth:oauth2:additional_params:{name}:{place} {{\n{body}\n}}\n\n"
    return text
