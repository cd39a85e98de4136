"""Scripts' permissions outside their sandbox: read, write, reach hosts, see environment variables.

The mode sets the bounds. In safe mode scripts read no files (modules of the collection aside), write none and
see no environment; in developer mode they read and write within the collection and its context roots, and see
the environment. The network is open in both, through the client. Each can be narrowed or, for paths, moved by
an `allow_` list; a `deny_` list wins over anything allowed. The element `"*"` means everything.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Literal

from bruscript.files import readable_path
from bruscript.option_names import option
from bruscript.option_values import texts
from bruscript.records import record
from bruscript.sandbox.services.errors import PatternError, PermissionRefused, ServiceError
from bruscript.sandbox.services.hosts import HostRules

_GLOB = re.compile(r"[*?]|\[[^/]*\]|\{[^/]*\}")
_HOME = re.compile(r"/~[^/]*(?=/)|/~\Z")
_NAME = re.compile(r"[\w.()%-]+")

Mode = Literal["safe", "developer"]
Access = Literal["read", "write"]


@record(frozen=True)
class Permissions:
    """The rights of scripts beyond their mode's. None means the mode's default.

    `*_read` and `*_write` take paths (relative ones to the collection), `*_net` hosts (`api.example.org`,
    `*.example.org`, `localhost:8080`, `[::1]`, `10.0.0.0/8`), `*_env` variable names. A text alone is a list
    of one. An empty `allow_` list, or text, allows
    nothing.
    """

    allow_read: Sequence[str | Path] | None = None
    deny_read: Sequence[str | Path] = ()
    allow_write: Sequence[str | Path] | None = None
    deny_write: Sequence[str | Path] = ()
    allow_net: Sequence[str] | None = None
    deny_net: Sequence[str] = ()
    allow_env: Sequence[str] | None = None
    deny_env: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Convert the values. Raises TypeError, naming the right, if one is not a list of texts."""
        for right in fields(self):
            value = getattr(self, right.name)
            if value is not None:
                read = texts(right.name, value)
                if right.name.startswith("allow"):
                    # Of an unset variable, perhaps: it allows nothing.
                    read = tuple(filter(None, read))
                object.__setattr__(self, right.name, read)


class Policy:
    """Permissions applied to one collection: answers whether one thing may be done.

    Takes the permissions, the mode, and the context roots (the collection's directory first). Raises
    PatternError for an element of the permissions that is not valid.
    """

    def __init__(self, permissions: Permissions, mode: Mode, roots: Sequence[str | Path]) -> None:
        self.permissions = permissions
        self.mode = mode
        self.hosts = HostRules(permissions.allow_net, permissions.deny_net)
        self.roots = tuple(os.path.realpath(root) for root in roots)
        _check_names(permissions.allow_env, option("--allow-env"))
        _check_names(permissions.deny_env, option("--deny-env"))
        self._allowed = {
            "read": self._paths(permissions.allow_read, mode, option("--allow-read")),
            "write": self._paths(permissions.allow_write, mode, option("--allow-write")),
        }
        self._granted: tuple[str, ...] = ()
        self._denied = {
            "read": self._resolve(permissions.deny_read, option("--deny-read")),
            "write": self._resolve(permissions.deny_write, option("--deny-write")),
        }

    def grant(self, directory: str) -> None:
        """Let scripts read and write their temporary directory, whatever the options allow."""
        self._granted = (*self._granted, os.path.realpath(directory))

    def base(self, access: Access, real: str, display_path: str) -> str:
        """Return the allowed directory (or file) that holds `real`, an absolute path without symbolic links.

        `display_path` is the path in the script's words. Raises PermissionRefused, naming the option.
        """
        denied = self._is_denied(access, real)
        if not denied:
            for root in (*self._granted, *self._allowed[access]):
                if is_within(real, root):
                    return root
        raise self._refusal(access, display_path, denied=denied)

    def _refusal(self, access: Access, display_path: str, *, denied: bool) -> PermissionRefused:
        why = (
            f"it is denied with {option(f'--deny-{access}')}"
            if denied
            else f"allow it with {option(f'--allow-{access}', 'PATH')}"
        )
        return PermissionRefused(
            f'EACCES: permission denied, {access} "{display_path}": scripts may not {access} there ({why})'
        )

    def check_tree(self, access: Access, real: str, display_path: str) -> None:
        """Raise PermissionRefused if a denied path lies at `real` or below.

        Who moves or removes a directory does so with all that is in it.
        """
        for denied in self._denied[access]:
            path = denied
            while path != os.path.dirname(path):
                if path == real or (_identity(real) or real) == _identity(path):
                    raise PermissionRefused(
                        f'EACCES: permission denied, {access} "{display_path}": scripts may not {access} all '
                        f"that is there (it is denied with {option(f'--deny-{access}')})"
                    )
                path = os.path.dirname(path)

    def may(self, access: Access, real: str) -> bool:
        """Return whether scripts may read, or write, `real`, an absolute path without symbolic links."""
        return not self._is_denied(access, real) and any(
            is_within(real, root) for root in (*self._granted, *self._allowed[access])
        )

    def module_base(self, real: str) -> str | None:
        """Return the context root, or directory allowed for reading, that holds a module's file.

        Else None.
        """
        if self._is_denied("read", real):
            return None
        explicit = self._allowed["read"] if self.permissions.allow_read is not None else ()
        return next((root for root in (*self.roots, *explicit) if is_within(real, root)), None)

    def check_file(self, path: str | Path) -> tuple[str, str]:
        """Return the root and the real path of a file that scripts may have sent, all links resolved.

        It has to be in one of the context roots, in safe mode too, or in what is allowed for reading in their
        place. Raises PermissionRefused, naming the option.
        """
        try:
            real = os.path.realpath(path)
        except ValueError:
            raise ServiceError("ERR_INVALID_ARG_VALUE: the path must be without null bytes") from None
        if self.permissions.allow_read is None and not self._is_denied("read", real):
            for root in self.roots:
                if is_within(real, root):
                    return root, real
        return self.base("read", real, str(path)), real

    def check_named(self, access: Access, path: str) -> None:
        """Raise PermissionRefused for a path that the options refuse, whatever the mode allows."""
        real = os.path.realpath(os.path.join(self.roots[0], path))
        allowed = self.permissions.allow_read if access == "read" else self.permissions.allow_write
        if allowed is None:
            self.check_not_denied(access, real)
        else:
            self.base(access, real, path)

    def check_not_denied(self, access: Access, path: str | Path) -> None:
        """Raise PermissionRefused for a path that is denied by name, whatever else is allowed."""
        if self._is_denied(access, os.path.realpath(path)):
            raise self._refusal(access, str(path), denied=True)

    def check_net(self, url: str) -> None:
        """Raise PermissionRefused unless scripts may send to the host of `url`, by its name."""
        if self.hosts.restricted:
            self.hosts.check_host(*_place(url))

    async def check_url(self, url: str) -> None:
        """As `check_net`, and by the addresses that the host has as far as this machine knows."""
        self.check_net(url)
        if self.hosts.restricted:
            from bruscript.http.dialling import check_beyond
            from bruscript.http.url import parse_url

            await check_beyond(self.hosts, parse_url(url))

    @property
    def has_environment(self) -> bool:
        """Whether Node's `process.env` holds anything: in safe mode only what is allowed by name."""
        return self.mode == "developer" or self.permissions.allow_env is not None

    def sees_env(self, name: str) -> bool:
        """Return whether scripts may read the environment variable by Node's `process.env`."""
        return self.has_environment and self.may_see_env(name)

    def may_see_env(self, name: str) -> bool:
        """Return whether no option hides the environment variable from scripts.

        Without options `bru.getProcessEnv` and templates show every one, in safe mode too.
        """
        allowed = self.permissions.allow_env
        return not _matches_name(name, self.permissions.deny_env) and (
            allowed is None or _matches_name(name, allowed)
        )

    def visible_env(self, variables: Mapping[str, str]) -> Mapping[str, str]:
        """Return those of `variables` that no option hides from scripts: the same mapping if that is all."""
        if self.permissions.allow_env is None and not self.permissions.deny_env:
            return variables
        return {name: value for name, value in variables.items() if self.may_see_env(name)}

    def _paths(self, paths: Sequence[str | Path] | None, mode: Mode, option_name: str) -> tuple[str, ...]:
        if paths is not None:
            return self._resolve(paths, option_name)
        return self.roots if mode == "developer" else ()

    def _resolve(self, paths: Sequence[str | Path], option_name: str) -> tuple[str, ...]:
        start = self.roots[0] if self.roots else os.getcwd()
        return tuple(
            os.path.realpath(os.sep if str(path) == "*" else _checked(os.path.join(start, path), option_name))
            for path in paths
        )

    def _is_denied(self, access: Access, real: str) -> bool:
        denied = self._denied[access]
        if not denied:
            return False
        if any(is_within(real, root) for root in denied):
            return True
        # On a case-insensitive file system another spelling is the same directory: compare identities.
        identities = {_identity(root) for root in denied} - {None}
        path = real
        while True:
            if _identity(path) in identities:
                return True
            parent = os.path.dirname(path)
            if parent == path:
                return False
            path = parent


def _checked(path: str, option_name: str) -> str:
    """Return the path. Raises PatternError if it is a pattern, or has a `~` that the shell has left in it."""
    if not os.path.lexists(path):
        if _GLOB.search(path):
            raise PatternError(
                f"The path {readable_path(path)!r} in {option_name} is not valid: it does not exist, and "
                "patterns are not known",
                hint="Name a file, or a directory for everything in it; * by itself means everything.",
            )
        if _HOME.search(path):
            raise PatternError(
                f"The path {readable_path(path)!r} in {option_name} is not valid: ~ is not expanded",
                hint="Write the whole path of the home directory.",
            )
    return path


def _check_names(names: Sequence[str] | None, option_name: str) -> None:
    """Raise PatternError if one of the names cannot be an environment variable's."""
    for name in names or ():
        if name != "*" and not _NAME.fullmatch(name) and name not in os.environ:
            raise PatternError(
                f"The variable {name!r} in {option_name} is not valid",
                hint="Write the name of an environment variable, such as API_TOKEN; * by itself means all.",
            )


def is_within(path: str, root: str) -> bool:
    """Return whether `path` is `root` or below it; both absolute and without symbolic links."""
    return path == root or path.startswith(root if root.endswith(os.sep) else root + os.sep)


def _identity(path: str) -> tuple[int, int] | None:
    try:
        stat = os.stat(path, follow_symlinks=False)
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def _matches_name(name: str, names: Sequence[str]) -> bool:
    # Windows knows no case in the names of variables.
    if os.name == "nt":
        return name.upper() in {pattern.upper() for pattern in names} or "*" in names
    return name in names or "*" in names


def _place(url: str) -> tuple[str, int]:
    """Return the host and port that the client sends to: read by its own parser, so that both agree."""
    from bruscript.http.errors import RequestError
    from bruscript.http.url import parse_url

    try:
        address = parse_url(url)
    except RequestError:
        # The client refuses it, too.
        return "", 0
    return address.host, address.port
