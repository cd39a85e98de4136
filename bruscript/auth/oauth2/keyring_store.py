"""The token store in the system's keychain, by the library `keyring`."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from bruscript.auth.oauth2.credentials import Credentials
from bruscript.auth.oauth2.errors import TokenStoreError
from bruscript.auth.oauth2.store import TokenKey
from bruscript.files import LockFile
from bruscript.option_names import option

_INDEX = "index"
_POLL_S = 0.05
_WRITE_WAIT_S = 10.0


class KeyringTokenStore:
    """Keeps each token as a separate entry under the service `bruscript:NAME`, and a list of them.

    `wait` is how long, in seconds, another process may be getting the same token. Raises TokenStoreError
    if the library or the keychain is missing.
    """

    def __init__(self, name: str, *, wait: float = 600.0) -> None:
        self.name = name
        self._service = f"bruscript:{name}"
        self._wait = wait
        try:
            import keyring
            import keyring.errors
        except ImportError:
            raise TokenStoreError(
                "keyring:NAME needs the library keyring.", hint="pip install 'bruscript[keyring]'"
            ) from None
        self._keyring: Any = keyring
        self._index()

    def __repr__(self) -> str:
        return f"<KeyringTokenStore {self.name!r}>"

    def get(self, key: TokenKey) -> Credentials | None:
        """Return the credentials under `key`, or None."""
        text = self._read(_digest(key))
        return None if text is None else self._parsed(text, dict)

    def save(self, key: TokenKey, credentials: Credentials) -> None:
        """Store `credentials` under `key`, replacing any others."""
        with self._writing():
            self._write(_digest(key), json.dumps(credentials))
            index = self._index()
            if key not in index:
                self._write(_INDEX, json.dumps([*index, key]))

    def delete(self, credentials_id: str) -> int:
        """Forget all credentials with this id; how many there were."""
        return self._remove([key for key in self._index() if key.credentials_id == credentials_id])

    def discard(self, key: TokenKey) -> None:
        """Forget the credentials under `key`, if there are any."""
        self._remove([key])

    def items(self) -> Iterator[tuple[TokenKey, Credentials]]:
        """Yield all that is kept."""
        for key in self._index():
            credentials = self.get(key)
            if credentials is not None:
                yield key, credentials

    def exclusive(self, key: TokenKey) -> AbstractAsyncContextManager[Any]:
        """Held by one process at a time for each key, while it gets a token."""
        return self._exclusive(key)

    @asynccontextmanager
    async def _exclusive(self, key: TokenKey) -> AsyncIterator[None]:
        lock = self._lock(_digest(key))
        deadline = time.monotonic() + self._wait
        while not lock.acquire():
            if time.monotonic() > deadline:
                raise TokenStoreError(
                    f"Another process has been getting a token for {key.credentials_id!r} for more than "
                    f"{self._wait:g} s."
                )
            await asyncio.sleep(_POLL_S)
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        lock = self._lock(_INDEX)
        deadline = time.monotonic() + _WRITE_WAIT_S
        while not lock.acquire():
            if time.monotonic() > deadline:
                raise TokenStoreError(f"{self!r} has been locked by another process for {_WRITE_WAIT_S:g} s.")
            time.sleep(_POLL_S / 10)
        try:
            yield
        finally:
            lock.release()

    def _lock(self, name: str) -> LockFile:
        user = getattr(os, "getuid", lambda: "user")()
        directory = Path(tempfile.gettempdir(), f"bruscript-{user}")
        directory.mkdir(mode=0o700, exist_ok=True)
        store = re.sub(r"[^A-Za-z0-9_-]", "_", self.name)[:40]
        return LockFile(directory / f"keyring-{store}", name)

    def _remove(self, keys: list[TokenKey]) -> int:
        if not keys:
            return 0
        with self._writing():
            index = self._index()
            removed_keys = [key for key in keys if key in index]
            for key in removed_keys:
                self._call("delete_password", _digest(key))
            self._write(_INDEX, json.dumps([key for key in index if key not in removed_keys]))
        return len(removed_keys)

    def _index(self) -> list[TokenKey]:
        text = self._read(_INDEX)
        try:
            return [] if text is None else [TokenKey(*map(str, entry)) for entry in self._parsed(text, list)]
        except TypeError:
            raise self._damaged() from None

    def _parsed(self, text: str, kind: type[Any]) -> Any:
        try:
            value = json.loads(text)
        except ValueError:
            raise self._damaged() from None
        if not isinstance(value, kind):
            raise self._damaged()
        return value

    def _damaged(self) -> TokenStoreError:
        return TokenStoreError(
            f"The entries of the service {self._service!r} in the keychain are not a token store, or are "
            "damaged; they were left as they are."
        )

    def _read(self, name: str) -> str | None:
        text = self._call("get_password", name)
        return text if isinstance(text, str) else None

    def _write(self, name: str, text: str) -> None:
        self._call("set_password", name, text)

    def _call(self, method: str, *arguments: str) -> Any:
        try:
            return getattr(self._keyring, method)(self._service, *arguments)
        except self._keyring.errors.KeyringError as error:
            raise TokenStoreError(
                f"The system's keychain cannot be used: {type(error).__name__}: {error}",
                hint=f"{option('--token-store', 'FILE')} keeps tokens in a file.",
            ) from None


def _digest(key: TokenKey) -> str:
    return hashlib.sha256("\0".join(key).encode("utf-8", "surrogatepass")).hexdigest()[:32]
