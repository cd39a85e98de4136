"""The token response, kept: its expiry, its token, its variables."""

from __future__ import annotations

import time
from typing import Any, TypeAlias

from bruscript.lang.js import number

Credentials: TypeAlias = "dict[str, Any]"
"""A token response (RFC 6749 section 5.1) with `created_at` and, where it expires, `expires_at`, in ms."""

_LEEWAY_S = 10.0
_LEEWAY_SHARE = 0.1
_NEVER_S = 1e12


def received(answer: dict[str, Any], earlier: Credentials | None = None) -> Credentials:
    """`answer` as credentials received now; where it has no refresh token the `earlier` one is kept."""
    credentials: Credentials = {**answer, "created_at": round(time.time() * 1000)}
    lifetime = _lifetime(credentials)
    if lifetime is not None:
        credentials["expires_at"] = round(credentials["created_at"] + lifetime * 1000)
    if earlier and earlier.get("refresh_token") and not credentials.get("refresh_token"):
        credentials["refresh_token"] = earlier["refresh_token"]
    return credentials


def expired(credentials: Credentials) -> bool:
    """Whether the access token's life is over, or so nearly that it may be over on arrival.

    Without an `expires_in` it never is. The leeway is ten seconds, but a tenth of the life at most, so that
    tokens which live for seconds only are used at all.
    """
    end, lifetime = lifetime_end(credentials), _lifetime(credentials)
    if end is None or lifetime is None:
        return False
    return time.time() >= end - min(_LEEWAY_S, max(lifetime, 0) * _LEEWAY_SHARE)


def lifetime_end(credentials: Credentials) -> float | None:
    """When the access token expires, in seconds since the epoch; None where it does not."""
    lifetime, created = _lifetime(credentials), credentials.get("created_at")
    if lifetime is None or not isinstance(created, (int, float)):
        return None
    return created / 1000 + lifetime


def token_of(credentials: Credentials, source: str) -> str | None:
    """The token to send: the ID token where `source` is "id_token", else the access token; None if absent."""
    token = credentials.get("id_token" if source == "id_token" else "access_token")
    return token if isinstance(token, str) and token else None


def secrets_of(credentials: Credentials) -> list[str]:
    """The values that no output may show, those of objects in it too."""
    found, objects = [], [credentials]
    for fields in objects:
        for key, value in fields.items():
            if isinstance(value, dict):
                objects.append(value)
            elif isinstance(value, str) and value and is_secret(key):
                found.append(value)
    return found


def is_secret(name: str) -> bool:
    """Whether a field with this name, of a token response or a parameter, holds what no output may show."""
    return name.lower().endswith(("token", "secret", "password", "assertion", "key"))


def _lifetime(credentials: Credentials) -> float | None:
    value = credentials.get("expires_in")
    if isinstance(value, str):
        value = number(value)
    # Some servers say 0 for "does not expire"; the reference takes it so.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value == 0:
        return None
    lifetime = float(value)
    return lifetime if abs(lifetime) < _NEVER_S else None
