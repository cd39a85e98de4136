"""The token response, kept: its expiry, its token, its variables."""

from __future__ import annotations

import time
from typing import Any, TypeAlias

from bruscript.auth.oauth2.jwt_claims import claims_of
from bruscript.lang.js import number

Credentials: TypeAlias = "dict[str, Any]"
"""A token response (RFC 6749 section 5.1) with `created_at` and, where it expires, `expires_at`, in ms."""

_LEEWAY_S = 10.0
_LEEWAY_SHARE = 0.1
_NEVER_S = 1e12


def received(
    answer: dict[str, Any], earlier: Credentials | None = None, source: str = "access_token"
) -> Credentials:
    """Return `answer` as credentials received now; where it has no refresh token the `earlier` one is kept.

    `source` is which of the tokens is sent: without `expires_in`, it says when the credentials expire.
    """
    credentials: Credentials = {**answer, "created_at": round(time.time() * 1000)}
    end = lifetime_end(credentials, source)
    if end is not None:
        credentials["expires_at"] = round(end * 1000)
    if earlier and earlier.get("refresh_token") and not credentials.get("refresh_token"):
        credentials["refresh_token"] = earlier["refresh_token"]
    return credentials


def expired(credentials: Credentials, source: str = "access_token") -> bool:
    """Return whether the token's life is over, or so nearly that it may be over on arrival.

    The leeway is ten seconds, but a tenth of the life at most, so that tokens which live for seconds only are
    used at all.
    """
    end, created = lifetime_end(credentials, source), _created(credentials)
    if end is None or created is None:
        return False
    return time.time() >= end - min(_LEEWAY_S, max(end - created, 0) * _LEEWAY_SHARE)


def lifetime_end(credentials: Credentials, source: str = "access_token") -> float | None:
    """Return when the token expires, in seconds since the epoch; None where it does not.

    That is `expires_in` after it was received; without that, or if it is not a number, the `exp` of the token
    that is sent, if it is a JWT. Nothing is verified: it only decides when to get another.
    """
    created = _created(credentials)
    if created is None:
        return None
    lifetime = _seconds(credentials.get("expires_in"))
    if lifetime is None:
        return _expiry_claim(token_of(credentials, source), created)
    # Some servers say 0 for "does not expire"; the reference takes it so.
    return created + lifetime if lifetime else None


def token_of(credentials: Credentials, source: str) -> str | None:
    """Return the token to send: the ID token where `source` is "id_token", else the access token.

    None if absent.
    """
    token = credentials.get("id_token" if source == "id_token" else "access_token")
    return token if isinstance(token, str) and token else None


def secrets_of(credentials: Credentials) -> list[str]:
    """Return the values that no output may show, those of objects and lists in it too."""
    secrets: list[str] = []
    values: list[tuple[str, Any]] = list(credentials.items())
    for key, value in values:
        if isinstance(value, dict):
            values += value.items()
        elif isinstance(value, list):
            # What is in a list is called as the list is: `tokens`, `keys`.
            values += [(key.removesuffix("s"), item) for item in value]
        elif isinstance(value, str) and value and is_secret(key):
            secrets.append(value)
    return secrets


def is_secret(name: str) -> bool:
    """Return whether a field with this name, of a token response or a parameter, is secret."""
    return name.lower().endswith(("token", "secret", "password", "assertion", "key"))


def _created(credentials: Credentials) -> float | None:
    created = credentials.get("created_at")
    return created / 1000 if isinstance(created, (int, float)) else None


def _expiry_claim(token: str | None, created: float) -> float | None:
    claims = (claims_of(token) if token else None) or {}
    end, issued = _seconds(claims.get("exp")), _seconds(claims.get("iat"))
    if end is None or end <= 0:
        return None
    if issued is None or not 0 < issued < end:
        return end
    # Both are by the server's clock. By another clock its new tokens may be expired as they arrive, and each
    # request would fetch one; or they seem good for longer than they are.
    end_here = created + end - issued
    return end_here if end <= created else min(end, end_here)


def _seconds(value: object) -> float | None:
    """Return a number of seconds, which may be a text; None for anything else."""
    if isinstance(value, str):
        value = number(value) if value.strip() else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < _NEVER_S else None
