"""The sandbox: runs jobs in workers, and answers their calls by a host."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bruscript.sandbox.host import Host, NoHost
from bruscript.sandbox.outcome import decode_outcome, encode_job
from bruscript.sandbox.pool import Pool, Runner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from bruscript.sandbox.job import Job, JobResult
    from bruscript.sandbox.permissions import Permissions
    from bruscript.sandbox.services.dispatch import Services

Isolation = Literal["process", "thread"]


class Sandbox:
    """Runs scripts, fenced in.

    `mode` is the reference's "safe" or "developer"; `isolation` "process" (a worker without rights) or "thread"
    (in this process, for scripts that are trusted; Windows has only this one). `script_timeout` is in seconds,
    for each step of a job; `script_memory` in MiB, for each worker. `host` answers what scripts ask for; without
    one the services that come with the sandbox do, within `permissions`, for the directory `collection` and its
    `additional_roots`. `workers` is how many jobs run at once (default: as many as there are processors).

    Use it as a context manager, sync or async, or call `close`. It may be used from several threads.
    """

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
        if script_timeout <= 0 or script_memory <= 0:
            raise ValueError("script_timeout and script_memory must be above 0")
        self.mode = mode
        self.isolation = isolation if os.name == "posix" else "thread"
        self.script_timeout = script_timeout
        self.script_memory = script_memory
        self.collection = collection
        self._permissions = permissions
        self._roots = additional_roots
        self._host = host
        self._pool = Pool(self._make, workers)

    def _make(self) -> Runner:
        if self.isolation == "process":
            from bruscript.sandbox.process import Worker

            return Worker(self.script_memory)
        from bruscript.sandbox.thread import IsolateThread

        return IsolateThread(self.script_memory)

    def start(self) -> None:
        """Start a worker now, so that it is ready when the first job comes. Returns at once."""
        self._pool.start()

    async def run(self, job: Job, host: Host | None = None) -> JobResult:
        """Run a job. Whatever the scripts do is in the result; `host` answers this job's calls.

        Raises SandboxError if the sandbox itself cannot work here.
        """
        outcome = await self._pool.run(
            encode_job(job), job.response_body, self.script_timeout, host or self._default_host()
        )
        return decode_outcome(job, outcome)

    def _default_host(self) -> Host:
        if self._host is None:
            self._host = NoHost() if self.collection is None else ServiceHost(self._services())
        return self._host

    def _services(self) -> Services:
        from bruscript.sandbox.services.dispatch import Services

        return Services(self.mode, self._permissions, self.collection or ".", self._roots)

    def close(self) -> None:
        """End the workers; a job that runs still ends first."""
        self._pool.close()

    async def aclose(self) -> None:
        """As `close`."""
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


class ServiceHost:
    """A host of the sandbox's own services alone: modules, files, cryptography; no requests."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def call(self, name: str, args: list[Any]) -> Any:
        """Answer by a service. Raises ServiceError."""
        return self._services.call(name, args)
