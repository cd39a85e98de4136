"""One of several stored tokens that have the same credentials id."""

from __future__ import annotations

from typing import Final

from bruscript.auth.oauth2 import TokenKey
from bruscript.auth.oauth2.credentials import Credentials
from bruscript.auth.oauth2.errors import clean
from bruscript.auth.oauth2.urls import redacted_url
from bruscript.errors import BruscriptError

_CHOICES: Final = ("client", "user", "scope", "url")
"""The options that choose one of several tokens with one id."""
_PARTS: Final = {"client": "client_id"}


class UnknownCredentialsError(BruscriptError):
    """The store has no credentials with this id."""

    exit_code = 1


def chosen(
    token_store: str, entries: list[tuple[TokenKey, Credentials]], wanted: dict[str, str | None]
) -> Credentials:
    """Return the credentials among `entries` that the options choose. Raises UnknownCredentialsError."""
    matching = [(key, credentials) for key, credentials in entries if _matches(key, wanted)]
    if len(matching) != 1:
        raise _not_one(token_store, [key for key, _ in entries], [key for key, _ in matching])
    return matching[0][1]


def whose(key: TokenKey) -> str:
    """Return client, user and scope of a token, for a line of text; "" where the store does not know."""
    parts = (("client", key.client_id), ("user", key.user), ("scope", key.scope))
    return clean(", ".join(f"{label} {value}" for label, value in parts if value))


def _matches(key: TokenKey, wanted: dict[str, str | None]) -> bool:
    """Return whether a token is one of those that the options choose."""
    return all(
        value is None
        or (
            key.fingerprint.startswith(value)
            if name == "fingerprint"
            else _part(key, name) == _sorted(name, value)
        )
        for name, value in wanted.items()
    )


def _part(key: TokenKey, name: str) -> str:
    return redacted_url(key.url) if name == "url" else str(getattr(key, _PARTS.get(name, name)))


def _sorted(name: str, value: str) -> str:
    return " ".join(sorted(set(value.split()))) if name == "scope" else value


def _not_one(token_store: str, keys: list[TokenKey], matching: list[TokenKey]) -> UnknownCredentialsError:
    """Return the error for options that choose none or several of the tokens with one id."""
    shown = matching or keys
    options = [name for name in _CHOICES if len({_part(key, name) for key in shown}) > 1]
    described = [_described(key, options) for key in shown]
    if len(set(described)) < len(described):
        options.append("fingerprint")
        described = [_described(key, options) for key in shown]
    names = [f"--{name}" for name in options]
    many = f"{len(shown)} tokens" if len(shown) > 1 else "one token"
    listed = "; ".join(described)
    other = "" if matching else "no such token, but "
    return UnknownCredentialsError(
        f"{token_store} holds {other}{many} with the id {keys[0].credentials_id!r}: {listed}",
        hint=f"Choose one with {' or '.join(names)}." if names else None,
    )


def _described(key: TokenKey, options: list[str]) -> str:
    parts = [whose(key)]
    parts += [f"url {redacted_url(key.url)}"] if "url" in options or not parts[0] else []
    parts += [f"fingerprint {key.fingerprint[:8]}"] if "fingerprint" in options else []
    return ", ".join(filter(None, parts))
