"""Files for scripts: every path is resolved, checked against the policy, and opened so that it cannot change.

A path is first resolved to one without symbolic links, then checked, then opened component by component from
the allowed root without following links: what was checked is what is opened, even if a link is put in its
place meanwhile.
"""

from __future__ import annotations

import errno
import os
import stat as stat_module
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bruscript.beneath import DIRECTORY, NO_FOLLOW, open_beneath
from bruscript.sandbox.services.encoding import decode, encode
from bruscript.sandbox.services.errors import ServiceError
from bruscript.sandbox.services.permissions import Access, Policy, is_within

MAX_FILE = 64 << 20
"""The largest file that scripts read or write, in bytes."""

MAX_ENTRIES = 100_000
"""Maximum entries of a recursive listing."""

_FLAGS = {
    "r": os.O_RDONLY,
    "r+": os.O_RDWR,
    "w": os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
    "w+": os.O_RDWR | os.O_CREAT | os.O_TRUNC,
    "wx": os.O_WRONLY | os.O_CREAT | os.O_EXCL,
    "a": os.O_WRONLY | os.O_CREAT | os.O_APPEND,
    "a+": os.O_RDWR | os.O_CREAT | os.O_APPEND,
    "ax": os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_EXCL,
}

_NODES_WORDS = {
    "EEXIST": "file already exists",
    "EISDIR": "illegal operation on a directory",
    "ELOOP": "too many symbolic links encountered",
    "EXDEV": "cross-device link not permitted",
}
"""Where Node's text for an error is not the system's."""


class Files:
    """The file system as scripts of one collection see it. Methods raise ServiceError in Node's words."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._written: set[str] = set()

    def has_written(self, path: str | os.PathLike[str]) -> bool:
        """Return whether scripts have written the file, or moved or removed something there."""
        if not self._written:
            return False
        real = os.path.realpath(path)
        return any(is_within(real, written) for written in self._written)

    def read(self, path: str) -> str:
        """Return a file's bytes."""
        return encode(self.read_bytes(path))

    def read_bytes(self, path: str) -> bytes:
        """Return a file's bytes, for our own use."""
        with self._errors("open", path), self._opened("read", path, os.O_RDONLY) as file:
            return read_all(file)

    def write(self, path: str, data: str, flag: str, mode: int) -> None:
        """Write a file: `flag` is Node's (w, wx, a, ax, r+), `mode` the permission bits of a new one."""
        flags = _FLAGS.get(flag)
        if flags is None or flags == os.O_RDONLY:
            raise ServiceError(f"ERR_INVALID_ARG_VALUE: the flag '{flag}' does not write")
        content = decode(data)
        with self._errors("open", path), self._opened("write", path, flags, mode & 0o777) as file:
            if not stat_module.S_ISREG(os.fstat(file).st_mode):
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
            view = memoryview(content)
            while view:
                view = view[os.write(file, view) :]

    def stat(self, path: str, follow: bool) -> dict[str, Any]:
        """Return what is known of a file; of a link itself unless `follow`."""
        call = "stat" if follow else "lstat"
        with self._errors(call, path):
            if follow:
                with self._opened("read", path, getattr(os, "O_PATH", os.O_RDONLY)) as file:
                    return _description(os.fstat(file))
            with self._parent("read", path) as (parent, name):
                return _description(os.stat(name, dir_fd=parent, follow_symlinks=False))

    def entries(self, path: str, recursive: bool) -> list[list[str]]:
        """Return a directory's entries, as [path relative to it, kind]: file, directory, link or other."""
        result: list[list[str]] = []
        with (
            self._errors("scandir", path),
            self._opened("read", path, os.O_RDONLY | DIRECTORY) as directory,
        ):
            self._list(directory, self._real(path), "", recursive, result)
        return result

    def make_directory(self, path: str, recursive: bool, mode: int) -> str | None:
        """Make a directory, with `recursive` its parents too; return the first one made, or None."""
        with self._errors("mkdir", path):
            if not recursive:
                with self._parent("write", path) as (parent, name):
                    os.mkdir(name, mode & 0o777, dir_fd=parent)
                return self._absolute(path)
            missing: list[str] = []
            current = self._absolute(path)
            while not os.path.lexists(current):
                missing.append(current)
                current = os.path.dirname(current)
            for directory in reversed(missing):
                with self._parent("write", directory) as (parent, name):
                    try:
                        os.mkdir(name, mode & 0o777, dir_fd=parent)
                    except FileExistsError:
                        continue
            if not missing and not self._is_directory(path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            return missing[-1] if missing else None

    def remove(self, path: str, kind: str) -> None:
        """Remove: `kind` is file, directory (an empty one) or tree."""
        with self._errors({"file": "unlink", "directory": "rmdir", "tree": "rm"}[kind], path):
            if self._absolute(path) in self.policy.roots:
                raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
            if kind == "tree":
                self.policy.check_tree("write", self._place(path), path)
            with self._parent("write", path) as (parent, name):
                if kind == "directory":
                    os.rmdir(name, dir_fd=parent)
                elif kind == "file":
                    os.unlink(name, dir_fd=parent)
                else:
                    self._remove_tree(name, parent)

    def rename(self, path: str, target: str) -> None:
        """Move a file or directory. What may not be read may not be moved to where it could be."""
        source, goal = self._place(path), self._place(target)
        for access in ("read", "write"):
            self.policy.check_tree(access, source, path)
            self.policy.check_tree(access, goal, target)
        with (
            self._errors("rename", path),
            self._parent("write", path) as (parent, name),
            self._parent("write", target) as (other, new),
        ):
            if self.policy.may("read", goal):
                self.policy.base("read", source, path)
            os.rename(name, new, src_dir_fd=parent, dst_dir_fd=other)

    def access(self, path: str, mode: int) -> None:
        """Raise ServiceError unless the file is there and may be used as `mode` (R_OK, W_OK) asks."""
        with self._errors("access", path):
            real = self._real(path)
            self.policy.base("read", real, path)
            if mode & os.W_OK:
                self.policy.base("write", real, path)
            if not os.path.exists(real):
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            if not os.access(real, mode):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def real_path(self, path: str) -> str:
        """Return the path without symbolic links, if it may be read."""
        with self._errors("realpath", path):
            real = self._real(path)
            self.policy.base("read", real, path)
            os.stat(real)
            return real

    def truncate(self, path: str, size: int) -> None:
        """Cut a file, or lengthen it with zeros, to `size` bytes."""
        if not 0 <= size <= MAX_FILE:
            raise ServiceError(f"EFBIG: scripts write files of up to {MAX_FILE} bytes")
        with self._errors("open", path), self._opened("write", path, os.O_WRONLY) as file:
            os.ftruncate(file, size)

    def touch(self, path: str, accessed: float, modified: float) -> None:
        """Set a file's times, in seconds since 1970."""
        with self._errors("utime", path), self._opened("write", path, os.O_RDONLY) as file:
            os.utime(file, (accessed, modified))

    def _absolute(self, path: str) -> str:
        if "\0" in path:
            raise ServiceError("ERR_INVALID_ARG_VALUE: the path must be without null bytes")
        return os.path.normpath(os.path.join(self.policy.roots[0], path))

    def _real(self, path: str) -> str:
        """Resolve all links; a last part that does not exist yet is kept."""
        if "\0" in path:
            raise ServiceError("ERR_INVALID_ARG_VALUE: the path must be without null bytes")
        # Not normalised first: `link/..` is the parent of where the link leads.
        return os.path.realpath(os.path.join(self.policy.roots[0], path))

    def _place(self, path: str) -> str:
        """Resolve all links but a last part that is one."""
        directory, name = os.path.split(self._absolute(path))
        return os.path.join(self._real(directory), name)

    def _is_directory(self, path: str) -> bool:
        with self._opened("read", path, os.O_RDONLY) as file:
            return stat_module.S_ISDIR(os.fstat(file).st_mode)

    @contextmanager
    def _opened(self, access: Access, path: str, flags: int, mode: int = 0o666) -> Iterator[int]:
        real = self._real(path)
        base = self.policy.base(access, real, path)
        if flags & os.O_RDWR == os.O_RDWR and access == "write":
            self.policy.base("read", real, path)
        file = open_beneath(base, real, flags, mode)
        if access == "write":
            self._written.add(real)
        try:
            yield file
        finally:
            os.close(file)

    @contextmanager
    def _parent(self, access: Access, path: str) -> Iterator[tuple[int, str]]:
        """Yield the open directory that holds the path's last part, which is not followed if it is a link."""
        absolute = self._absolute(path)
        directory, name = os.path.split(absolute)
        real = self._real(directory)
        base = self.policy.base(access, os.path.join(real, name), path)
        # A root's own parent is outside; only its content can be made or removed.
        if base == os.path.join(real, name):
            base = real
        parent = open_beneath(base, real, os.O_RDONLY | DIRECTORY, 0)
        if access == "write":
            self._written.add(os.path.join(real, name))
        try:
            yield parent, name
        finally:
            os.close(parent)

    def _list(
        self, directory: int, real: str, prefix: str, recursive: bool, entries: list[list[str]]
    ) -> None:
        for name in sorted(os.listdir(directory)):
            mode = os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode
            entries.append([prefix + name, _kind(mode)])
            if len(entries) > MAX_ENTRIES:
                raise ServiceError(f"EMFILE: the directory has more than {MAX_ENTRIES} entries")
            path = os.path.join(real, name)
            if recursive and stat_module.S_ISDIR(mode) and self.policy.may("read", path):
                inner = os.open(name, os.O_RDONLY | DIRECTORY | NO_FOLLOW, dir_fd=directory)
                try:
                    self._list(inner, path, f"{prefix}{name}/", recursive, entries)
                finally:
                    os.close(inner)

    def _remove_tree(self, name: str, parent: int) -> None:
        mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
        if not stat_module.S_ISDIR(mode):
            os.unlink(name, dir_fd=parent)
            return
        directory = os.open(name, os.O_RDONLY | DIRECTORY | NO_FOLLOW, dir_fd=parent)
        try:
            for entry in os.listdir(directory):
                self._remove_tree(entry, directory)
        finally:
            os.close(directory)
        os.rmdir(name, dir_fd=parent)

    @contextmanager
    def _errors(self, call: str, path: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            code = errno.errorcode.get(error.errno or 0, "EIO")
            text = _NODES_WORDS.get(code) or (error.strerror or "input or output error").lower()
            raise ServiceError(f"{code}: {text}, {call} '{path}'") from error
        except ValueError as error:
            raise ServiceError(f"ERR_INVALID_ARG_VALUE: {error}, {call}") from error


def read_all(file: int) -> bytes:
    """Return an open regular file's content.

    Raises OSError for anything else, ServiceError for a huge one.
    """
    stat = os.fstat(file)
    if stat_module.S_ISDIR(stat.st_mode):
        raise IsADirectoryError(errno.EISDIR, "illegal operation on a directory")
    if not stat_module.S_ISREG(stat.st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
    if stat.st_size > MAX_FILE:
        raise ServiceError(f"ERR_FS_FILE_TOO_LARGE: scripts read files of up to {MAX_FILE} bytes")
    chunks = bytearray()
    while chunk := os.read(file, 1 << 20):
        chunks += chunk
        if len(chunks) > MAX_FILE:
            raise ServiceError(f"ERR_FS_FILE_TOO_LARGE: scripts read files of up to {MAX_FILE} bytes")
    return bytes(chunks)


def _kind(mode: int) -> str:
    if stat_module.S_ISREG(mode):
        return "file"
    if stat_module.S_ISDIR(mode):
        return "directory"
    return "link" if stat_module.S_ISLNK(mode) else "other"


def _description(stat: os.stat_result) -> dict[str, Any]:
    return {
        "kind": _kind(stat.st_mode),
        "size": stat.st_size,
        "mode": stat.st_mode,
        "nlink": stat.st_nlink,
        "ino": stat.st_ino,
        "dev": stat.st_dev,
        "uid": stat.st_uid,
        "gid": stat.st_gid,
        "atimeMs": stat.st_atime_ns / 1e6,
        "mtimeMs": stat.st_mtime_ns / 1e6,
        "ctimeMs": stat.st_ctime_ns / 1e6,
    }
