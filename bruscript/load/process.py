"""The process that runs collections for the users of a Locust process, seen from gevent's side."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import gevent
from gevent import subprocess
from gevent.event import AsyncResult
from gevent.lock import RLock

if TYPE_CHECKING:
    from locust.env import Environment

_STARTING = RLock()
_LOST = {"error": "The process that runs the collection has ended"}


class EngineProcess:
    """Asks and gets answers, a line of JSON each; many users at once."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bruscript.load.engine"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._numbers = itertools.count()
        self._waiting: dict[int, AsyncResult[dict[str, Any]]] = {}
        self._reader = gevent.spawn(self._read)

    @classmethod
    def of(cls, environment: Environment) -> EngineProcess:
        """Return the process of this Locust environment, started for its first user; it ends with it."""
        # Other users run while the process is started.
        with _STARTING:
            process: EngineProcess | None = getattr(environment, "_bruscript_engine", None)
            if process is None or process._reader.ready():
                process = environment._bruscript_engine = cls()
                environment.events.quitting.add_listener(lambda **_: process.close())
            return process

    def ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Ask, and wait for the answer, while other greenlets go on."""
        answer: dict[str, Any] = self.begin(question).get()
        return answer

    def begin(self, question: Mapping[str, Any]) -> AsyncResult[dict[str, Any]]:
        """Ask, and return where the answer will be."""
        number = next(self._numbers)
        answer = self._waiting[number] = AsyncResult()
        try:
            self._process.stdin.write(json.dumps({"number": number, **question}).encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            answer.set(dict(_LOST))
        return answer

    def _read(self) -> None:
        for line in self._process.stdout:
            answer = json.loads(line)
            self._waiting.pop(answer["number"]).set(answer)
        for waiting in self._waiting.values():
            waiting.set(dict(_LOST))

    def close(self) -> None:
        """End the process: it sees the end of its input."""
        self._process.stdin.close()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
