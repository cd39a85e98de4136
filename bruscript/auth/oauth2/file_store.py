"""The token store in a file, shared safely between processes."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from stat import S_ISREG
from typing import Any

from bruscript.auth.oauth2.credentials import Credentials
from bruscript.auth.oauth2.errors import TokenStoreError
from bruscript.auth.oauth2.store import TokenKey

_FORMAT = "bruscript token store"
_VERSION = 1
_POLL_S = 0.05


class FileTokenStore:
    """Keeps tokens in a JSON file that its owner alone can read.

    The file is replaced as a whole, so that a reader sees the old or the new one; a lock beside it
    (`FILE.lock`) keeps two writers from losing each other's tokens, and one a key (`FILE.<digest>.lock`) is
    held while a token is got. `wait` is how long, in seconds, another process may hold such a lock. Raises
    TokenStoreError at once where the file is there but no token store: it is never replaced.
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
        """The credentials under `key`, or None."""
        return self._read().get(key)

    def save(self, key: TokenKey, credentials: Credentials) -> None:
        """Keep `credentials` under `key` in place of what is there."""
        self._change(lambda tokens: tokens.__setitem__(key, credentials))

    def delete(self, credentials_id: str) -> int:
        """Forget all credentials with this id; how many there were."""
        if not any(key.credentials_id == credentials_id for key in self._read()):
            return 0
        gone: list[TokenKey] = []

        def forget(tokens: dict[TokenKey, Credentials]) -> None:
            gone.extend(key for key in tokens if key.credentials_id == credentials_id)
            for key in gone:
                del tokens[key]

        self._change(forget)
        return len(gone)

    def items(self) -> Iterator[tuple[TokenKey, Credentials]]:
        """All that is kept."""
        yield from list(self._read().items())

    def exclusive(self, key: TokenKey) -> AbstractAsyncContextManager[Any]:
        """Held by one process at a time for each key, while it gets a token."""
        return self._exclusive(key)

    @asynccontextmanager
    async def _exclusive(self, key: TokenKey) -> AsyncIterator[None]:
        from filelock import FileLock, Timeout

        digest = hashlib.sha256("\0".join(key).encode()).hexdigest()[:12]
        lock = FileLock(self._beside(f".{digest}.lock"), mode=0o600)
        deadline = asyncio.get_running_loop().time() + self._wait
        while True:
            try:
                lock.acquire(blocking=False)
                break
            except Timeout:
                if asyncio.get_running_loop().time() > deadline:
                    raise TokenStoreError(
                        f"{self.path}: another process has been getting a token for {key.credentials_id!r} "
                        f"for more than {self._wait:g} s."
                    ) from None
                await asyncio.sleep(_POLL_S)
            except OSError as error:
                raise self._failed("locked", error) from None
        try:
            yield
        finally:
            lock.release()

    def _change(self, change: Callable[[dict[TokenKey, Credentials]], object]) -> None:
        from filelock import FileLock, Timeout

        try:
            with FileLock(self._beside(".lock"), timeout=10, mode=0o600):
                tokens = dict(self._read())
                change(tokens)
                self._write(tokens)
        except Timeout:
            raise TokenStoreError(f"{self.path} has been locked by another process for 10 s.") from None
        except OSError as error:
            raise self._failed("written", error) from None

    def _beside(self, suffix: str) -> str:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return str(self.path.with_name(self.path.name + suffix))

    def _read(self) -> dict[TokenKey, Credentials]:
        try:
            stat = self.path.stat()
            if not S_ISREG(stat.st_mode):
                # A device such as /dev/null would be replaced by a file.
                raise OSError(errno.EINVAL, "it is no regular file")
            seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if seen == self._seen:
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
        self._seen, self._tokens = seen, tokens
        return tokens

    def _parse(self, content: bytes) -> dict[TokenKey, Credentials]:
        if not content:
            return {}
        try:
            data = json.loads(content)
            if data["format"] != _FORMAT:
                raise ValueError("another format")
            version = data["version"]
            tokens = {
                TokenKey(str(entry["credentialsId"]), str(entry["url"])): dict(entry["credentials"])
                for entry in data["tokens"]
            }
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
            {"credentialsId": key.credentials_id, "url": key.url, "credentials": credentials}
            for key, credentials in tokens.items()
        ]
        data = {"format": _FORMAT, "version": _VERSION, "tokens": entries}
        # mkstemp gives the file to its owner alone, before anything is in it.
        handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(data, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
        self._seen = None

    def _failed(self, what: str, error: OSError) -> TokenStoreError:
        return TokenStoreError(f"The token store {self.path} cannot be {what}: {error.strerror or error}.")
