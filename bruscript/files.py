"""Files that are replaced in one step, by one process at a time; leftovers of killed processes.

A temporary file is locked by its writer as long as it exists, and the system drops the lock with the process:
one whose lock is free belongs to a killed process.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_SUFFIX = ".bruscript-tmp"
_POLL_S = 0.01
_MOST_PIPED = 64 << 20
_MOST_AT_ONCE = 1 << 20
_MOST_OF_NAME = 50
"""Characters: a file system allows 255 bytes, and the suffix needs some of them."""
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_UNSUPPORTED = frozenset({errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL})


class Replacement:
    """A new text for the file at `path`, written beside it as UTF-8 and moved there by `commit`.

    Nobody ever sees half of it. A link stays a link, and the file keeps its permissions and, where that is
    possible, its owner; a new file gets those of any other. `mode` sets other permissions. Line ends are
    written as they are. Without `commit`, `close` leaves nothing behind. Raises OSError.
    """

    def __init__(self, path: Path, mode: int | None = None) -> None:
        self._target = Path(os.path.realpath(path))
        self._mode = mode
        self._temporary: str | None
        handle, self._temporary = _new_file(self._target)
        self.stream: IO[str] = os.fdopen(handle, "w", encoding="utf-8", newline="")

    def commit(self, *, sync: bool = False) -> None:
        """Put the text in its place; with `sync` it is on the disk before it gets there. Raises OSError."""
        assert self._temporary is not None
        handle = self.stream.fileno()
        self.stream.flush()
        if sync:
            os.fsync(handle)
        self._take_after(self._target)
        if sys.platform == "win32":
            # An open file cannot be moved there. Elsewhere it stays locked until it is in its place.
            self.stream.close()
        os.replace(self._temporary, self._target)
        self._temporary = None
        self.stream.close()

    def close(self) -> None:
        """Close the file; without a commit it is removed."""
        # Closing writes the rest, to a disk that may be full.
        with suppress(OSError):
            self.stream.close()
        if self._temporary is not None:
            with suppress(OSError):
                os.unlink(self._temporary)
            self._temporary = None

    def _take_after(self, target: Path) -> None:
        assert self._temporary is not None
        mode = new_file_mode() if self._mode is None else self._mode
        with suppress(FileNotFoundError):
            target_stat = target.stat()
            mode = stat.S_IMODE(target_stat.st_mode) if self._mode is None else self._mode
            if sys.platform != "win32" and (target_stat.st_uid, target_stat.st_gid) != (
                os.geteuid(),
                os.getegid(),
            ):
                with suppress(OSError):
                    os.chown(self._temporary, target_stat.st_uid, target_stat.st_gid)
        os.chmod(self._temporary, mode)


def read_file(path: str | os.PathLike[str], *, piped: bool = False) -> bytes:
    """Return the content of a regular file; with `piped` that of a pipe or a device too, up to 64 MiB.

    Raises OSError, for whatever else is there as well: a device may never end, and a pipe may never begin.
    """
    wait = 0 if piped else getattr(os, "O_NONBLOCK", 0)
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | wait)
    content = b""
    try:
        status = os.fstat(handle)
        mode = status.st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not piped and not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(path))
        if stat.S_ISREG(mode) and 0 < status.st_size < _MOST_AT_ONCE:
            # Half the system calls that a file object makes: collections have thousands of small files.
            content = os.read(handle, status.st_size + 1)
    except BaseException:
        os.close(handle)
        raise
    if content and len(content) == status.st_size:
        os.close(handle)
        return content
    with os.fdopen(handle, "rb") as file:
        if stat.S_ISREG(mode):
            return content + file.read()
        content = file.read(_MOST_PIPED + 1)
    if len(content) > _MOST_PIPED:
        raise OSError(errno.EFBIG, "it does not end after 64 MiB", str(path))
    return content


def replace_text(path: Path, text: str, *, sync: bool = False, mode: int | None = None) -> None:
    """Replace the file at `path`, or the file it links to, in one step; see Replacement. Raises OSError."""
    with suppress(FileNotFoundError):
        if not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
            raise PermissionError(errno.EACCES, "the file is read-only", str(path))
    # Before there is a file: encoding errors are raised here.
    text.encode()
    replacement = Replacement(path, mode)
    try:
        replacement.stream.write(text)
        replacement.commit(sync=sync)
    finally:
        replacement.close()


@contextmanager
def scratch_file(content: bytes) -> Iterator[str]:
    """Yield the name of a file with this content, which the user alone can read; it is gone afterwards."""
    import tempfile

    directory = Path(tempfile.gettempdir())
    sweep(directory)
    handle, name = _new_file(directory / "bruscript")
    with os.fdopen(handle, "wb") as file:
        try:
            file.write(content)
            file.flush()
            yield name
        finally:
            # Where an open file cannot be removed, the next run does it.
            with suppress(OSError):
                os.unlink(name)


class LockFile:
    """An exclusive lock on the file at `path`: a file beside it, which exists only while it is used.

    `purpose` distinguishes several locks of one file. Not reentrant. The package filelock leaves its file
    behind, which a collection under version control must not find.
    """

    def __init__(self, path: Path, purpose: str = "lock") -> None:
        target = Path(os.path.realpath(path))
        self._name = str(target.with_name(f".{target.name[:_MOST_OF_NAME]}.{purpose}{_SUFFIX}"))
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Take the lock if nobody holds it, without waiting; return whether it was taken. Raises OSError."""
        while True:
            handle = os.open(self._name, os.O_RDWR | os.O_CREAT | _NO_FOLLOW, 0o666)
            try:
                if _try_lock(handle) is False:
                    os.close(handle)
                    return False
            except BaseException:
                os.close(handle)
                raise
            if _is_at(handle, self._name):
                self._handle = handle
                return True
            # Its last holder removed it after it was opened here.
            os.close(handle)

    def release(self) -> None:
        """Release the lock, and remove its file."""
        if self._handle is None:
            return
        # While it is held: another opener finds out that it is gone, and makes a new one.
        with suppress(OSError):
            os.unlink(self._name)
        os.close(self._handle)
        self._handle = None
        if sys.platform == "win32":
            # Windows cannot remove an open file, so neither one that another process waits for.
            with suppress(OSError):
                os.unlink(self._name)


@contextmanager
def locked(path: Path, wait: float = 10.0) -> Iterator[None]:
    """Hold the lock of the file at `path`: one process at a time reads, changes and replaces it.

    Raises TimeoutError where others hold it for `wait` seconds, and OSError where it cannot be made.
    """
    lock = LockFile(path)
    deadline = time.monotonic() + wait
    while not lock.acquire():
        if time.monotonic() > deadline:
            raise TimeoutError(errno.ETIMEDOUT, "another process holds its lock", str(path))
        time.sleep(_POLL_S)
    try:
        yield
    finally:
        lock.release()


def sweep(*directories: Path) -> None:
    """Remove the temporary files that killed processes left in `directories`; never raises."""
    for directory in frozenset(directories):
        try:
            with os.scandir(directory) as entries:
                leftovers = [e.path for e in entries if e.name.startswith(".") and e.name.endswith(_SUFFIX)]
        except OSError:
            continue
        for path in leftovers:
            with suppress(OSError):
                _remove_if_left(path)


def sync_directories(*directories: Path) -> None:
    """Have the disk know of the files that were replaced in `directories`; never raises."""
    for directory in frozenset(directories):
        # Not every system lets a directory be opened; there the file system sees to it.
        with suppress(OSError):
            handle = os.open(directory, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def new_file_mode() -> int:
    """Return the permissions of a file that the user makes."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _new_file(target: Path) -> tuple[int, str]:
    """Make a temporary file beside `target`, locked: its descriptor and name."""
    # Imported here: it takes 4 ms, and many runs write no file.
    import tempfile

    while True:
        handle, name = tempfile.mkstemp(
            prefix=f".{target.name[:_MOST_OF_NAME]}.", suffix=_SUFFIX, dir=target.parent
        )
        try:
            # Another process may have taken it for a leftover, before it was locked.
            _try_lock(handle)
            if _is_at(handle, name):
                return handle, name
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _remove_if_left(path: str) -> None:
    handle = os.open(path, os.O_RDWR | _NO_FOLLOW)
    try:
        if _try_lock(handle):
            os.unlink(path)
    finally:
        os.close(handle)


def _is_at(handle: int, name: str) -> bool:
    """Return whether the open file is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(name, follow_symlinks=False))
    except FileNotFoundError:
        return False


def _try_lock(handle: int) -> bool | None:
    """Lock the file if nobody else has, and return whether it is; None if the system has no locks."""
    try:
        if sys.platform == "win32":
            import msvcrt

            # Beyond its content: other readers of the file would be refused the locked part.
            position = os.lseek(handle, 0, os.SEEK_CUR)
            os.lseek(handle, 1 << 30, os.SEEK_SET)
            try:
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            finally:
                os.lseek(handle, position, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _UNSUPPORTED:
            return None
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        raise
    return True


def readable_path(path: str | os.PathLike[str]) -> str:
    """Return a path for a message: relative if it is below the current directory, else absolute."""
    absolute, here = os.path.abspath(path), os.path.join(os.getcwd(), "")
    return os.path.relpath(absolute) if absolute.startswith(here) else absolute
