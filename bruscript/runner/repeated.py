"""A session that runs its requests again and again, whenever its owner calls: for load tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bruscript.runner.engine import Engine
from bruscript.runner.events import Reporter
from bruscript.runner.results import IterationResult
from bruscript.runner.selection import select

if TYPE_CHECKING:
    from types import TracebackType

    from bruscript.collection import Collection, Request
    from bruscript.runner.options import RunOptions
    from bruscript.sandbox import Sandbox


class RepeatedRun:
    """One session, with its own variables, cookies and tokens; what scripts set stays from turn to turn.

    Sessions of one collection share a sandbox: their scripts are one owner's.
    """

    def __init__(
        self, collection: Collection, options: RunOptions, reporters: Iterable[Reporter], sandbox: Sandbox
    ) -> None:
        self._engine = Engine(collection, replace(options, keep_results=False), reporters, sandbox)
        self._turns = 0

    async def __aenter__(self) -> RepeatedRun:
        """Open the session. Raises BruscriptError for what makes a run impossible."""
        engine = self._engine
        await engine.session.__aenter__()
        self._scopes = engine.session.scopes()
        self.selection = select(engine.collection, engine.options)
        engine.session.learn_auth(self.requests)
        return self

    @property
    def requests(self) -> list[Request]:
        """The requests of a turn, in order."""
        return self.selection.requests

    @property
    def unanswered(self) -> list[str]:
        """The prompts that had no answer, so that requests were skipped."""
        return [*self._engine.session.prompts.unanswered]

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the session."""
        await self._engine.session.__aexit__(kind, error, trace)

    async def run(self, row: dict[str, Any], request: Request | None = None) -> None:
        """Run all requests once, with `row`, or `request` alone; reporters get the results."""
        index, self._turns = self._turns, self._turns + 1
        if request is None:
            await self._engine.turn(index, row, self.requests, self._scopes)
            return
        scopes = self._scopes.for_row(row, touched=False)
        if row:
            self._engine.session.secrets.learn_named(row, "the data file")
            self._engine.session.auth_secrets.learn_variables(scopes)
        await self._engine.step(IterationResult(index, data=row), request, scopes)
