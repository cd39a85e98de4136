"""Calls that a type checker accepts, and those that it does not: mypy reads this file, nothing runs it.

Each `type: ignore` must be needed; mypy complains of one that is not.
"""

from __future__ import annotations

from pathlib import Path

import bruscript
from bruscript.runner.events import Event


class Reporter:
    """A reporter of one's own."""

    def handle(self, event: Event) -> None:
        """Take one event."""

    def close(self) -> None:
        """Do nothing."""


collection: bruscript.Collection = bruscript.load("api")
request = collection.find("login")
assert request is not None
result: bruscript.RunResult = request.run(env="local", bail=True)
failures: list[bruscript.Failure] = result.raise_for_failures().failures
line: int | None = failures[0].place.line

collection.run(paths="users", tags="smoke", deny_net="evil.test", csv_file="rows.csv")
collection.run(paths=[request, collection.folders[0], Path("users"), "users"], tags=["smoke", "slow"])
collection.run(env_file=Path("x.bru"), env_vars={"a": "b"}, reporters=[Reporter()])
collection.folders[0].requests[0].run(token_store="tokens.json")
bruscript.run(Path("api"), sandbox="developer", parallel=4)

collection.select("users")
collection.select([request, collection.folders[0], Path("users")], recursive=False)
selected: bruscript.Request = collection.select(collection.folders[0])[0]
edited: bruscript.Document = request.document.set("headers", "accept", "text/plain")
bruscript.parse("", filename=Path("a.bru"))
warnings: list[str] = result.warnings

collection.select(5)  # type: ignore[arg-type]
collection.find(request)  # type: ignore[arg-type]
bruscript.parse(Path("a.bru"))  # type: ignore[arg-type]
request.document.set("headers", 5, "x")  # type: ignore[arg-type]
bruscript.Sandbox().run_script("1", variables=5)  # type: ignore[arg-type]
collection.run(envv="local")  # type: ignore[call-arg]
collection.run(tags=5)  # type: ignore[arg-type]
collection.run(bail="yes")  # type: ignore[arg-type]
collection.run(sandbox="none")  # type: ignore[arg-type]
collection.run(csv_file=["rows.csv"])  # type: ignore[arg-type]
collection.run(env_vars=["a=b"])  # type: ignore[arg-type]
collection.run(reporters=["junit"])  # type: ignore[list-item]
request.run(parallel="4")  # type: ignore[arg-type]
bruscript.run(5)  # type: ignore[arg-type]
