"""Runs the scripts of proxy auto-config files: in a sandbox of their own, in which nothing is allowed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from bruscript.http.pac import EvaluationError

if TYPE_CHECKING:
    from bruscript.sandbox import Sandbox

_SECONDS: Final = 1.0
_MEMORY: Final = 64


class ProxyScripts:
    """Evaluates JavaScript in a worker without files, modules of files, hosts and environment variables."""

    def __init__(self) -> None:
        self._sandbox: Sandbox | None = None

    async def evaluate(self, body: str) -> str:
        """Return the text that a function with this body returns. Raises EvaluationError."""
        from bruscript.sandbox import Permissions, Sandbox, SandboxError

        if self._sandbox is None:
            nothing = Permissions(allow_read=(), allow_write=(), allow_net=(), allow_env=())
            self._sandbox = Sandbox(
                script_timeout=_SECONDS, script_memory=_MEMORY, permissions=nothing, workers=1
            )
        try:
            # A proxy's script need not be strict code. Its names stay in this function.
            script = f"bru.setVar('answer', String(new Function({json.dumps(body)})()))"
            result = await self._sandbox.arun_script(script)
        except SandboxError as error:
            raise EvaluationError(str(error)) from None
        if result.error is not None:
            raise EvaluationError(result.error.message)
        return str(result.variables.get("answer", ""))

    async def aclose(self) -> None:
        """End the worker."""
        if self._sandbox is not None:
            await self._sandbox.aclose()
