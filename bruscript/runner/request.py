"""One request from its definition to its result."""

from __future__ import annotations

import json
import os
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bruscript.collection.tree import Request
from bruscript.errors import BruscriptError
from bruscript.evaluate.merge import merge
from bruscript.evaluate.modes import unknown_mode
from bruscript.evaluate.prepare import prepare
from bruscript.http.sent import KEPT, journal
from bruscript.lang.values import holds_big
from bruscript.records import record
from bruscript.runner.events import Notice
from bruscript.runner.exchange import RequestExchange, response_state
from bruscript.runner.guard import Guard
from bruscript.runner.host import HostCallError, RunHost
from bruscript.runner.large_body import opened
from bruscript.runner.nothing import answers_wanted
from bruscript.runner.results import BY_SCRIPT, RequestResult
from bruscript.runner.retries import repeated, retrying
from bruscript.runner.steps import record_after, record_before, steps_after, steps_before
from bruscript.sandbox import Job, describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bruscript.evaluate import Effective, PreparedRequest, Scopes
    from bruscript.http import Response
    from bruscript.runner.session import Session
    from bruscript.sandbox import JobResult, Segment, Step

MAX_NESTING = 8
"""How deep `bru.runRequest` may nest: a request that runs itself fails instead of hanging."""

_PROTOCOLS = {"grpc": "A gRPC request", "ws": "A WebSocket request", "app": "An app"}


@record
class Outcome:
    """A request's result, and what its scripts ask of the run: another next request, or its end."""

    result: RequestResult
    jump: bool = False
    next_request: str | None = field(default=None, repr=False)
    stop: bool = False


class _Done(Exception):
    """Ends the request here; its result says why."""


class RequestRun:
    """Runs one request: scripts, templates, token, exchange, assertions and tests."""

    guard: Guard
    exchange: RequestExchange

    def __init__(
        self, session: Session, request: Request, scopes: Scopes, iteration_index: int, depth: int = 0
    ) -> None:
        self.session = session
        self.request = request
        self.scopes = scopes
        self.iteration_index = iteration_index
        self.result = RequestResult.of(request, status="pass", iteration_index=iteration_index)
        self.outcome = Outcome(self.result)
        self.depth = depth
        self._nested_size = 0
        self.prepared: PreparedRequest | None = None

    async def run(self) -> Outcome:
        """Run it; whatever goes wrong is in the outcome's result, nothing but a cancellation is raised."""
        try:
            token = journal.set(self.result.sent)
            try:
                await self._execute()
            finally:
                journal.reset(token)
        except _Done:
            pass
        except BruscriptError as error:
            self._fail(str(error))
        except Exception as error:
            # Values nested beyond Python's depth, or a bug of ours, fail this request, not the run.
            if os.environ.get("BRUSCRIPT_DEBUG"):
                raise
            self._fail(f"bruscript failed on this request: {type(error).__name__}: {error}")
        if not self.depth:
            self.result.warnings += self.session.mask.warnings()
        # As in the reference, one that is skipped does not say which is next.
        self.outcome.jump = self.outcome.jump and not self.result.skipped
        if self.outcome.jump:
            self.result.flow["nextRequestName"] = self.outcome.next_request
        self.result.flow["shouldStopRunnerExecution"] = self.outcome.stop
        return self.outcome

    async def nested(self, path: str, changes: dict[str, Any], resets: list[Any]) -> dict[str, Any]:
        """Run another request for a script of this one (`bru.runRequest`) and return what the script gets.

        `changes` are the script's changes to variables so far, which the nested request sees; the script sees
        the nested request's. `resets` are the ids of the credentials that the script has reset. Raises
        HostCallError for an unknown path.
        """
        collection = self.session.collection
        full = os.path.normpath(os.path.join(collection.path, path.lstrip("/")))
        suffix = collection.layout.suffix
        full = full if full.endswith(suffix) else f"{full}{suffix}"
        request = collection.item(full)
        if not isinstance(request, Request):
            raise HostCallError(f"bru.runRequest: invalid request path - {full}")
        if self.depth >= MAX_NESTING:
            raise HostCallError(f"bru.runRequest: {MAX_NESTING} requests run one inside the other - {full}")
        self.session.apply_variables(self.scopes, changes)
        self.scopes.exact = self.scopes.exact or holds_big(changes)
        self._reset(resets)
        # The same scopes, except the request's own: the nested one has different ones.
        scopes = replace(self.scopes)
        run = await self._repeated(request, scopes)
        outcome = run.outcome
        self.scopes.changed_collection = scopes.changed_collection
        self.exchange.see_tokens()
        state = self.scopes.to_state()
        shared = ("runtime", "environment", "global", "oauth2")
        response = opened(outcome.result.response)
        if response["url"]:
            response["url"] = run.guard.conceal(response["url"])
        self._nested_size += response["size"] or 0
        if self._nested_size > KEPT:
            run.result.leave_out_bodies()
        variables = {name: state[name] for name in shared}
        answer = {"response": response, "variables": variables}
        # As a text numbers keep all their digits.
        return answer | {"exact": json.dumps(variables)} if scopes.exact else answer

    async def _repeated(self, request: Request, scopes: Scopes) -> RequestRun:
        """Run a request inside this one, again while it fails and its own settings say so."""
        place = len(self.result.nested)

        async def attempt() -> RequestRun:
            run = RequestRun(self.session, request, scopes, self.iteration_index, self.depth + 1)
            self.result.nested[place : place + 1] = [run.result]
            await run.run()
            return run

        return await repeated(attempt, *retrying(request, None))

    async def _execute(self) -> None:
        effective = merge(self.request)
        for text in self.session.passed_over.of(self.request):
            self.session.emit(Notice("warning", text))
        prepared = self._prepare(effective)
        self.result.request = prepared.to_report()
        if self.request.kind not in ("http", "graphql"):
            self._skip(f"{_PROTOCOLS[self.request.kind]}: bruscript sends only HTTP requests")
        if problem := effective.problem or unknown_mode(prepared.mode):
            self._fail(problem)
            raise _Done
        self._answer_prompts(prepared)
        if effective.scripts.pre:
            await self._pre_request(effective.scripts.pre)
        await self.exchange.send_once()
        if self.exchange.failure is not None:
            raise self.exchange.failure
        if self.exchange.response is not None:
            await self._after(effective, self.exchange.response)

    def _prepare(self, effective: Effective) -> PreparedRequest:
        """Make the request ready for its scripts."""
        session, scopes = self.session, self.scopes
        scopes.enter(effective)
        session.secrets.auth(effective.auth)
        session.secrets.scopes(scopes)
        self.prepared = prepared = prepare(effective, session.collection, scopes)
        self.guard = Guard(prepared, scopes, session.services.policy)
        self.exchange = RequestExchange(session, self.request, prepared, scopes, self.guard, self.result)
        self.exchange.see_tokens()
        return prepared

    def _answer_prompts(self, prepared: PreparedRequest) -> None:
        if missing := self.session.prompts.fill_in(prepared, self.scopes):
            self._skip(f"Prompt without an answer. {answers_wanted(missing)}")

    async def _pre_request(self, segments: Sequence[Segment]) -> None:
        steps = steps_before(segments)
        job = await self._job(steps)
        outcome = job.steps[0]
        for step, done in zip(steps, job.steps, strict=False):
            record_before(self.request, self.result, step, done)
        if outcome.error is not None:
            message = outcome.error.message or "An error occurred while executing the pre-request script."
            self._fail(message)
            raise _Done
        if job.changes.get("skip"):
            self._skip(BY_SCRIPT)

    async def exchange_now(self, changes: dict[str, Any]) -> dict[str, Any] | None:
        """Send the request for a script that waits with `req.onFail`; None, or why no response came."""
        assert self.prepared is not None
        self._apply(changes)
        await self.exchange.send_once()
        if self.exchange.failure is None:
            return None
        failure: dict[str, Any] = self.guard.conceal(describe(self.exchange.failure))
        return failure

    async def _after(self, effective: Effective, response: Response) -> None:
        steps = steps_after(effective)
        while steps:
            job = await self._job(steps, response)
            for step, outcome in zip(steps, job.steps, strict=False):
                record_after(self.request, self.result, step, outcome)
            # A worker that died took the steps behind the fatal one with it: these run in a fresh one.
            steps = steps[max(len(job.steps), 1) :]

    async def _job(self, steps: Sequence[Step], response: Response | None = None) -> JobResult:
        """Run scripts with the state as it is now, and take over what they changed."""
        assert self.prepared is not None
        session = self.session
        state = {
            "variables": self.scopes.to_state(),
            "request": self.prepared.to_state(),
            "response": response_state(response, self.guard.conceal(response.url)) if response else None,
            "context": self._context(),
        }
        job = Job(steps=list(steps), state=state, response_body=response.body if response else None)
        outcome = await session.sandbox.run(job, RunHost(self))
        for error in (step.error for step in outcome.steps):
            if error is not None and error.name == "SyntaxError" and error.path and error.line:
                root = session.collection.path
                session.secrets.script_error(error.message, Path(error.path), error.line, root)
        self._apply(outcome.changes, response)
        return outcome

    def _apply(self, changes: dict[str, Any], response: Response | None = None) -> None:
        """Take over what scripts changed and asked for."""
        assert self.prepared is not None
        session = self.session
        self.scopes.note(changes)
        if changes.get("variables"):
            session.apply_variables(self.scopes, changes)
        if "iterationData" in changes:
            self.scopes.apply_row(changes["iterationData"])
        if "request" in changes:
            self.prepared.apply_state(changes["request"])
        if response and "response" in changes:
            response.data = self.result.response["data"] = changes["response"].get("data")
        self._reset(changes.get("resetOauth2", ()))
        if "nextRequest" in changes:
            self.outcome.jump, self.outcome.next_request = True, changes["nextRequest"]
        self.outcome.stop = self.outcome.stop or bool(changes.get("stop"))

    def _reset(self, ids: Iterable[Any]) -> None:
        """Forget the credentials with these ids."""
        for credentials_id in ids:
            self.session.tokens.reset(str(credentials_id))
            self.exchange.see_tokens()

    def _context(self) -> dict[str, Any]:
        session = self.session
        return {
            "collectionName": session.collection.name,
            "collectionPath": str(session.collection.path),
            "mode": session.options.sandbox,
            "environment": session.services.policy.has_environment,
            "additionalContextRoots": session.context_roots,
            "executionMode": "cli",
            "iteration": {
                "index": self.iteration_index,
                "total": session.iterations,
                "data": self.scopes.iteration,
            },
            "assertionResults": [],
        }

    def _fail(self, message: str) -> None:
        self.result.status = "error"
        self.result.error = message
        self.result.response = _no_response("error")

    def _skip(self, reason: str) -> None:
        self.result.status = "skipped"
        self.result.skip_reason = reason
        self.result.response = {**_no_response("skipped"), "statusText": reason}
        raise _Done


def _no_response(status: str) -> dict[str, Any]:
    return {
        "status": status,
        "statusText": None,
        "headers": None,
        "data": None,
        "url": None,
        "responseTime": 0,
        "duration": 0,
        "size": 0,
    }
