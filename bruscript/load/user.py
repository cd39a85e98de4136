"""A user of Locust's that runs a collection."""

from __future__ import annotations

import json
import math
import os
import random
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from gevent import GreenletExit, Timeout
from locust import User, task
from locust.exception import StopUser

from bruscript.errors import BruscriptError
from bruscript.lang.choices import nearest
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
    collection; a failed test or assertion is its failure. So is what keeps a user from running, such as a tag
    that no request has: Locust ends with status 1.
    """

    abstract = True
    collection: ClassVar[str | Path] = "."
    options: ClassVar[Mapping[str, Any]] = {}
    weights: ClassVar[Mapping[str, float]] = {}
    only_weighted: ClassVar[bool] = False
    host_variable: ClassVar[str] = "host"

    def on_start(self) -> None:
        """Open the user's session. What makes that impossible is a failure of Locust's, and ends the user."""
        try:
            self._open()
        except (BruscriptError, TypeError, ValueError) as error:
            # Locust logs what is raised here with a traceback: the user's first turn ends it.
            self._fire({"method": "", "name": str(self.collection), "error": str(error)})
            self._is_open = False

    def _open(self) -> None:
        self._engine = EngineProcess.of(self.environment)
        place = Path(os.path.abspath(Path(_home(type(self)), self.collection)))
        answer = self._engine.ask({"do": "open", "path": str(place), "options": self._options()})
        if "error" in answer:
            raise BruscriptError(answer["error"])
        self._session = answer["session"]
        self._requests: dict[str, str] = answer["requests"]
        for problem in answer["problems"]:
            self._fire({"method": "", **problem})
        self._choice = self._weighted() if self.weights else {}
        self._is_open = True

    def _options(self) -> dict[str, Any]:
        """Return the options as JSON has them. Raises TypeError for what it cannot hold."""
        if not isinstance(self.options, Mapping):
            raise TypeError(f"options must be a mapping, not {type(self.options).__name__}")
        options = {
            name: os.fspath(value) if isinstance(value, os.PathLike) else value
            for name, value in self.options.items()
        }
        variables = options.get("env_vars", {})
        if self.host and isinstance(variables, Mapping):
            options["env_vars"] = {self.host_variable: self.host, **variables}
        for name, value in options.items():
            try:
                json.dumps(value)
            except (TypeError, ValueError):
                raise TypeError(
                    f"options: {name} is {type(value).__name__}, which JSON cannot hold; another process "
                    "sends the requests"
                ) from None
        return options

    def _weighted(self) -> dict[str, float]:
        """Return the weight of each request by its path. Raises TypeError and ValueError."""
        if not isinstance(self.weights, Mapping):
            kind = type(self.weights).__name__
            raise TypeError(f"weights must be a mapping of requests to numbers, not {kind}")
        names = {name: path for path, name in self._requests.items()}
        weights: dict[str, float] = {}
        for request_name, weight in self.weights.items():
            path = request_name if request_name in self._requests else names.get(request_name)
            if path is None:
                near = nearest(str(request_name), [*names, *self._requests])
                raise ValueError(f"weights: {self.collection} has no request {request_name!r}{near}")
            weights[path] = _number(request_name, weight)
        weights = weights if self.only_weighted else {**dict.fromkeys(self._requests, 1), **weights}
        if not any(weights.values()):
            raise ValueError("weights: no request has a weight above 0")
        return weights

    def on_stop(self) -> None:
        """Close the user's session."""
        if hasattr(self, "_session"):
            self._engine.ask({"do": "close", "session": self._session})

    @task
    def turn(self) -> None:
        """Run the collection once, or one request."""
        if not self._is_open:
            raise StopUser
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


def _number(request: str, weight: Any) -> float:
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight < math.inf:
        raise ValueError(f"weights: {request!r} must have a number of at least 0, not {weight!r}")
    return weight


def _home(user: type[CollectionUser]) -> Path:
    """Return the directory of the file that defines the class."""
    import inspect

    try:
        return Path(inspect.getfile(user)).parent
    except (TypeError, OSError):
        return Path()
