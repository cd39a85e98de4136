"""Who answers what scripts ask for outside of their isolate."""

from __future__ import annotations

import json
from typing import Any, Protocol


class Host(Protocol):
    """Answers host calls: requests, cookies, files, modules, cryptography."""

    async def call(self, name: str, args: list[Any]) -> Any:
        """Do `name`; gives JSON. What it raises is thrown into the script as an Error with that message."""


class NoHost:
    """A host that answers nothing: scripts compute, and no more."""

    async def call(self, name: str, args: list[Any]) -> Any:
        """Raises RuntimeError."""
        raise RuntimeError(f"{name} is not available to this script: its sandbox has no host")


async def answer(host: Host, request: bytes) -> bytes:
    """Answer one call, JSON [name, args], as ASCII JSON: {"value": …} or {"error": {message, name?, code?}}."""
    try:
        name, args = json.loads(request)
        return json.dumps({"value": await host.call(name, args)}).encode()
    except Exception as error:  # whatever goes wrong in a host call is the script's to catch
        return json.dumps({"error": describe(error)}).encode()


def describe(error: Exception) -> dict[str, str]:
    """What a script may know of an error: no traceback, no path of ours.

    `code` is the error's own, or, in a message like `ENOENT: no such file`, the word before the colon.
    """
    message = str(getattr(error, "message", "") or error) or type(error).__name__
    described = {"message": message}
    head, colon, _ = message.partition(":")
    code = getattr(error, "code", None)
    if isinstance(code, str):
        described["code"] = code
    elif colon and head.isupper() and head.replace("_", "").isalnum():
        described["code"] = head
    return described
