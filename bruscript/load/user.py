"""A user of Locust's that runs a collection."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from gevent import GreenletExit, Timeout
from locust import User, task
from locust.exception import StopUser

from bruscript.load.process import EngineProcess

_PATIENCE = 10
"""Seconds that a turn may go on when its user is ended."""


class CollectionUser(User):
    """Runs a collection, or some of its requests, again and again, each user with its own session.

    `collection` is its directory, a folder of it, or a request; a relative path is from the locustfile's.
    `options` are those of `bruscript.run` that JSON can hold. A turn is the whole collection in its order,
    scripts' jumps included; with `weights` it is one request, by chance: `{"users/list.bru": 3}` (paths from
    the collection, or names; a weight of 1 for each request that is not named, unless `only_weighted`).
    Rows of `csv_file` or `json_file` are dealt to the users of a process, one each turn, and begin anew at
    the end. `--host` of Locust's sets the variable `host_variable`.

    The requests are sent by a process without gevent beside each of Locust's; scripts run in worker processes
    as always. Every request that is sent is one of Locust's statistics, under the name of the request in the
    collection; a failed test or assertion is its failure.
    """

    abstract = True
    collection: ClassVar[str | Path] = "."
    options: ClassVar[Mapping[str, Any]] = {}
    weights: ClassVar[Mapping[str, int]] = {}
    only_weighted: ClassVar[bool] = False
    host_variable: ClassVar[str] = "host"

    def on_start(self) -> None:
        """Open the user's session."""
        self._engine = EngineProcess.of(self.environment)
        options = dict(self.options)
        if self.host:
            options["env_vars"] = {self.host_variable: self.host, **options.get("env_vars", {})}
        options = {
            name: os.fspath(value) if isinstance(value, os.PathLike) else value
            for name, value in options.items()
        }
        place = Path(os.path.abspath(Path(_home(type(self)), self.collection)))
        answer = self._engine.ask({"do": "open", "path": str(place), "options": options})
        if "error" in answer:
            self._fire({"method": "", "name": str(self.collection), "error": answer["error"]})
            raise StopUser(answer["error"])
        self._session = answer["session"]
        self._requests: dict[str, str] = answer["requests"]
        self._choice = self._weighted() if self.weights else {}

    def _weighted(self) -> dict[str, int]:
        """Return the weight of each request by its path."""
        names = {name: path for path, name in self._requests.items()}
        weights = {}
        for request_name, weight in self.weights.items():
            path = request_name if request_name in self._requests else names.get(request_name)
            if path is None:
                raise StopUser(f"weights: there is no request {request_name!r} in {self.collection}")
            weights[path] = weight
        return weights if self.only_weighted else {**dict.fromkeys(self._requests, 1), **weights}

    def on_stop(self) -> None:
        """Close the user's session."""
        if hasattr(self, "_session"):
            self._engine.ask({"do": "close", "session": self._session})

    @task
    def turn(self) -> None:
        """Run the collection once, or one request."""
        request = None
        if self._choice:
            (request,) = random.choices(list(self._choice), list(self._choice.values()))
        answer = self._engine.begin({"do": "run", "session": self._session, "request": request})
        try:
            self._count(answer.get())
        except GreenletExit:
            # Locust ends the user; the running request is counted anyway.
            with suppress(Timeout):
                self._count(answer.get(timeout=self.environment.stop_timeout or _PATIENCE))
            raise

    def _count(self, answer: Mapping[str, Any]) -> None:
        if "error" in answer:
            self._fire({"method": "", "name": str(self.collection), "error": answer["error"]})
        for entry in answer.get("requests", ()):
            self._fire(entry)

    def _fire(self, entry: Mapping[str, Any]) -> None:
        failure = entry.get("error")
        self.environment.events.request.fire(
            request_type=entry["method"],
            name=entry["name"],
            response_time=entry.get("time", 0),
            response_length=entry.get("size", 0),
            exception=AssertionError(failure) if failure else None,
            context=self.context(),
            url=entry.get("url"),
            start_time=entry.get("begun"),
        )


def _home(user: type[CollectionUser]) -> Path:
    """Return the directory of the file that defines the class."""
    import inspect

    try:
        return Path(inspect.getfile(user)).parent
    except (TypeError, OSError):
        return Path()
