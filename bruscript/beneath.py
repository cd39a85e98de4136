"""Opening files below a directory so that no symbolic link on the way is followed."""

from __future__ import annotations

import errno
import os
import stat

_BENEATH = os.open in os.supports_dir_fd
NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
DIRECTORY: int = getattr(os, "O_DIRECTORY", 0)
# A pipe or a device must not hold up the run; regular files are not affected.
_NO_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


def open_beneath(base: str, real: str, flags: int, mode: int) -> int:
    """Open `real`, `base` or below it, following no link on the way; gives the descriptor. Raises OSError."""
    flags |= NO_FOLLOW | _NO_WAIT
    parts = [] if real == base else os.path.relpath(real, base).split(os.sep)
    if not _BENEATH or not parts:
        return os.open(real, flags, mode)
    directory = os.open(base, os.O_RDONLY | DIRECTORY | NO_FOLLOW)
    try:
        for part in parts[:-1]:
            inner = os.open(part, os.O_RDONLY | DIRECTORY | NO_FOLLOW, dir_fd=directory)
            os.close(directory)
            directory = inner
        return os.open(parts[-1], flags, mode, dir_fd=directory)
    finally:
        os.close(directory)


def open_regular_beneath(base: str | os.PathLike[str], real: str | os.PathLike[str]) -> int:
    """As `open_beneath`, to read a regular file. Raises OSError for anything else."""
    file = open_beneath(os.fspath(base), os.fspath(real), os.O_RDONLY, 0)
    if stat.S_ISREG(os.fstat(file).st_mode):
        return file
    os.close(file)
    raise OSError(errno.EINVAL, "it is not a regular file")
