"""Answers to scripts' calls out of their isolate."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Protocol

from bruscript.sandbox.parent import budget
from bruscript.sandbox.parent.codec import isolate_json

if TYPE_CHECKING:
    from bruscript.sandbox.parent.budget import Claim
    from bruscript.sandbox.services.dispatch import Services


class Host(Protocol):
    """Answers host calls: requests, cookies, files, modules, cryptography."""

    async def call(self, name: str, args: list[Any]) -> Any:
        """Do `name`; return JSON. An exception is thrown in the script as an Error with that message."""


class ServiceHost:
    """A host of the sandbox's own services, for scripts that run by themselves: no requests, no cookies.

    Without a collection's directory scripts have no files, only functions that compute. `beyond`
    answers the other calls; it is not asked for what the permissions refuse.
    """

    def __init__(self, services: Services, *, files: bool, beyond: Host | None = None) -> None:
        self._services = services
        self._files = files
        self._beyond = beyond

    async def call(self, name: str, args: list[Any]) -> Any:
        """Answer by a service. Raises ServiceError for an unknown call, and the service's errors."""
        from bruscript.sandbox.services.dispatch import PURE
        from bruscript.sandbox.services.errors import ServiceError

        if name == "dynamic":
            from bruscript.dynamic import dynamic

            return dynamic(str(args[0]))
        if name in PURE or name == "bundle" or (self._files and self._services.answers(name)):
            if name in _QUICK:
                return self._services.call(name, args)
            # Files, key pairs and the like take their time, and the loop is the caller's.
            return await asyncio.to_thread(self._services.call, name, args)
        if self._beyond is not None:
            try:
                return await self._services.within_permissions(name, args, self._beyond.call)
            except Exception:
                # Libraries ask for the environment without need: for settings of `util`.
                if not name.startswith("env."):
                    raise
        if name in _NOTHING:
            return _NOTHING[name]
        raise ServiceError(f"{name} is not available here: this sandbox has no host that answers it")


_QUICK = frozenset(
    {"bundle", "crypto.random", "crypto.digest", "crypto.hmac", "crypto.hashes", "text.lookup", "text.decode"}
)
_NOTHING: dict[str, Any] = {"module.load": None, "module.nearest": None, "env.get": None, "env.all": {}}
"""The services without a host and without a collection."""


async def answer(host: Host, request: bytes, claim: Claim | None = None) -> bytes:
    """Answer one call, JSON [name, args], as ASCII JSON: {"value": …} or {"error": {message, name?,
    code?, facts?}}.

    With a `claim` the call waits until the budget has room for what it brings, asks for, and gets.
    """
    budget.enter(claim)
    try:
        if claim is not None:
            await claim.take(len(request))
        name, args = json.loads(request)
        payload = isolate_json({"value": await host.call(name, args)})
        if claim is not None:
            await claim.settle(len(payload))
        return payload
    except Exception as error:  # The script may catch any error of a host call.
        return json.dumps({"error": describe(error)}).encode()


def describe(error: Exception) -> dict[str, Any]:
    """Describe an error to a script: without traceback, without bruscript's own paths.

    `code` is the error's own, or, in a message like `ENOENT: no such file`, the word before the colon.
    An error that has `for_scripts`, {message, …}, is described by it; its other keys go with
    it as `facts`.
    """
    native = getattr(error, "for_scripts", None)
    if native is not None:
        facts = {key: value for key, value in native.items() if key != "message"}
        facts.setdefault("code", getattr(error, "code", None))
        return {"message": native["message"], "facts": facts}
    message = str(getattr(error, "message", "") or error) or type(error).__name__
    described = {"message": message}
    head, colon, _ = message.partition(":")
    code = getattr(error, "code", None)
    if isinstance(code, str):
        described["code"] = code
    elif colon and head.isupper() and head.replace("_", "").isalnum():
        described["code"] = head
    return described
