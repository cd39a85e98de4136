"""The services by name, for JavaScript's `host.callSync` and `host.call`."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bruscript.option_names import option
from bruscript.sandbox.services import environment, network
from bruscript.sandbox.services.bundles import read_bundle
from bruscript.sandbox.services.errors import ServiceError
from bruscript.sandbox.services.files import Files
from bruscript.sandbox.services.modules import ModuleFiles
from bruscript.sandbox.services.permissions import Access, Mode, Permissions, Policy
from bruscript.sandbox.services.temporary import VARIABLES, TemporaryFiles

_CRYPTO = {
    "crypto.random": ("hashes", "random"),
    "crypto.digest": ("hashes", "digest"),
    "crypto.hmac": ("hashes", "hmac"),
    "crypto.pbkdf2": ("hashes", "pbkdf2"),
    "crypto.scrypt": ("hashes", "scrypt"),
    "crypto.hkdf": ("hashes", "hkdf"),
    "crypto.hashes": ("hashes", "names"),
    "crypto.cipher": ("ciphers", "transform"),
    "crypto.wrap": ("ciphers", "wrap_key"),
    "crypto.key": ("keys", "read"),
    "crypto.export": ("keys", "export"),
    "crypto.generate": ("keys", "generate"),
    "crypto.point": ("keys", "point"),
    "crypto.agree": ("keys", "agree"),
    "crypto.raw": ("keys", "raw_public"),
    "crypto.public": ("keys", "public_raw"),
    "crypto.sign": ("signatures", "sign"),
    "crypto.verify": ("signatures", "verify"),
    "crypto.encrypt": ("signatures", "encrypt"),
    "crypto.decrypt": ("signatures", "decrypt"),
    "zlib": ("compression", "transform"),
    "text.lookup": ("encoding", "lookup"),
    "text.decode": ("encoding", "decode_text"),
}

_READING = frozenset({"fs.read", "fs.stat", "fs.list", "fs.access", "fs.realpath"})
Call = Callable[[str, list[Any]], Awaitable[Any]]
"""Asks a host."""

PURE = frozenset(_CRYPTO)
"""The calls that only compute: they need no rights and may be answered anywhere."""


class Services:
    """Answers the synchronous host calls of one collection's scripts.

    Takes the mode, the permissions, the collection's directory, and the additional context roots of its
    bruno.json (`scripts.additionalContextRoots`), absolute or relative to the collection.
    """

    def __init__(
        self,
        mode: Mode = "safe",
        permissions: Permissions | None = None,
        collection: str | Path = ".",
        additional_roots: Sequence[str | Path] = (),
    ) -> None:
        home = Path(collection).absolute()
        self.policy = Policy(
            permissions or Permissions(), mode, (home, *(home / root for root in additional_roots))
        )
        files, modules = Files(self.policy), ModuleFiles(self.policy)
        self._temporary = TemporaryFiles(self.policy)
        self.has_written = files.has_written
        self._calls: dict[str, Callable[..., Any]] = {
            "bundle": read_bundle,
            "module.load": modules.load,
            "module.nearest": modules.nearest,
            "env.get": self._variable,
            "env.all": self._variables,
        }
        if mode == "developer":
            self._calls |= {
                "os.info": environment.system,
                "os.tmpdir": self._temporary.path,
                "fs.read": files.read,
                "fs.write": files.write,
                "fs.stat": files.stat,
                "fs.list": files.entries,
                "fs.mkdir": files.make_directory,
                "fs.remove": files.remove,
                "fs.rename": files.rename,
                "fs.access": files.access,
                "fs.realpath": files.real_path,
                "fs.truncate": files.truncate,
                "fs.touch": files.touch,
            }

    def close(self) -> None:
        """Remove the temporary files that scripts have left."""
        self._temporary.close()

    def _variable(self, name: str) -> str | None:
        if self.policy.mode == "developer" and name in VARIABLES and self.policy.sees_env(name):
            return self._temporary.path()
        return environment.variable(self.policy, name)

    def _variables(self) -> dict[str, str]:
        own = {}
        if self.policy.mode == "developer":
            own = {name: self._temporary.path() for name in VARIABLES if self.policy.sees_env(name)}
        return {**environment.variables(self.policy), **own}

    def answers(self, name: str) -> bool:
        """Return whether the call is one of these services, allowed or not."""
        return (
            name in PURE
            or name in self._calls
            or name.startswith(("fs.", "os.", "module.", "env.", "crypto."))
        )

    def call(self, name: str, args: Sequence[Any]) -> Any:
        """Answer a call. Raises ServiceError, whose message is for the script."""
        function = self._calls.get(name) or _pure(name)
        if function is None:
            needs = (
                f" needs developer mode ({option('--sandbox', 'developer')})"
                if name.startswith(("fs.", "os."))
                else " is unknown"
            )
            raise ServiceError(f"the host call {name}{needs}")
        try:
            return function(*args)
        except ServiceError:
            raise
        except (
            TypeError,
            ValueError,
            KeyError,
            OverflowError,
            AttributeError,
            OSError,
            RecursionError,
        ) as error:
            # Arguments come from scripts: mistakes in them are the script's errors.
            raise ServiceError(f"{name}: {error}") from error

    async def within_permissions(self, name: str, args: list[Any], call: Call) -> Any:
        """Have a host of the embedder's own answer a call, by `call`, if the permissions do not refuse it.

        A host's files and variables are its own, and so are the bounds of what there is: only what the
        options name is refused. Raises PermissionRefused, and what the host raises.
        """
        policy = self.policy
        if name == "http.send":
            return await network.send(policy, args[0], lambda config: call(name, [config]))
        if name == "env.get" and not policy.may_see_env(str(args[0])):
            return None
        for access, path in _paths(name, args):
            policy.check_named(access, path)
        answer = await call(name, args)
        if name == "env.all" and isinstance(answer, dict):
            return dict(policy.visible_env(answer))
        return answer


def _paths(name: str, args: Sequence[Any]) -> Iterator[tuple[Access, str]]:
    """Yield the paths that a call for files names, and what it does there."""
    if name == "module.load":
        module, directory = map(str, args[:2])
        if module.startswith((".", "/")) or os.path.isabs(module):
            yield "read", os.path.join(directory, module)
    elif name == "fs.rename":
        for path in map(str, args[:2]):
            yield from (("read", path), ("write", path))
    elif name.startswith("fs.") and args:
        yield "read" if name in _READING else "write", str(args[0])
        if name == "fs.access" and len(args) > 1 and int(args[1]) & os.W_OK:
            yield "write", str(args[0])


def _pure(name: str) -> Callable[..., Any] | None:
    if name not in _CRYPTO:
        return None
    # cryptography takes a while to import, and most scripts need none of it.
    from importlib import import_module

    module, function = _CRYPTO[name]
    call: Callable[..., Any] = getattr(import_module(f"{__package__}.{module}"), function)
    return call
