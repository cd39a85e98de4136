"""Workers that wait for jobs: as many as run at once, kept for the next job, replaced when one is lost."""

from __future__ import annotations

import itertools
import os
import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from bruscript.sandbox.parent.budget import Budget
from bruscript.sandbox.parent.codec import Outcome
from bruscript.sandbox.parent.gate import Gate, depth, mark_nested
from bruscript.sandbox.parent.host import Host
from bruscript.sandbox.parent.start import SandboxError
from bruscript.sandbox.wire.message import Message

_ATTEMPTS = 3
"""How many new runners a job is given to before it is plain that none can run."""

_numbers = itertools.count(1)


class Runner(Protocol):
    """What runs a job: a worker process, or an isolate in a thread."""

    tenant: Tenant | None
    """Whose jobs it has run last, or is to run first."""

    @property
    def alive(self) -> bool:
        """Whether it may be given another job."""

    async def run(self, job: Message, host: Host, budget: Budget) -> Outcome:
        """Run a job, whose calls share `budget` with others'. Raises RunnerLost if it was not even begun."""

    def kill(self) -> None:
        """End it, whatever it does."""


class RunnerLost(Exception):
    """A runner ended before it had begun a job: what it ran before has ended it, or somebody else.

    `error`, of one that had run nothing before, is what to raise if others end like it.
    """

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__(error)
        self.error = error


class Tenant:
    """Who has jobs run: a sandbox. No two ever share an isolate.

    `make` makes one of its runners, or raises SandboxError; others of the same `kind` can use it as well.
    At most `size` of its jobs of each depth run at once.
    """

    def __init__(self, make: Callable[[], Runner], kind: tuple[str, int], size: int) -> None:
        self.number = next(_numbers)
        """Distinguishes its isolates from those of other tenants."""
        self.make = make
        self.kind = kind
        self.gates = defaultdict[int, Gate](lambda: Gate(size))
        self.closed = False


class Pool:
    """Hands runners out, to one tenant or to many.

    At most `size` jobs of each depth run at once: a job inside of another's host call waits for none but its
    like, so that no two wait for each other. There are no more runners than jobs that may run at once. May be
    used from several threads and event loops.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._idle: list[Runner] = []
        self._busy = 0
        self._gates = defaultdict[int, Gate](lambda: Gate(size))
        self._budgets = defaultdict[int, Budget](Budget)

    def start(self, tenant: Tenant) -> None:
        """Have one runner ready for a tenant, if there is room for it. Returns at once."""
        with self._lock:
            if tenant.closed:
                return
            runner = self._choose(tenant)
            if runner is None:
                if not self._is_full():
                    self._idle.append(_make(tenant))
            elif runner.tenant is None or runner.tenant.closed:
                runner.tenant = tenant

    async def run(self, tenant: Tenant, job: Message, host: Host) -> Outcome:
        """Run a tenant's job."""
        inside = depth()
        with self._lock:
            gates, budget = (tenant.gates[inside], self._gates[inside]), self._budgets[inside]
        job.owner = tenant.number
        entered = []
        try:
            for gate in gates:
                await gate.enter()
                entered.append(gate)
            mark_nested(inside + 1)
            return await self._run(tenant, job, host, budget)
        finally:
            mark_nested(inside)
            for gate in reversed(entered):
                gate.leave()

    async def _run(self, tenant: Tenant, job: Message, host: Host, budget: Budget) -> Outcome:
        attempts = _ATTEMPTS
        while True:
            runner = self._take(tenant)
            lost = None
            try:
                return await runner.run(job, host, budget)
            except RunnerLost as error:
                lost = error
            finally:
                self._give_back(runner)
                if lost is None and not runner.alive:
                    # The next job should not have to wait for a process to start. Where none can, it says so.
                    with suppress(SandboxError):
                        self.start(tenant)
            attempts -= lost.error is not None
            if lost.error is not None and attempts == 0:
                raise lost.error

    def _most(self) -> int:
        """How many runners there may be: what jobs inside of jobs needed is not needed for long."""
        return self._size * max(sum(gate.busy > 0 for gate in self._gates.values()), 1)

    def _is_full(self) -> bool:
        return len(self._idle) + self._busy >= self._most()

    def _is_wanted(self) -> bool:
        """Whether a job waits for a runner."""
        return any(gate.waiting for gate in self._gates.values())

    def _take(self, tenant: Tenant) -> Runner:
        surplus = None
        with self._lock:
            self._idle = [runner for runner in self._idle if runner.alive]
            runner = self._choose(tenant)
            if runner is not None:
                self._idle.remove(runner)
            elif self._idle and self._is_full():
                surplus = self._idle.pop(0)
            self._busy += 1
        if surplus is not None:
            surplus.kill()
        if runner is None:
            try:
                return _make(tenant)
            except BaseException:
                with self._lock:
                    self._busy -= 1
                raise
        runner.tenant = tenant
        return runner

    def _choose(self, tenant: Tenant) -> Runner | None:
        """An idle runner: the tenant's, nobody's, or another's. None where a new one is to be made."""
        alike = [runner for runner in self._idle if runner.tenant and runner.tenant.kind == tenant.kind]
        own = [runner for runner in alike if runner.tenant is tenant]
        if own:
            return own[-1]
        left = [runner for runner in alike if runner.tenant and runner.tenant.closed]
        if left:
            return left[0]
        # Another's has to make a new isolate first: a new process for each, while there may be more.
        return alike[0] if alike and self._is_full() else None

    def _give_back(self, runner: Runner) -> None:
        with self._lock:
            self._busy -= 1
            if runner.alive:
                self._idle.append(runner)
            surplus = self._surplus()
        for each in surplus:
            each.kill()

    def _surplus(self) -> list[Runner]:
        """Take the idle runners that are not needed any more."""
        surplus = []
        if not self._is_wanted():
            surplus = [runner for runner in self._idle if runner.tenant is None or runner.tenant.closed]
        rest = [runner for runner in self._idle if runner not in surplus]
        over = max(len(rest) + self._busy - self._most(), 0)
        self._idle = rest[over:]
        return surplus + rest[:over]

    def close(self, tenant: Tenant) -> None:
        """End a tenant's idle runners, unless somebody waits for one; those that run end with their jobs."""
        with self._lock:
            tenant.closed = True
            surplus = self._surplus()
        for runner in surplus:
            runner.kill()


def _make(tenant: Tenant) -> Runner:
    runner = tenant.make()
    runner.tenant = tenant
    return runner


_shared: dict[int, Pool] = {}


def shared_pool() -> Pool:
    """Return the pool of all runs of this process."""
    # Whoever was forked starts workers of its own.
    pool = _shared.get(os.getpid())
    if pool is None:
        _shared.clear()
        pool = _shared[os.getpid()] = Pool(max(8, 2 * (os.cpu_count() or 1)))
    return pool
