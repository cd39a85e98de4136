"""One request from its definition to its result."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bruscript.auth import build_auth
from bruscript.auth.oauth2 import OAuth2Error
from bruscript.collection.tree import Request
from bruscript.errors import BruscriptError
from bruscript.evaluate.merge import merge
from bruscript.evaluate.modes import unknown_mode
from bruscript.evaluate.prepare import prepare
from bruscript.evaluate.prompts import Question, prompts
from bruscript.evaluate.resolve import resolve, resolve_auth, resolve_for_scripts, timeout_ms
from bruscript.evaluate.scopes import holds_big
from bruscript.runner.guard import Guard
from bruscript.runner.host import HostCallError, RunHost
from bruscript.runner.large_body import reported
from bruscript.runner.nothing import answers_wanted
from bruscript.runner.results import BY_SCRIPT, ConsoleLine, RequestResult, ScriptFailure
from bruscript.sandbox import Job, Segment, Step, current_claim, describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import httpx

    from bruscript.auth.oauth2 import Authorization, Config, TokenKey
    from bruscript.evaluate import Effective, PreparedRequest, Scopes
    from bruscript.http import OutgoingRequest, Response
    from bruscript.runner.session import Session
    from bruscript.sandbox import JobResult, ScriptError, StepResult

MAX_NESTING = 8
"""How deep `bru.runRequest` may nest: a request that runs itself ends as an error, not as a hang."""

_PHASES = {
    "post-response": ("post_response_tests", "Post-Response Script Error"),
    "tests": ("tests", "Test Script Error"),
}
_PROTOCOLS = {"grpc": "A gRPC request", "ws": "A WebSocket request", "app": "An app"}
_SCRIPTS = {"post-response": "post-response", "tests": "test"}


@dataclass
class Outcome:
    """A request's result, and what its scripts ask of the run: another next request, or its end."""

    result: RequestResult
    jump: bool = False
    next_request: str | None = field(default=None, repr=False)
    stop: bool = False


class _Done(Exception):
    """The request's course ends here; its result says why."""


class RequestRun:
    """Runs one request: scripts, templates, token, exchange, assertions and tests."""

    guard: Guard

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
        self.prepared: PreparedRequest | None = None
        self._own_token: TokenKey | None = None
        self._response: Response | None = None
        self._failure: BruscriptError | None = None

    async def run(self) -> Outcome:
        """Run it; whatever goes wrong is in the outcome's result, nothing but a cancellation is raised."""
        try:
            await self._course()
        except _Done:
            pass
        except BruscriptError as error:
            self._fail(str(error))
        except Exception as error:
            # Values nested beyond Python's depth, or a mistake of ours, cost this request, not the run.
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

        `changes` are what the script has made of variables so far; the nested request sees it, and the script
        sees what the nested request makes of them. `resets` are the ids of the credentials that the
        script has reset. Raises HostCallError for an unknown path.
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
        # The same scopes, but for those of the request itself, which the nested one has of its own.
        scopes = replace(self.scopes)
        run = RequestRun(self.session, request, scopes, self.iteration_index, self.depth + 1)
        outcome = await run.run()
        self.scopes.changed_collection = scopes.changed_collection
        self._see_tokens()
        self.result.console += outcome.result.console
        state = self.scopes.to_state()
        shared = ("runtime", "environment", "global", "oauth2")
        response = outcome.result.response
        if response["url"]:
            response = {**response, "url": run.guard.conceal(response["url"])}
        variables = {name: state[name] for name in shared}
        answer = {"response": response, "variables": variables}
        # As a text numbers keep all their digits.
        return answer | {"exact": json.dumps(variables)} if scopes.exact else answer

    async def _course(self) -> None:
        session, scopes = self.session, self.scopes
        effective = merge(self.request)
        scopes.enter(effective)
        session.secrets.auth(effective.auth)
        session.secrets.scopes(scopes)
        self.prepared = prepare(effective, session.collection, scopes)
        self._see_tokens()
        self.guard = Guard(self.prepared, scopes, session.services.policy, session.client.jar)
        self.result.request = self.prepared.to_report()
        if self.request.kind not in ("http", "graphql"):
            self._skip(f"{_PROTOCOLS[self.request.kind]}: bruscript sends only HTTP requests")
        if problem := unknown_mode(self.prepared.mode):
            self._fail(problem)
            raise _Done
        self._answer_prompts(self.prepared)
        if effective.scripts.pre:
            await self._pre_request(effective.scripts.pre)
        await self._send_once(self.prepared)
        if self._failure is not None:
            raise self._failure
        if self._response is not None:
            await self._after(effective, self._response)

    def _answer_prompts(self, prepared: PreparedRequest) -> None:
        missing: list[str] = []
        for prompt in prompts(prepared, self.scopes):
            question = Question.of(prompt)
            answer = self.session.answer(prompt, question)
            if answer is None:
                missing.append(question)
            else:
                self.scopes.prompt[prompt] = self.scopes.prompt[question] = answer
                self.session.secrets.named({question: answer}, "a prompt")
        if missing:
            self._skip(f"Prompt without an answer. {answers_wanted(missing)}")

    async def _pre_request(self, segments: Sequence[Segment]) -> None:
        steps = [Step(kind="script", phase="pre-request", segments=tuple(segments))]
        if any("onFail" in segment.source for segment in segments):
            # The handler is a closure, so the request is sent while its job is alive: see exchange_now.
            steps.append(Step(kind="onFail", phase="on-fail"))
        job = await self._job(steps)
        outcome = job.steps[0]
        for step, done in zip(steps, job.steps, strict=False):
            self._keep_console(step.phase, done)
            self.result.pre_request_tests += done.results
            if done is not outcome and done.error is not None:
                self._note_failure(step.phase, done.error)
        if outcome.error is not None:
            self._note_failure("pre-request", outcome.error)
            message = outcome.error.message or "An error occurred while executing the pre-request script."
            self._fail(message)
            raise _Done
        if job.changes.get("skip"):
            self._skip(BY_SCRIPT)

    async def exchange_now(self, changes: dict[str, Any]) -> dict[str, Any] | None:
        """Send the request for a script that waits with `req.onFail`; None, or why no response came."""
        assert self.prepared is not None
        self._apply(changes)
        await self._send_once(self.prepared)
        if self._failure is None:
            return None
        failure: dict[str, Any] = self.guard.conceal(describe(self._failure))
        return failure

    async def _send_once(self, prepared: PreparedRequest) -> None:
        if self._response is None and self._failure is None:
            try:
                self._response = await self._exchange(prepared)
            except BruscriptError as error:
                self._failure = error

    async def _exchange(self, prepared: PreparedRequest) -> Response:
        """Get the token, resolve the templates, send; what fails there ends the course."""
        session, result = self.session, self.result
        self.guard.look()
        if prepared.auth.mode == "oauth2":
            session.unset.check(self.request, prepared, self.scopes, tokens=False)
        authorization = await self._authorize(prepared)
        result.warnings += session.unset.check(self.request, prepared, self.scopes)
        sent = self.guard.copy_to_send()
        try:
            outgoing = resolve(sent, self.scopes)
            session.secrets.request(outgoing)
            self.guard.check(outgoing)
        finally:
            result.request = sent.to_report()
            if sent is not prepared:
                resolve_for_scripts(prepared, self.scopes)
        result.warnings += outgoing.warnings
        if authorization is None:
            auth = _auth(outgoing, session.collection.path)
            self._show(sent, getattr(auth, "header", None))
        else:
            auth = authorization.auth
            self._show(sent, authorization.header, derived=False)
        try:
            if cookies := session.client.cookie_header(outgoing):
                session.secrets.cookies(cookies.split(";"))
                self._show(sent, ("Cookie", cookies), derived=False)
            # Where a script has asked for this request (bru.runRequest), the response counts for it.
            outgoing.allowance = current_claim()
            response = await session.client.send(outgoing, auth)
            session.secrets.response(response)
        finally:
            if authorization is not None:
                result.oauth2 = authorization.entries
                result.timeline += authorization.timeline
                result.warnings += authorization.warnings
                self._see_tokens()
                self._show(sent, authorization.header, derived=False)
        result.timeline += response.timeline
        result.warnings += response.warnings
        result.response = reported(response)
        return response

    def _show(self, sent: PreparedRequest, header: tuple[str, str] | None, *, derived: bool = True) -> None:
        """Have scripts and reports see a header that is sent beside the request's own."""
        if header is not None:
            self.guard.show(header, derived=derived)
            self.result.request["headers"] = dict(sent.headers)

    async def _authorize(self, prepared: PreparedRequest) -> Authorization | None:
        if prepared.auth.mode != "oauth2":
            return None
        config = self._token_config(prepared)
        if config.more.subject_credentials_id:
            from bruscript.runner.subject_token import with_subject_token

            config = await with_subject_token(config, self.session, self.scopes, timeout_ms(prepared))
        self._own_token = self.scopes.credentials[config.credentials_id] = config.key
        try:
            authorization = await self.session.tokens.authorize(config, timeout_ms(prepared))
        except OAuth2Error as error:
            self.result.timeline += error.timeline
            raise
        self._see_tokens()
        return authorization

    def _token_config(self, prepared: PreparedRequest) -> Config:
        # Most collections have no OAuth 2.0, and do not import it.
        from bruscript.auth.oauth2 import Config

        config = Config.from_block(resolve_auth(prepared, self.scopes).config)
        more = replace(config.more, base_dir=str(self.session.collection.path))
        return replace(config, fences=self.guard.token_fences(), more=more)

    def _see_tokens(self) -> None:
        """Have templates and scripts see the tokens that there are now."""
        self.scopes.oauth2 = self.session.token_variables(self.scopes, self.prepared, self._own_token)

    async def _after(self, effective: Effective, response: Response) -> None:
        steps = self._steps_after(effective)
        while steps:
            job = await self._job(steps, response)
            for step, outcome in zip(steps, job.steps, strict=False):
                self._take(step, outcome)
            # A worker that died took the steps behind the fatal one with it: these run in a fresh one.
            steps = steps[max(len(job.steps), 1) :]

    def _steps_after(self, effective: Effective) -> list[Step]:
        steps = []
        if effective.post_vars:
            steps.append(Step(kind="vars", phase="vars", entries=tuple(effective.post_vars)))
        if effective.scripts.post:
            segments = tuple(effective.scripts.post)
            steps.append(Step(kind="script", phase="post-response", segments=segments))
        if effective.assertions:
            entries = tuple(effective.assertions)
            steps.append(Step(kind="assertions", phase="assertions", entries=entries))
        if effective.scripts.tests:
            steps.append(Step(kind="tests", phase="tests", segments=tuple(effective.scripts.tests)))
        return steps

    def _take(self, step: Step, outcome: StepResult) -> None:
        self._keep_console(step.phase, outcome)
        if step.kind == "assertions":
            self.result.assertions = outcome.results
        if step.phase not in _PHASES:
            if outcome.error is not None:
                self._note_failure(step.phase, outcome.error)
            return
        attribute, description = _PHASES[step.phase]
        results = list(outcome.results)
        if outcome.error is not None:
            self._note_failure(step.phase, outcome.error)
            results.append(
                {
                    "status": "fail",
                    "description": description,
                    "error": outcome.error.message
                    or f"An error occurred while executing the {_SCRIPTS[step.phase]} script.",
                    "isScriptError": True,
                }
            )
        setattr(self.result, attribute, results)

    async def _job(self, steps: Sequence[Step], response: Response | None = None) -> JobResult:
        """Run scripts with the state as it is now, and take over what they changed."""
        assert self.prepared is not None
        session = self.session
        state = {
            "variables": self.scopes.to_state(),
            "request": self.prepared.to_state(),
            "response": _response_state(response, self.guard.conceal(response.url)) if response else None,
            "context": self._context(),
        }
        job = Job(steps=list(steps), state=state, response_body=response.body if response else None)
        done = await session.sandbox.run(job, RunHost(self))
        self._apply(done.changes, response)
        return done

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
            self._see_tokens()

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

    def _keep_console(self, phase: str, outcome: StepResult) -> None:
        for line in outcome.console:
            self.result.console.append(ConsoleLine(line["level"], " ".join(line["args"]), phase))

    def _note_failure(self, phase: str, error: ScriptError) -> None:
        self.result.script_failures.append(
            ScriptFailure(
                phase=phase,
                name=error.name,
                message=error.message,
                stack=error.stack,
                path=str(error.path) if error.path else None,
                line=error.line,
                column=error.column,
                kind=error.kind,
            )
        )

    def _fail(self, message: str) -> None:
        self.result.status = "error"
        self.result.error = message
        self.result.response = _no_response("error")

    def _skip(self, reason: str) -> None:
        self.result.status = "skipped"
        self.result.skip_reason = reason
        self.result.response = {**_no_response("skipped"), "statusText": reason}
        raise _Done


def _auth(outgoing: OutgoingRequest, base_dir: Path) -> httpx.Auth | None:
    # A bearer token is in its header already, where scripts could see it, and perhaps set another.
    placed = outgoing.auth.mode == "bearer" and outgoing.header("authorization") is not None
    return None if placed else build_auth(outgoing.auth, base_dir)


def _response_state(response: Response, url: str) -> dict[str, Any]:
    return {
        "status": response.status,
        "statusText": response.status_text,
        "headers": response.header_map,
        "url": url,
        "responseTime": response.duration_ms,
        "parseJson": response.parse_json,
    }


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
