"""A run whose requests are made one at a time, when its owner says so: for test frameworks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from bruscript.records import record
from bruscript.runner.by_hand import ByHand
from bruscript.runner.engine import Engine
from bruscript.runner.events import Reporter
from bruscript.runner.results import IterationResult

if TYPE_CHECKING:
    from types import TracebackType

    from bruscript.auth.oauth2.store import TokenStore
    from bruscript.collection import Collection, Request
    from bruscript.evaluate import Scopes
    from bruscript.http.cookies import CookieJar
    from bruscript.masking import Mask
    from bruscript.runner.options import RunOptions
    from bruscript.runner.request import Outcome


@record
class Memory:
    """The state that one session passes to the next: variables that scripts set, cookies, tokens."""

    scopes: Scopes = field(repr=False)
    environment: dict[str, Any] = field(repr=False)
    global_env: dict[str, Any] = field(repr=False)
    jar: CookieJar = field(repr=False)
    tokens: TokenStore | None = field(repr=False)
    iteration: int


class StepwiseRun:
    """A session open for requests in any order; the event loop is the caller's.

    `memory` is another run's: this one goes on with what that one left, also with other options.
    """

    def __init__(
        self,
        collection: Collection,
        options: RunOptions,
        reporters: Iterable[Reporter] = (),
        memory: Memory | None = None,
    ) -> None:
        if options.token_store is None and memory is not None:
            options = replace(options, token_store=memory.tokens)
        self._engine = Engine(collection, replace(options, keep_results=False), reporters)
        self._memory = memory
        self._iteration = IterationResult(-1)
        self._scopes: Scopes | None = None
        self._row_scopes: Scopes | None = None

    async def __aenter__(self) -> StepwiseRun:
        """Open the session. Raises BruscriptError for what makes a run impossible."""
        session = self._engine.session
        if self._memory is not None:
            session.jar = self._memory.jar
        await session.__aenter__()
        self._rows = session.rows()
        self._scopes = session.scopes()
        if self._memory is not None:
            _recall(self._scopes, self._memory)
        session.learn_auth(session.collection.walk())
        for notice in session.first_notices():
            session.emit(notice)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the session."""
        await self._engine.session.__aexit__(kind, error, trace)

    async def run(self, request: Request, iteration: int = 0) -> Outcome:
        """Run one request, with its retries; reporters get its result. Iterations only go up.

        Raises what the application raised, where `raise_app_exceptions` says so.
        """
        delay_ms = self._engine.options.delay_ms
        if self._row_scopes is not None and delay_ms > 0:
            await asyncio.sleep(delay_ms / 1000)
        while self._iteration.index < iteration:
            self._next_iteration()
        assert self._row_scopes is not None
        outcome = await self._engine.step(self._iteration, request, self._row_scopes)
        if (error := self._engine.take_app_exception()) is not None:
            raise error
        return outcome

    def _next_iteration(self) -> None:
        assert self._scopes is not None
        session = self._engine.session
        index, row = next(self._rows)
        session.secrets.learn_named(row, "the data file")
        self._iteration = IterationResult(index, data=row)
        self._row_scopes = self._scopes.for_row(row, touched=session.rows_touched)
        if row:
            session.auth_secrets.learn_variables(self._row_scopes)
        if self._memory is not None and self._memory.iteration == index:
            before = self._memory.scopes
            self._row_scopes.credentials.update(before.credentials)
            self._row_scopes.iteration = dict(before.iteration)
            self._row_scopes.touched["iteration"] = before.touched["iteration"]

    @property
    def mask(self) -> Mask:
        """The mask of the run's secrets."""
        return self._engine.session.mask

    @property
    def by_hand(self) -> ByHand:
        """How to send a request by hand."""
        return self._engine.session.by_hand

    @property
    def unwritten(self) -> list[str]:
        """Why variables could not be written back to their files."""
        return self._engine.session.write_back.unwritten

    @property
    def memory(self) -> Memory:
        """The state for the next run."""
        session = self._engine.session
        assert self._scopes is not None
        # The row's scopes share all dicts with the run's, but for what is replaced as a whole.
        scopes = self._row_scopes or self._scopes
        # Looking for the tokens would load what is needed to get some.
        tokens = session.tokens.store if "tokens" in vars(session) else None
        variables = session.variables
        return Memory(
            scopes,
            variables.values,
            variables.global_values,
            session.jar,
            tokens,
            self._iteration.index,
        )


def _recall(scopes: Scopes, memory: Memory) -> None:
    """Put into `scopes` what scripts set before; what the options say anew takes precedence."""
    before = memory.scopes
    scopes.runtime.update(before.runtime)
    scopes.prompt.update(before.prompt)
    scopes.changed_collection = before.changed_collection
    scopes.exact = scopes.exact or before.exact
    for name, names in before.touched.items():
        if name != "iteration":
            scopes.touched[name] |= names
    scopes.touched_credentials |= before.touched_credentials
    if scopes.environment_name == before.environment_name:
        _redo(scopes.environment, memory.environment, before.environment)
    if scopes.global_name == before.global_name:
        _redo(scopes.global_env, memory.global_env, before.global_env)


def _redo(values: dict[str, Any], overrides: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
    """Make the change from `overrides` to `changed` in `values`, where these still equal `overrides`."""
    missing = object()
    for name in overrides.keys() | changed.keys():
        is_as_given = values.get(name, missing) == overrides.get(name, missing)
        if is_as_given and name in changed:
            values[name] = changed[name]
        elif is_as_given:
            del values[name]
