"""Where tokens are kept: the protocol, and the store in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, NamedTuple, Protocol, runtime_checkable

from bruscript.auth.oauth2.credentials import Credentials


class TokenKey(NamedTuple):
    """The key of a token in a store: the credentials id, and what the token was requested for.

    `url` is the URL that it came from, without secrets; grant, client, user (if the configuration has one)
    and scope are for people. `fingerprint` covers everything that decides what the token is good for,
    including those and the additional parameters; it is "" for tokens stored before there were fingerprints.
    """

    credentials_id: str
    url: str
    grant_type: str = ""
    client_id: str = ""
    user: str = ""
    scope: str = ""
    fingerprint: str = ""


@runtime_checkable
class TokenStore(Protocol):
    """Keeps token responses. An embedder may implement it, e.g. over a database or a vault.

    Credentials are JSON objects and are kept as they are. The methods may be called from any task of the
    running event loop; they should be quick, and raise TokenStoreError where they fail.
    """

    def get(self, key: TokenKey) -> Credentials | None:
        """Return the credentials under `key`, or None."""

    def save(self, key: TokenKey, credentials: Credentials) -> None:
        """Store `credentials` under `key`, replacing any others."""

    def delete(self, credentials_id: str) -> int:
        """Forget all credentials with this id, whatever their URL; how many there were."""

    def items(self) -> Iterator[tuple[TokenKey, Credentials]]:
        """Yield all that is kept."""

    def exclusive(self, key: TokenKey) -> AbstractAsyncContextManager[Any]:
        """Hold this while getting a token for `key`, so that no other process that shares the store does too.

        A store that no other process shares returns `contextlib.nullcontext()`.
        """


class MemoryTokenStore:
    """Keeps tokens for as long as it lives itself."""

    def __init__(self) -> None:
        self._tokens: dict[TokenKey, Credentials] = {}

    def __repr__(self) -> str:
        return f"<MemoryTokenStore of {len(self._tokens)} tokens>"

    def get(self, key: TokenKey) -> Credentials | None:
        """Return the credentials under `key`, or None."""
        return self._tokens.get(key)

    def save(self, key: TokenKey, credentials: Credentials) -> None:
        """Store `credentials` under `key`, replacing any others."""
        self._tokens[key] = credentials

    def delete(self, credentials_id: str) -> int:
        """Forget all credentials with this id; how many there were."""
        removed_keys = [key for key in self._tokens if key.credentials_id == credentials_id]
        for key in removed_keys:
            del self._tokens[key]
        return len(removed_keys)

    def discard(self, key: TokenKey) -> None:
        """Forget the credentials under `key`, if there are any."""
        self._tokens.pop(key, None)

    def items(self) -> Iterator[tuple[TokenKey, Credentials]]:
        """Yield all that is kept."""
        yield from list(self._tokens.items())

    def exclusive(self, key: TokenKey) -> AbstractAsyncContextManager[Any]:
        """Nothing to hold: no other process sees this store."""
        return nullcontext()
