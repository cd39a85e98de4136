"""Proxy auto-config files: an untrusted script says which proxy a request takes.

It can only answer. A name that it looks up and that is not known yet is looked up here, and the question is
asked again.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from urllib.request import ProxyHandler, build_opener, url2pathname

from bruscript.files import read_file
from bruscript.http.errors import RequestError, system_reason

_PATIENCE = 10.0
_MAX_ROUNDS = 30
_MAX_NAMES = 100
_LARGEST = 4 * 1024 * 1024
_HELPERS = Path(__file__).with_name("pac.js")


class EvaluationError(Exception):
    """A script failed; the message says why."""


class Evaluator(Protocol):
    """Runs JavaScript without any rights."""

    async def evaluate(self, body: str) -> str:
        """Return the text that a function with this body returns. Raises EvaluationError."""

    async def aclose(self) -> None:
        """Release everything."""


class PacResolver:
    """Asks one PAC file, from a file or a URL, which proxy to take.

    `make` creates its evaluator; `hint` says where the settings are that name the file.
    """

    def __init__(
        self, source: str, base_dir: Path, make: Callable[[], Evaluator] | None, hint: Callable[[], str]
    ) -> None:
        self.source = source
        self._hint = hint
        self._base_dir = base_dir
        self._make = make
        self._evaluator: Evaluator | None = None
        self._script: str | None = None
        self._lock = asyncio.Lock()
        self._hosts: dict[str, str | None] = {}
        self._answers: dict[str, str] = {}

    async def find(self, url: str, host: str) -> str:
        """Return what the file's FindProxyForURL answers, such as `PROXY a:8080; DIRECT`.

        Raises RequestError.
        """
        async with self._lock:
            if url not in self._answers:
                if self._script is None:
                    self._script = await asyncio.to_thread(self._load)
                self._answers[url] = await self._evaluate(url, host.strip("[]"))
            return self._answers[url]

    async def aclose(self) -> None:
        """End what evaluates the script."""
        if self._evaluator is not None:
            await self._evaluator.aclose()

    async def _evaluate(self, url: str, host: str) -> str:
        for _ in range(_MAX_ROUNDS):
            answer = await self._ask(url, host)
            if not answer.get("needs"):
                return str(answer.get("result") or "")
            for name in answer["needs"][:_MAX_NAMES]:
                self._hosts[str(name)] = await _first_ipv4(str(name))
        raise self.failure("it looks up too many names")

    async def _ask(self, url: str, host: str) -> dict[str, Any]:
        """Return {result}, or {needs}: the names that the script looks up and that are not known yet."""
        if self._evaluator is None:
            if self._make is None:
                raise self.failure("there is nothing to run its script")
            self._evaluator = self._make()
        body = (
            f"var __hosts = {json.dumps(self._hosts)}, __own = {json.dumps(_own_address())};\n"
            f"{_HELPERS.read_text('utf-8')}\n{self._script}\n"
            f"return __find({json.dumps(url)}, {json.dumps(host)});"
        )
        try:
            answer = json.loads(await self._evaluator.evaluate(body))
        except EvaluationError as error:
            raise self.failure(str(error)) from None
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or not isinstance(answer.get("needs") or [], list):
            raise self.failure("its script gave no answer")
        return answer

    def failure(self, reason: str) -> RequestError:
        """Return the error for a file that cannot be used."""
        return RequestError(
            f"The proxy auto-config file {self.source} cannot be used: {reason}",
            "ERR_PAC",
            hint=f"Correct the file. {self._hint()}",
        )

    def _load(self) -> str:
        path = local_path(self.source)
        try:
            if path is None:
                # The file itself is fetched without a proxy.
                with build_opener(ProxyHandler({})).open(self.source, timeout=_PATIENCE) as response:
                    data = response.read(_LARGEST)
            else:
                data = read_file(self._base_dir / path)
        except (OSError, ValueError) as error:
            raise RequestError(
                f"Cannot read the proxy auto-config file {self.source}: {system_reason(error)}",
                "ERR_PAC",
                hint=self._hint(),
            ) from None
        return bytes(data).decode("utf-8", "replace")


def local_path(source: str) -> str | None:
    """Return the path that names a PAC file; None for a URL of HTTP."""
    if source.startswith(("http://", "https://")):
        return None
    return url2pathname(source[7:]) if source.startswith("file://") else source


async def _first_ipv4(name: str) -> str | None:
    try:
        results = await asyncio.get_running_loop().getaddrinfo(name, None, family=socket.AF_INET)
    except (OSError, UnicodeError):
        return None
    return str(results[0][4][0])


def _own_address() -> str:
    """Return the address that this machine has towards the network; no packet is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
