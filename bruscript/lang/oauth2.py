"""The keys of the block `auth:oauth2`, and the whole block as settings.

The reference's JSON leaves out what its own forms do not show: keys of other grants, whole blocks of grants
that it does not know, and values of switches that it cannot read. What is written is needed whole, to say
what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from bruscript.lang.choices import nearest
from bruscript.lang.nodes import Pair

EXTENSION_KEYS: Final = (
    *("issuer", "client_authentication", "private_key", "private_key_id", "signing_algorithm"),
    *("client_assertion_audience", "device_authorization_url", "pushed_authorization_url"),
    *("revocation_url", "introspection_url", "assertion", "assertion_issuer", "assertion_subject"),
    *("assertion_audience", "assertion_claims", "subject_credentials_id", "subject_token"),
    *("subject_token_type", "actor_token", "actor_token_type", "requested_token_type", "dpop"),
)
"""The keys of a block that Bruno does not have, and passes over."""

OAUTH2_KEYS: Final = (
    *("grant_type", "callback_url", "authorization_url", "access_token_url", "refresh_token_url"),
    *("username", "password", "client_id", "client_secret", "scope", "state", "pkce"),
    *("credentials_placement", "credentials_id", "token_source", "token_placement", "token_header_prefix"),
    *("token_query_key", "auto_fetch_token", "auto_refresh_token"),
    *EXTENSION_KEYS,
)
"""The keys that a block may have."""


SERVER_PARAMETERS: Final = {
    **dict.fromkeys(("audience", "resource", "requested_token_use", "claims"), "access_token_req"),
    **dict.fromkeys(
        (
            *("prompt", "login_hint", "domain_hint", "nonce", "acr_values", "max_age", "display"),
            *("ui_locales", "id_token_hint", "response_type", "response_mode", "access_type"),
            *("connection", "organization"),
        ),
        "auth_req",
    ),
}
"""Parameters that servers know and the block has no keys for, and the requests they are for."""


def unknown_key_hint(key: str) -> str:
    """Return what to write in place of a key that the block does not have, for the end of a message."""
    near = "" if key in SERVER_PARAMETERS else nearest(key, OAUTH2_KEYS)
    request = SERVER_PARAMETERS.get(key, "access_token_req")
    place = "queryparams" if request == "auth_req" else "body"
    return near or f"; parameters for the server go into auth:oauth2:additional_params:{request}:{place}"


def camel_case(key: str) -> str:
    """Return the name of a key in the JSON: `client_id` is `clientId`."""
    first, *others = key.split("_")
    return first + "".join(part.capitalize() for part in others)


def oauth2_settings(pairs: Iterable[Pair]) -> dict[str, Any]:
    """Return every key of the block with its text, in camel case; `unknownKeys` lists what is not a key.

    Of a repeated key the first counts, as in the reference.
    """
    settings: dict[str, Any] = {}
    unknown: list[str] = []
    for pair in pairs:
        if pair.key in OAUTH2_KEYS:
            text = pair.value if isinstance(pair.value, str) else " ".join(pair.value)
            settings.setdefault(camel_case(pair.key), text)
        elif not pair.key.startswith("~"):
            unknown.append(pair.key)
    if unknown:
        settings["unknownKeys"] = unknown
    return settings
