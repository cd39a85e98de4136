"""The sandbox: runs jobs in workers, and answers their calls by a host."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bruscript.option_values import check_choice, path_of, texts, wrong_value
from bruscript.sandbox.job import LEAST_SCRIPT_MEMORY, Job, JobResult, Step
from bruscript.sandbox.parent.background import BackgroundLoop
from bruscript.sandbox.parent.codec import decode_outcome, encode_job
from bruscript.sandbox.parent.host import Host, ServiceHost
from bruscript.sandbox.parent.pool import Pool, Runner, Tenant, shared_pool
from bruscript.sandbox.parent.single_script import (
    ScriptArguments,
    ScriptResult,
    script_job,
    script_result,
    script_segment,
)
from bruscript.sandbox.wire.message import Message

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from typing_extensions import Unpack

    from bruscript.sandbox.job import ScriptError
    from bruscript.sandbox.services.dispatch import Services
    from bruscript.sandbox.services.permissions import Permissions

Isolation = Literal["process", "thread"]


def _make(isolation: Isolation, memory: int) -> Runner:
    if isolation == "process":
        from bruscript.sandbox.parent.worker_process import worker

        return worker(memory)
    from bruscript.sandbox.parent.worker_thread import IsolateThread

    return IsolateThread(memory)


def _check_number(name: str, value: Any, kinds: tuple[type[int] | type[float], ...]) -> None:
    """Raise TypeError for what is no number of these kinds, ValueError for one that is not above 0."""
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise wrong_value(name, "a number" if float in kinds else "a whole number", value)
    if value <= 0:
        raise ValueError(f"{name} must be above 0")


def _check_host(host: Any) -> None:
    """Raise TypeError for what cannot answer calls."""
    if host is not None and not callable(getattr(host, "call", None)):
        raise wrong_value("host", "an object with a method call", host)


class Sandbox:
    """Runs scripts in a sandboxed V8.

    `mode` is the reference's "safe" or "developer"; `isolation` "process" (a worker without rights) or
    "thread" (in this process, for scripts that are trusted; Windows has only this one). `script_timeout` is
    in seconds, for each step of a job; `script_memory` in MiB, for each worker. What scripts ask for is
    answered by the services that come with the sandbox, within `permissions`, for the directory `collection`
    and its `additional_roots`; what these do not have, by `host`. `workers` is how many jobs run at once
    (default: as many as there are processors).

    An isolate is kept for the next job where the last one left nothing behind; all jobs of a sandbox should
    therefore be of one owner. `SandboxPool` is for scripts of many.

    Use it as a context manager, sync or async, or call `close`. It may be used from several threads.

    Examples:
        >>> with bruscript.Sandbox() as sandbox:
        ...     sandbox.run_script("bru.setVar('sum', 1 + 2)").variables
        {'sum': 3}
    """

    reuse = True
    """Whether an isolate that is as it was may run another job."""

    def __init__(
        self,
        mode: Literal["safe", "developer"] = "safe",
        isolation: Isolation = "process",
        script_timeout: float = 30.0,
        script_memory: int = 256,
        permissions: Permissions | None = None,
        host: Host | None = None,
        *,
        collection: str | Path | None = None,
        additional_roots: Sequence[str | Path] = (),
        workers: int | None = None,
    ) -> None:
        check_choice("mode", mode, ("safe", "developer"))
        check_choice("isolation", isolation, ("process", "thread"))
        _check_number("script_timeout", script_timeout, (int, float))
        _check_number("script_memory", script_memory, (int,))
        if script_memory < LEAST_SCRIPT_MEMORY:
            raise ValueError(f"script_memory is {script_memory}, expected at least {LEAST_SCRIPT_MEMORY} MiB")
        if workers is not None:
            _check_number("workers", workers, (int,))
        if permissions is not None:
            from bruscript.sandbox.services.permissions import Permissions

            if not isinstance(permissions, Permissions):
                raise wrong_value("permissions", "Permissions", permissions)
        self.mode = mode
        self.isolation = isolation if os.name == "posix" else "thread"
        self.script_timeout = script_timeout
        self.script_memory = script_memory
        _check_host(host)
        self.collection = None if collection is None else path_of("collection", collection)
        self._permissions = permissions
        self._roots = texts("additional_roots", additional_roots)
        self._host = host
        self._workers = workers
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._background = BackgroundLoop()
        size = self._workers or max(os.cpu_count() or 1, 2)
        # Without a way back to the sandbox: one that nobody closes ends with its last reference.
        make = partial(_make, self.isolation, self.script_memory)
        self._tenant = Tenant(make, (self.isolation, self.script_memory), size)
        self._pool = self._new_pool(size)

    def _new_pool(self, size: int) -> Pool:
        return Pool(size)

    def _settle(self) -> None:
        """After a fork, the child's sandbox begins anew: threads and workers are the parent's."""
        if self._process != os.getpid():
            self._begin()

    def start(self) -> None:
        """Start a worker now, so that it is ready when the first job comes. Returns at once.

        Examples:
            >>> sandbox = bruscript.Sandbox()
            >>> sandbox.start()
            >>> sandbox.close()
        """
        self._settle()
        self._pool.start(self._tenant)

    async def run(self, job: Job, host: Host | None = None) -> JobResult:
        """Run a job. Whatever the scripts do is in the result; `host` answers this job's calls.

        Raises SandboxError if the sandbox itself cannot work here.

        Examples:
            >>> from bruscript.sandbox import Job, Segment, Step
            >>> step = Step("script", "pre-request", segments=[Segment("bru.setVar('a', 1)", "a.js")])
            >>> with bruscript.Sandbox() as sandbox:
            ...     asyncio.run(sandbox.run(Job([step]))).changes["variables"]["runtime"]
            {'a': 1}
        """
        if not isinstance(job, Job):
            raise wrong_value("job", "a Job", job)
        _check_host(host)
        if not job.steps:
            return JobResult()
        message = Message(
            encode_job(job), job.response_body, self.script_timeout, not self.reuse, len(job.steps)
        )
        self._settle()
        outcome = await self._pool.run(self._tenant, message, host or self._service_host(self._host))
        return decode_outcome(job, outcome)

    async def arun_script(
        self, source: str, *, host: Host | None = None, **arguments: Unpack[ScriptArguments]
    ) -> ScriptResult:
        """Run a single script; its effects and errors are in the result.

        It sees what `ScriptArguments` gives it; `host` answers its calls in place of the sandbox's.

        Examples:
            >>> with bruscript.Sandbox() as sandbox:
            ...     asyncio.run(sandbox.arun_script("bru.setVar('sum', 1 + 2)")).variables
            {'sum': 3}
        """
        _check_host(host)
        job = self._script_job(source, arguments)
        return script_result(job, await self.run(job, self._service_host(host or self._host)))

    def _script_job(self, source: str, arguments: ScriptArguments) -> Job:
        return script_job(
            source,
            arguments,
            mode=self.mode,
            environment=self._services.policy.has_environment,
            collection=str(Path(self.collection or "/").absolute()),
        )

    def run_script(
        self, source: str, *, host: Host | None = None, **arguments: Unpack[ScriptArguments]
    ) -> ScriptResult:
        """As `arun_script`, for callers without an event loop; blocks. May be called from several threads.

        Examples:
            >>> response = {"status": 404, "body": {"error": "gone"}}
            >>> with bruscript.Sandbox() as sandbox:
            ...     sandbox.run_script("bru.setVar('why', res.body.error)", response=response).variables
            {'why': 'gone'}
        """
        self._settle()
        return self._background.run(self.arun_script(source, host=host, **arguments))

    async def acheck_syntax(
        self, source: str, *, path: str | Path = "script.js", line: int = 1
    ) -> ScriptError | None:
        """Return the syntax error of a script, with its place, or None. The script does not run.

        Examples:
            >>> with bruscript.Sandbox() as sandbox:
            ...     asyncio.run(sandbox.acheck_syntax("const a = ;")).message
            "Unexpected token ';'"
        """
        step = Step("syntax", "syntax", segments=(script_segment(source, path, line),))
        job = replace(self._script_job("", {}), steps=(step,))
        return (await self.run(job, self._service_host(self._host))).steps[0].error

    def check_syntax(
        self, source: str, *, path: str | Path = "script.js", line: int = 1
    ) -> ScriptError | None:
        """As `acheck_syntax`, for callers without an event loop; blocks.

        Examples:
            >>> with bruscript.Sandbox() as sandbox:
            ...     sandbox.check_syntax("const a = 1;") is None
            True
        """
        self._settle()
        return self._background.run(self.acheck_syntax(source, path=path, line=line))

    @cached_property
    def _services(self) -> Services:
        from bruscript.sandbox.services.dispatch import Services

        return Services(self.mode, self._permissions, self.collection or ".", self._roots)

    def _service_host(self, beyond: Host | None) -> Host:
        return ServiceHost(self._services, files=self.collection is not None, beyond=beyond)

    def close(self) -> None:
        """End the workers; a job that runs still ends first.

        Examples:
            >>> sandbox = bruscript.Sandbox()
            >>> sandbox.run_script("bru.setVar('a', 1)").ok
            True
            >>> sandbox.close()
        """
        self._settle()
        self._pool.close(self._tenant)
        self._background.close()
        if "_services" in vars(self):
            self._services.close()

    async def aclose(self) -> None:
        """As `close`.

        Examples:
            >>> asyncio.run(bruscript.Sandbox().aclose())
        """
        self.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Sandbox:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class SandboxPool(Sandbox):
    """A sandbox for a service that runs scripts of people who do not know each other.

    Takes what `Sandbox` takes. Every job gets an isolate in which nothing has run before; they are made ahead
    of time, while workers are idle. `workers` is how many scripts run at once; more wait their turn.
    """

    reuse = False


class SharedSandbox(Sandbox):
    """A sandbox of a run: those of all runs in a process share a bounded number of workers, but no isolate.

    Takes what `Sandbox` takes.
    """

    def _new_pool(self, size: int) -> Pool:
        return shared_pool()
