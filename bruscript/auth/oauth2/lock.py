"""A lock between processes, in a file that is there only while somebody holds it or waits for it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be deleted
    fcntl = None  # type: ignore[assignment]


class LockFile:
    """An exclusive lock on `path`; its directory must exist. It is not reentrant."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: int | None = None
        self._other: Any = None

    def acquire(self) -> bool:
        """Take the lock if nobody holds it, without waiting. Raises OSError."""
        if fcntl is None:
            return self._acquire_other()
        while True:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                return False
            except BaseException:
                os.close(handle)
                raise
            if self._is_at_path(handle):
                self._handle = handle
                return True
            # Whoever held it removed it after it was opened here.
            os.close(handle)

    def release(self) -> None:
        """Give the lock back, and remove its file."""
        if self._other is not None:
            self._other.release()
            self._other = None
        elif self._handle is not None:
            with suppress(OSError):
                self.path.unlink()
            os.close(self._handle)
            self._handle = None

    def _is_at_path(self, handle: int) -> bool:
        try:
            return os.path.samestat(os.fstat(handle), self.path.stat())
        except FileNotFoundError:
            return False

    def _acquire_other(self) -> bool:
        from filelock import FileLock, Timeout

        lock = FileLock(self.path)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return False
        self._other = lock
        return True


def remove_stale(directory: Path, pattern: str) -> None:
    """Remove the lock files that processes left behind which did not come to their end."""
    for path in directory.glob(pattern):
        lock = LockFile(path)
        with suppress(OSError):
            if lock.acquire():
                lock.release()
