"""Proxy auto-config files: their JavaScript runs in a separate process, which can only answer.

The process is `python -m bruscript.http.pac`; it speaks JSON lines. A question is {script, url, host, hosts}
and the answer {result} or {needs} or {error}: a name that the script looks up and that `hosts` lacks is
looked up on this side, and the question asked again.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener, url2pathname

from bruscript.files import read_file
from bruscript.http.errors import RequestError, system_reason
from bruscript.option_names import switch

_PATIENCE = 10.0
_SCRIPT_MILLISECONDS = 1000
_MAX_MEMORY = 64 * 1024 * 1024
_MAX_ROUNDS = 30
_MAX_LINE = 8 * 1024 * 1024
_HELPERS = Path(__file__).with_name("pac.js")


class PacResolver:
    """Asks one PAC file, from a file or a URL, which proxy to take."""

    def __init__(self, source: str, base_dir: Path) -> None:
        self.source = source
        self._base_dir = base_dir
        self._script: str | None = None
        self._process: asyncio.subprocess.Process | None = None
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
                    self._script = await asyncio.to_thread(_load, self.source, self._base_dir)
                self._answers[url] = await self._evaluate(url, host.strip("[]"))
            return self._answers[url]

    async def aclose(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process and process.returncode is None:
            process.kill()
            await process.wait()

    async def _evaluate(self, url: str, host: str) -> str:
        for _ in range(_MAX_ROUNDS):
            answer = await self._ask({"script": self._script, "url": url, "host": host, "hosts": self._hosts})
            if "error" in answer:
                raise self._failure(str(answer["error"]))
            if not answer.get("needs"):
                return str(answer.get("result") or "")
            for name in answer["needs"]:
                self._hosts[name] = await _first_ipv4(name)
        raise self._failure("it looks up too many names")

    async def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        process = self._process
        if process is None:
            process = self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "bruscript.http.pac"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=_MAX_LINE,
            )
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(json.dumps(question).encode() + b"\n")
            await process.stdin.drain()
            line = await asyncio.wait_for(process.stdout.readline(), _PATIENCE)
            answer = json.loads(line)
        except (asyncio.TimeoutError, OSError, ValueError):
            await self.aclose()
            return {"error": "its script gave no answer"}
        return answer if isinstance(answer, dict) else {"error": "its script gave no answer"}

    def _failure(self, reason: str) -> RequestError:
        return RequestError(
            f"The proxy auto-config file {self.source} cannot be used: {reason}",
            "ERR_PAC",
            hint=f"Correct the file, or pass {switch('--noproxy')}.",
        )


def _load(source: str, base_dir: Path) -> str:
    try:
        if source.startswith(("http://", "https://")):
            # The file itself is fetched without a proxy.
            with build_opener(ProxyHandler({})).open(source, timeout=_PATIENCE) as response:
                data = response.read(_MAX_LINE // 2)
        else:
            path = url2pathname(source[7:]) if source.startswith("file://") else source
            data = read_file(base_dir / path)
    except (OSError, ValueError) as error:
        raise RequestError(
            f"Cannot read the proxy auto-config file {source}: {system_reason(error)}",
            "ERR_PAC",
            hint=f"Check the system's proxy settings, or pass {switch('--noproxy')}.",
        ) from None
    return bytes(data).decode("utf-8", "replace")


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


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    from py_mini_racer import MiniRacer

    context = MiniRacer()
    try:
        context.set_hard_memory_limit(_MAX_MEMORY)
        setup = f"var __hosts = {json.dumps(question['hosts'])}, __own = {json.dumps(_own_address())};"
        context.eval(setup + _HELPERS.read_text("utf-8"))
        context.eval(question["script"], timeout=_SCRIPT_MILLISECONDS)
        call = f"__find({json.dumps(question['url'])}, {json.dumps(question['host'])})"
        answer = json.loads(str(context.eval(call, timeout=_SCRIPT_MILLISECONDS)))
        return answer if isinstance(answer, dict) else {}
    except Exception as error:
        return {"error": str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__}


def main() -> None:
    """Answer questions from standard input until it ends."""
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
