"""One request from its definition to its result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bruscript.errors import BruscriptError
from bruscript.evaluate import merge, prepare, prompts, resolve
from bruscript.runner.results import ConsoleLine, RequestResult, ScriptFailure
from bruscript.sandbox import Job, Segment, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bruscript.collection import Request
    from bruscript.evaluate import Effective, PreparedRequest, Scopes
    from bruscript.http import Response
    from bruscript.runner.session import Session
    from bruscript.sandbox import JobResult, ScriptError, StepResult

_PHASES = {
    "post-response": ("post_response_tests", "Post-Response Script Error"),
    "tests": ("tests", "Test Script Error"),
}


@dataclass
class Outcome:
    """A request's result, and what its scripts ask of the run: another next request, or its end."""

    result: RequestResult
    jump: bool = False
    next_request: str | None = None
    stop: bool = False


class _Done(Exception):
    """The request's course ends here; its result says why."""


class RequestRun:
    """Runs one request: scripts, templates, token, exchange, assertions and tests."""

    def __init__(self, session: Session, request: Request, scopes: Scopes, iteration_index: int) -> None:
        self.session = session
        self.request = request
        self.scopes = scopes
        self.iteration_index = iteration_index
        self.result = RequestResult.of(request, status="pass", iteration_index=iteration_index)
        self.outcome = Outcome(self.result)
        self.prepared: PreparedRequest | None = None

    async def run(self) -> Outcome:
        """Run it; whatever goes wrong is in the outcome's result, nothing but a cancellation is raised."""
        try:
            await self._course()
        except _Done:
            pass
        except BruscriptError as error:
            self._fail(str(error))
        return self.outcome

    async def _course(self) -> None:
        effective = merge(self.request)
        self.scopes.enter(effective)
        self.prepared = prepare(effective, self.session.collection, self.scopes)
        self._answer_prompts(self.prepared)
        if effective.scripts.pre:
            await self._pre_request(effective.scripts.pre)
        response = await self._exchange(self.prepared)
        await self._after(effective, response)

    def _answer_prompts(self, prepared: PreparedRequest) -> None:
        missing = [
            name
            for name in prompts(prepared, self.scopes)
            if not self.session.answer(name, self.scopes)
        ]
        if missing:
            self._skip(
                "Prompt variables detected in request. CLI execution is not supported for requests with "
                f"prompt variables. \nPrompts: {', '.join(missing)}"
            )

    async def _pre_request(self, segments: Sequence[Segment]) -> None:
        step = Step(kind="script", phase="pre-request", segments=tuple(segments))
        job = await self._job([step])
        outcome = job.steps[0]
        self.result.pre_request_tests = outcome.results
        if outcome.error is not None:
            self._note_failure("pre-request", outcome.error)
            message = outcome.error.message or "An error occurred while executing the pre-request script."
            self._fail(message)
            raise _Done
        if job.changes.get("skip"):
            self._skip("request skipped via pre-request script")

    async def _exchange(self, prepared: PreparedRequest) -> Response:
        """Get the token, resolve the templates, send; a failure of the network ends the course."""
        session = self.session
        auth = await session.authorize(prepared, self.scopes, self.result)
        outgoing = resolve(prepared, self.scopes)
        self.result.request = prepared.to_report()
        try:
            response = await session.send(outgoing, auth, self.result)
        except RequestError as error:
            self._fail(error.message)
            raise _Done from None
        self.result.timeline = response.timeline
        self.result.response = {
            "status": response.status,
            "statusText": response.status_text,
            "headers": response.header_map,
            "data": response.data,
            "url": response.url,
            "responseTime": response.duration_ms,
            "duration": response.duration_ms,
            "size": len(response.body),
        }
        return response

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
                    "error": outcome.error.message or "An error occurred while executing the script.",
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
            "response": response and response_state(response, self.prepared),
            "context": session.context(self.scopes),
        }
        job = Job(steps=list(steps), state=state, response_body=response.body if response else None)
        done = await session.run_job(job, self)
        changes = done.changes
        if changes.get("variables"):
            session.apply_variables(self.scopes, changes["variables"])
        if "request" in changes:
            self.prepared.apply_state(changes["request"])
        if response and "response" in changes:
            response.data = self.result.response["data"] = changes["response"].get("data")
        for credentials_id in changes.get("resetOauth2", ()):
            session.tokens.reset(credentials_id)
        if "nextRequest" in changes:
            self.outcome.jump, self.outcome.next_request = True, changes["nextRequest"]
        self.outcome.stop = self.outcome.stop or bool(changes.get("stop"))
        return done

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
        self.result.response = empty_response("error")

    def _skip(self, reason: str) -> None:
        self.result.status = "skipped"
        self.result.skip_reason = reason
        self.result.response = {**empty_response("skipped"), "statusText": reason}
        raise _Done
