"""Keys whose values are one of a fixed set, and the valid value that is nearest to a wrong one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bruscript.near import near_word

BOOLEANS: Final = ("true", "false")
"""The values of a switch, in upper or lower case."""

OAUTH2_GRANTS: Final = (
    *("client_credentials", "password", "authorization_code", "implicit"),
    *("device_code", "jwt_bearer", "token_exchange"),
)
"""The grant types of `auth:oauth2`."""

CLIENT_AUTHENTICATIONS: Final = (
    *("client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"),
    *("tls_client_auth", "none"),
)
"""How a client may authenticate (RFC 7591 section 2, RFC 8705)."""

IMPORTED_PLACEMENT: Final = "header"
"""What Bruno's import of OpenAPI writes for `credentials_placement`; Bruno itself reads it as `body`."""

KEY_ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
"""The algorithms of signatures by private keys (RFC 7518, RFC 8037)."""

HMAC_ALGORITHMS: Final = ("HS256", "HS384", "HS512")
"""The algorithms of signatures by secrets."""

OAUTH1_METHODS: Final = (
    *("HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "RSA-SHA1", "RSA-SHA256", "RSA-SHA512", "PLAINTEXT"),
)
"""The signature methods of `auth:oauth1`."""

OPERATORS: Final = (
    *("eq", "neq", "gt", "gte", "lt", "lte", "in", "notIn", "contains", "notContains", "length"),
    *("matches", "notMatches", "startsWith", "endsWith", "between"),
)
"""The operators of assertions that take a value."""

UNARY_OPERATORS: Final = (
    *("isEmpty", "isNotEmpty", "isNull", "isUndefined", "isDefined", "isTruthy", "isFalsy", "isJson"),
    *("isNumber", "isString", "isBoolean", "isArray"),
)
"""The operators of assertions that take none."""

CHOICES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "auth:oauth2": {
        "grant_type": OAUTH2_GRANTS,
        "credentials_placement": ("body", "basic_auth_header"),
        "token_source": ("access_token", "id_token"),
        "token_placement": ("header", "url"),
        "pkce": BOOLEANS,
        "auto_fetch_token": BOOLEANS,
        "auto_refresh_token": BOOLEANS,
        "client_authentication": CLIENT_AUTHENTICATIONS,
        "signing_algorithm": (*KEY_ALGORITHMS, *HMAC_ALGORITHMS),
        "dpop": BOOLEANS,
    },
    "auth:oauth1": {
        "signature_method": OAUTH1_METHODS,
        "placement": ("header", "query", "body"),
        "include_body_hash": BOOLEANS,
    },
    "auth:apikey": {"placement": ("header", "queryparams")},
}
"""The valid values, by block and key."""

_ALIASES: Final = {
    "query": "url",
    "queryparams": "url",
    "urn:ietf:params:oauth:grant-type:device_code": "device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer": "jwt_bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange": "token_exchange",
}

_SYNONYMS: Final = {
    **dict.fromkeys(("yes", "on", "1", "y", "t", "enabled", "s256"), "true"),
    **dict.fromkeys(("no", "off", "0", "n", "f", "disabled", "plain", "none"), "false"),
}


def is_valid(value: str, choices: Sequence[str]) -> bool:
    """Return whether `value` is one of `choices`, or another word for one; switches are in any case."""
    if choices == BOOLEANS:
        value = value.lower()
    return value in choices or _ALIASES.get(value) in choices


def canonical(value: str) -> str:
    """Return the short word for a value that has a longer one too, else the value."""
    return _ALIASES.get(value, value)


def nearest(word: str, known: Sequence[str], cutoff: float = 0.6) -> str:
    """Return "; did you mean `x`?" for the known word that is nearest, or nothing."""
    near = nearest_word(word, known, cutoff)
    return f"; did you mean `{near}`?" if near else ""


def nearest_word(word: str, known: Sequence[str], cutoff: float = 0.6) -> str | None:
    """Return the known word that is nearest: spelt alike, or the only one that has `word` in it."""
    if known == BOOLEANS and word.lower() in _SYNONYMS:
        return _SYNONYMS[word.lower()]
    if near := near_word(word, known, cutoff):
        return near
    longer = [choice for choice in known if word.lower() in choice.lower()]
    return longer[0] if len(longer) == 1 and len(word) > 2 else None


def wrong_value(key: str, value: str, choices: Sequence[str]) -> str:
    """Return what is wrong with a value that is not among `choices`, with those, and the nearest."""
    what = f"`{key}` is `{value}`" if value else f"`{key}` is empty"
    listed = ", ".join(choices[:-1]) + f" or {choices[-1]}"
    return f"{what}, expected {listed}{nearest(value, choices, 0.5) if value else ''}"
