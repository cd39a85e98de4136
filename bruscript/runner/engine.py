"""One run of a collection: which requests, in which order, how often, and when to stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bruscript.errors import BruscriptError
from bruscript.evaluate.merge import merge
from bruscript.runner.at_once import lost_variables
from bruscript.runner.events import (
    IterationFinished,
    IterationStarted,
    Notice,
    Reporter,
    RequestFinished,
    RequestStarted,
    RunFinished,
    RunStarted,
)
from bruscript.runner.failures import failures
from bruscript.runner.masked import MaskedResult
from bruscript.runner.nothing import answers_wanted, no_rows
from bruscript.runner.request import Outcome, RequestRun
from bruscript.runner.results import SYNTAX, IterationResult, RequestResult
from bruscript.runner.retries import repeated, retrying
from bruscript.runner.run_result import RunResult
from bruscript.runner.selection import Selection, jumps, select, skipped_files
from bruscript.runner.session import Session

if TYPE_CHECKING:
    from bruscript.collection import Collection, Request
    from bruscript.evaluate import Scopes
    from bruscript.runner.options import RunOptions
    from bruscript.sandbox import Sandbox

MAX_JUMPS = 10_000
"""How often `setNextRequest` may jump in one iteration, as in the reference."""

FAILED, NOT_WRITTEN, ENDLESS_LOOP, INTERRUPTED = 1, 2, 3, 130


class EndlessLoopError(BruscriptError):
    """Scripts jumped more often than `MAX_JUMPS`."""

    exit_code = ENDLESS_LOOP


class Engine:
    """Runs a collection's requests and notifies the reporters."""

    def __init__(
        self,
        collection: Collection,
        options: RunOptions,
        reporters: Iterable[Reporter] = (),
        sandbox: Sandbox | None = None,
    ) -> None:
        self.collection = collection
        self.options = options
        self.session = Session(collection, options, reporters, sandbox)
        self.result = RunResult(collection.name, errors=self.session.errors, warnings=self.session.warnings)
        self._selection = Selection([], [], [])
        self._halt = asyncio.Event()
        self._under_way: list[str] = []
        self._app_exception: BaseException | None = None

    async def run(self) -> RunResult:
        """Run to the end, or until cancelled: what was done by then is reported all the same.

        Raises BruscriptError for what makes a run impossible (a missing path or environment).
        """
        session, result = self.session, self.result
        try:
            async with session:
                self._selection = select(self.collection, self.options)
                requests = self._selection.requests
                session.learn_auth(requests)
                result.environment_name = session.environment_name
                session.emit(
                    RunStarted(
                        collection_name=self.collection.name,
                        collection_path=self.collection.path,
                        requests=tuple(request.relpath for request in requests),
                        iterations=session.iterations,
                        parallel=self.options.parallel,
                        mask=session.mask,
                        environment_name=result.environment_name,
                        by_hand=session.by_hand,
                    )
                )
                for notice in (*session.first_notices(), *self._selection.notices(self.options)):
                    session.emit(notice)
                result.exit_code = await self._iterate(requests)
                result.unwritten = session.write_back.unwritten
                if session.write_back.unwritten:
                    result.exit_code = result.exit_code or NOT_WRITTEN
                for notice in session.last_notices():
                    session.emit(notice)
                session.emit(RunFinished(result))
                if self._app_exception is not None:
                    raise self._app_exception
        except asyncio.CancelledError:
            # While secrets were fetched: there are no results yet.
            session.emit(Notice("warning", "Interrupted before the first request."))
            result.interrupted, result.exit_code = True, INTERRUPTED
        finally:
            session.close_reporters()
        if session.reports_lost:
            result.exit_code = result.exit_code or NOT_WRITTEN
        return result

    async def _iterate(self, requests: list[Request]) -> int:
        try:
            if self.options.parallel > 1 and self.session.iterations > 1:
                await self._iterate_parallel(requests)
            else:
                await self._iterate_in_order(requests)
        except asyncio.CancelledError:
            self.result.interrupted, self.result.ended = True, list(self._under_way)
            return INTERRUPTED
        except EndlessLoopError as error:
            self.session.emit(Notice("error", str(error)))
            return error.exit_code
        if nothing := self._nothing_sent():
            self.session.emit(Notice("error", nothing))
            return FAILED
        # A file that could not be read, or a folder without requests, was never checked.
        unchecked = self._selection.broken or (
            self._selection.empty and not self.options.pass_with_no_requests
        )
        return 0 if self.result.summary.ok and not unchecked else FAILED

    def _nothing_sent(self) -> str | None:
        """Return why a run that sent nothing must not pass.

        None where it may, or where something was sent.
        """
        session, summary = self.session, self.result.summary
        if session.prompts.unanswered and summary.total_requests == summary.skipped_requests:
            return f"Nothing was sent: prompts have no answer. {answers_wanted(session.prompts.unanswered)}"
        if self.options.pass_with_no_requests:
            return None
        if self._selection.nothing and not self._selection.broken:
            return self._selection.nothing
        return no_rows(file.path for file in session.data_files) if session.iterations == 0 else None

    async def _iterate_in_order(self, requests: list[Request]) -> None:
        scopes = self.session.scopes()
        for index, row in self.session.rows():
            if self._halt.is_set():
                self._skip_iteration(index, row, requests)
                continue
            await self._iteration(index, row, requests, scopes)

    async def _iterate_parallel(self, requests: list[Request]) -> None:
        """Keep `parallel` iterations going; rows are read only as fast as they are used."""
        pending: set[asyncio.Task[None]] = set()
        try:
            for index, row in self.session.rows():
                if self._halt.is_set():
                    self._skip_iteration(index, row, requests)
                    continue
                if len(pending) >= self.options.parallel:
                    done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                    _raise_first(done)
                pending.add(asyncio.create_task(self._iteration(index, row, requests, self.session.scopes())))
            while pending:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                _raise_first(done)
        finally:
            await _cancel(pending)

    async def _iteration(
        self, index: int, row: dict[str, Any], requests: list[Request], scopes: Scopes
    ) -> None:
        session = self.session
        iteration = IterationResult(index, data=row)
        session.secrets.learn_named(row, "the data file")
        scopes = scopes.for_row(row, touched=session.rows_touched)
        if row:
            session.auth_secrets.learn_variables(scopes)
        session.emit(IterationStarted(index, session.mask.mask(row)))
        try:
            parallel = self.options.parallel > 1 and session.iterations == 1 and not jumps(requests)
            if parallel and (lost := lost_variables(requests)):
                session.emit(Notice("warning", lost))
            way = self._run_parallel if parallel else self._follow
            async for request, outcome in way(iteration, requests, scopes):
                self._record(iteration, outcome.result)
                if self.options.bail and outcome.result.any_failed:
                    self._bail(iteration, request, outcome.result)
        finally:
            for result in skipped_files(self.collection, self._selection.broken, index):
                self._record(iteration, result)
            if self.options.keep_results:
                self.result.iterations.append(iteration)
            session.emit(IterationFinished(iteration))

    async def _follow(
        self, iteration: IterationResult, requests: list[Request], scopes: Scopes
    ) -> AsyncIterator[tuple[Request, Outcome]]:
        """One request after the other, going where scripts say."""
        position = jumped = 0
        started = False
        by_name = {request.name: at for at, request in reversed(list(enumerate(requests)))}
        while position < len(requests):
            if self._halt.is_set():
                self._skip_rest(iteration, requests[position:])
                return
            request = requests[position]
            if started and self.options.delay_ms > 0:
                await asyncio.sleep(self.options.delay_ms / 1000)
            started = True
            position += 1
            if position < len(requests):
                # While this one waits for its scripts, there is time to merge the next.
                asyncio.get_running_loop().call_soon(_merge_ahead, requests[position])
            outcome = await self._one(iteration.index, request, scopes)
            yield request, outcome
            if self._halt.is_set():
                continue
            if outcome.stop:
                return
            if outcome.jump:
                jumped += 1
                if jumped > MAX_JUMPS:
                    raise EndlessLoopError(
                        f"Too many jumps, possible infinite loop: {request.relpath} set the next request "
                        f"for the {MAX_JUMPS + 1}th time"
                    )
                if outcome.next_request is None:
                    return
                if isinstance(outcome.next_request, str) and outcome.next_request in by_name:
                    position = by_name[outcome.next_request]
                else:
                    self.session.emit(
                        Notice("error", f"Could not find request with name '{outcome.next_request}'")
                    )

    async def _run_parallel(
        self, iteration: IterationResult, requests: list[Request], scopes: Scopes
    ) -> AsyncIterator[tuple[Request, Outcome]]:
        """Run up to `parallel` requests at once, each with its own variables."""
        waiting = iter(requests)
        running: dict[asyncio.Task[Outcome], Request] = {}
        try:
            while True:
                while len(running) < self.options.parallel and not self._halt.is_set():
                    request = next(waiting, None)
                    if request is None:
                        break
                    run = self._one(iteration.index, request, scopes.copy())
                    running[asyncio.create_task(run)] = request
                if not running:
                    break
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    yield running.pop(task), task.result()
            self._skip_rest(iteration, list(waiting))
        finally:
            await _cancel(running)

    async def turn(self, index: int, row: dict[str, Any], requests: list[Request], scopes: Scopes) -> None:
        """Run `requests` once, as scripts direct, for an owner who knows when. The session must be open."""
        await self._iteration(index, row, requests, scopes)

    async def step(self, iteration: IterationResult, request: Request, scopes: Scopes) -> Outcome:
        """Run a single request, for a caller that knows the order. The session must be open."""
        outcome = await self._one(iteration.index, request, scopes)
        self._record(iteration, outcome.result)
        return outcome

    def take_app_exception(self) -> BaseException | None:
        """Return what the application raised and is to be raised again; the run may go on."""
        error, self._app_exception = self._app_exception, None
        self._halt.clear()
        return error

    async def _one(self, iteration_index: int, request: Request, scopes: Scopes) -> Outcome:
        self.session.emit(RequestStarted(iteration_index, request.name, request.relpath))
        self._under_way.append(request.relpath)
        outcome = await repeated(
            lambda: self._attempt(iteration_index, request, scopes),
            *retrying(request, self.options),
            self._halt.is_set,
        )
        # Only an interrupt leaves a request in there.
        self._under_way.remove(request.relpath)
        return outcome

    def _look_for_exception(self, result: RequestResult) -> None:
        """End the run if the application raised an exception to be raised again."""
        if not self.options.raise_app_exceptions or self._app_exception is not None:
            return
        sent = (sent for each in result.everything() for sent in each.sent)
        self._app_exception = next((s.app.failure.error for s in sent if s.app and s.app.failure), None)
        if self._app_exception is not None:
            self._halt.set()

    async def _attempt(self, iteration_index: int, request: Request, scopes: Scopes) -> Outcome:
        run = RequestRun(self.session, request, scopes, iteration_index)
        bailing = self.options.bail and self.options.parallel > 1
        outcome = await (self._unless_halted(run) if bailing else run.run())
        self._look_for_exception(outcome.result)
        return outcome

    async def _unless_halted(self, run: RequestRun) -> Outcome:
        """Run the request, but give it up as soon as another one has ended the run by `--bail`."""
        request = asyncio.create_task(run.run())
        halt = asyncio.create_task(self._halt.wait())
        try:
            await asyncio.wait({request, halt}, return_when=asyncio.FIRST_COMPLETED)
            if request.done():
                return request.result()
            return Outcome(RequestResult.of(run.request, status="skipped", skip_reason="bail"))
        finally:
            await _cancel([request, halt])

    def _record(self, iteration: IterationResult, result: RequestResult) -> None:
        everything = list(result.everything())
        for each in everything:
            each.iteration_index, each.row = iteration.index, iteration.data
            each.repeated = self.session.iterations > 1
        iteration.summary.add(result)
        self.result.summary.add(result)
        if self.options.keep_results:
            iteration.results.append(result)
        masked = MaskedResult(result, self.session.mask)
        if result.any_failed or result.skip_reason == SYNTAX:
            for failure in failures(masked):
                self.result.failure_list.add(failure, iteration.index)
        self.session.emit(RequestFinished(result, masked))
        if self.options.keep_results:
            for each in everything:
                for sent in each.sent:
                    sent.release()

    def _bail(self, iteration: IterationResult, request: Request, result: RequestResult) -> None:
        if self._halt.is_set():
            return
        self._halt.set()
        iteration.bailed = True
        iteration.bail_reason = _bail_reason(result)
        iteration.bailed_at = request.name

    def _skip_rest(self, iteration: IterationResult, requests: list[Request]) -> None:
        for request in requests:
            self._record(iteration, RequestResult.of(request, status="skipped", skip_reason="bail"))

    def _skip_iteration(self, index: int, row: dict[str, Any], requests: list[Request]) -> None:
        iteration = IterationResult(index, data=row, skipped=True)
        iteration.summary.skip(len(requests))
        self.result.iterations.append(iteration)


def _bail_reason(result: RequestResult) -> str:
    if result.status == "error":
        return "request failure"
    for kind, checks in (
        ("assertion", result.assertions),
        ("pre-request test", result.pre_request_tests),
        ("post-response test", result.post_response_tests),
    ):
        if any(check.get("status") == "fail" for check in checks):
            return f"{kind} failure"
    return "test failure"


def _merge_ahead(request: Request) -> None:
    # Errors in the request are reported when it runs.
    with suppress(Exception):
        merge(request)


def _raise_first(tasks: Iterable[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.result()


async def _cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, BruscriptError):
            await task
