"""The token store in a file, shared safely between processes."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from stat import S_ISREG
from typing import Any

from bruscript.auth.oauth2.credentials import Credentials
from bruscript.auth.oauth2.errors import TokenStoreError
from bruscript.auth.oauth2.store import TokenKey
from bruscript.files import LockFile, replace_text, sweep

_FORMAT = "bruscript token store"
_VERSION = 1
_WRITE_WAIT_S = 10.0
_POLL_S = 0.05
_WRITE_POLL_S = 0.005


class FileTokenStore:
    """Keeps tokens in a JSON file that only its owner can read.

    The file is replaced as a whole, so a reader sees the old or the new one. A lock beside it keeps two
    writers from losing each other's tokens, and one per key is held while a token is fetched; both are
    removed afterwards. `wait` is how long, in seconds, another process may hold such a lock. Raises
    TokenStoreError at once if the file exists but is not a token store: it is never replaced.
    """

    def __init__(self, path: Path, *, wait: float = 600.0) -> None:
        self.path = path.expanduser().resolve()
        self._wait = wait
        self._seen: tuple[int, int, int] | None = None
        self._tokens: dict[TokenKey, Credentials] = {}
        self._read()

    def __repr__(self) -> str:
        return f"<FileTokenStore {str(self.path)!r}>"

    def get(self, key: TokenKey) -> Credentials | None:
        """Return the credentials under `key`, or None."""
        return self._read().get(key)

    def save(self, key: TokenKey, credentials: Credentials) -> None:
        """Store `credentials` under `key`, replacing any others."""

        def keep(tokens: dict[TokenKey, Credentials]) -> None:
            # From before there were fingerprints: its owner is unknown.
            tokens.pop(TokenKey(key.credentials_id, key.url), None)
            tokens[key] = credentials

        self._change(keep)

    def delete(self, credentials_id: str) -> int:
        """Forget all credentials with this id; how many there were."""
        if not any(key.credentials_id == credentials_id for key in self._read()):
            return 0
        removed_keys: list[TokenKey] = []

        def forget(tokens: dict[TokenKey, Credentials]) -> None:
            removed_keys.extend(key for key in tokens if key.credentials_id == credentials_id)
            for key in removed_keys:
                del tokens[key]

        self._change(forget)
        return len(removed_keys)

    def discard(self, key: TokenKey) -> None:
        """Forget the credentials under `key`, if there are any."""
        if key in self._read():
            self._change(lambda tokens: tokens.pop(key, None))

    def items(self) -> Iterator[tuple[TokenKey, Credentials]]:
        """Yield all that is kept."""
        yield from list(self._read().items())

    def exclusive(self, key: TokenKey) -> AbstractAsyncContextManager[Any]:
        """Held by one process at a time for each key, while it gets a token."""
        return self._exclusive(key)

    @asynccontextmanager
    async def _exclusive(self, key: TokenKey) -> AsyncIterator[None]:
        digest = hashlib.sha256("\0".join(key).encode("utf-8", "surrogatepass")).hexdigest()[:12]
        lock = self._lock(digest)
        deadline = asyncio.get_running_loop().time() + self._wait
        while not self._acquire(lock):
            if asyncio.get_running_loop().time() > deadline:
                raise TokenStoreError(
                    f"{self.path}: another process has been getting a token for {key.credentials_id!r} "
                    f"for more than {self._wait:g} s."
                )
            await asyncio.sleep(_POLL_S)
        try:
            yield
        finally:
            lock.release()

    def _acquire(self, lock: LockFile) -> bool:
        try:
            return lock.acquire()
        except OSError as error:
            raise self._failed("locked", error) from None

    def _change(self, change: Callable[[dict[TokenKey, Credentials]], object]) -> None:
        lock = self._lock("lock")
        deadline = time.monotonic() + _WRITE_WAIT_S
        while not self._acquire(lock):
            if time.monotonic() > deadline:
                raise TokenStoreError(
                    f"{self.path} has been locked by another process for {_WRITE_WAIT_S:g} s."
                )
            time.sleep(_WRITE_POLL_S)
        try:
            tokens = dict(self._read())
            change(tokens)
            self._write(tokens)
            sweep(self.path.parent)
        except OSError as error:
            raise self._failed("written", error) from None
        finally:
            lock.release()

    def _lock(self, purpose: str) -> LockFile:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._failed("written", error) from None
        return LockFile(self.path, purpose)

    def _read(self) -> dict[TokenKey, Credentials]:
        try:
            stat = self.path.stat()
            if not S_ISREG(stat.st_mode):
                # A device such as /dev/null would be replaced by a file.
                raise OSError(errno.EINVAL, "it is not a regular file")
            version = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if version == self._seen:
                return self._tokens
            content = self.path.read_bytes()
        except FileNotFoundError:
            self._seen, self._tokens = None, {}
            return self._tokens
        except OSError as error:
            raise self._failed("read", error) from None
        tokens = self._parse(content)
        # Only now is it known to be ours: a mistaken name must not cost others their file or directory.
        if content and os.name == "posix" and stat.st_mode & 0o077:
            with suppress(OSError):
                self.path.chmod(0o600)
        self._seen, self._tokens = version, tokens
        return tokens

    def _parse(self, content: bytes) -> dict[TokenKey, Credentials]:
        if not content:
            return {}
        try:
            data = json.loads(content)
            if data["format"] != _FORMAT:
                raise ValueError("another format")
            version = data["version"]
            tokens = {_key(entry): dict(entry["credentials"]) for entry in data["tokens"]}
        except (ValueError, TypeError, KeyError, RecursionError):
            raise TokenStoreError(
                f"{self.path} is not a token store of bruscript, or is damaged; it was left as it is.",
                hint="Name another file, or remove this one if nothing in it is needed.",
            ) from None
        if version != _VERSION:
            raise TokenStoreError(
                f"{self.path} is a token store of version {version}; this bruscript knows {_VERSION}."
            )
        return tokens

    def _write(self, tokens: dict[TokenKey, Credentials]) -> None:
        entries = [
            {
                "credentialsId": key.credentials_id,
                "url": key.url,
                "grantType": key.grant_type,
                "clientId": key.client_id,
                "user": key.user,
                "scope": key.scope,
                "fingerprint": key.fingerprint,
                "credentials": credentials,
            }
            for key, credentials in tokens.items()
        ]
        data = {"format": _FORMAT, "version": _VERSION, "tokens": entries}
        # Its owner alone may read it, before anything is in it.
        replace_text(self.path, json.dumps(data, indent=1), sync=True, mode=0o600)
        self._seen = None

    def _failed(self, what: str, error: OSError) -> TokenStoreError:
        return TokenStoreError(f"The token store {self.path} cannot be {what}: {error.strerror or error}.")


def _key(entry: dict[str, Any]) -> TokenKey:
    """Return the key of an entry; those of earlier releases do not say whose token it is."""
    names = ("grantType", "clientId", "user", "scope", "fingerprint")
    return TokenKey(
        str(entry["credentialsId"]), str(entry["url"]), *(str(entry.get(name, "")) for name in names)
    )
