"""The result of a run."""

from __future__ import annotations

from dataclasses import field
from textwrap import indent

from bruscript.errors import BruscriptError
from bruscript.records import record
from bruscript.runner.failures import Failure, FailureList
from bruscript.runner.results import IterationResult, RequestResult, Summary
from bruscript.terminal import printable

MOST_FAILURES = 1000
"""How many different failures a result names; of further ones it has the number."""


class RunFailedError(BruscriptError, AssertionError):
    """A run failed: `result` is its result, the message its failures with their places.

    It is an AssertionError too, so that test frameworks count a failure and not an error.

    Examples:
        >>> collection.run(app=app, env_vars={"wanted": "404"}).raise_for_failures()
        Traceback (most recent call last):
        bruscript.runner.run_result.RunFailedError: Failed: shop: 1 of 2 requests failed
          1. health.bru:14 · res.status: eq {{wanted}}
             expected 200 to equal 404
    """

    exit_code = 1

    def __init__(self, result: RunResult) -> None:
        super().__init__(str(result))
        self.result = result


@record(repr=False)
class RunResult:
    """The result of a run: each iteration's results, the counts over all, and how it ended.

    `interrupted` says that the run was stopped (Ctrl-C) before its end, and `ended` names the requests that
    were running then. `unwritten` says which variables that scripts changed could not be written back to
    their files, and why; `errors` what else failed the run and belongs to no request; `warnings` what did
    not fail it, such as mistakes in bruno.json with their places (a request's own are in its result).
    `exit_code` is the command's status, in the reference's numbers; `ok` is whether it is 0. Printed, a
    result is the outcome in one line with the failures below it, without secrets.

    Examples:
        >>> print(collection.run(app=app, env_vars={"wanted": "404"}))
        Failed: shop: 1 of 2 requests failed
          1. health.bru:14 · res.status: eq {{wanted}}
             expected 200 to equal 404
    """

    collection_name: str
    iterations: list[IterationResult] = field(default_factory=list)
    summary: Summary = field(default_factory=Summary)
    environment_name: str | None = None
    interrupted: bool = False
    ended: list[str] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)
    exit_code: int = 0
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failure_list: FailureList = field(default_factory=lambda: FailureList(MOST_FAILURES))

    @property
    def results(self) -> list[RequestResult]:
        """The results of all iterations, in the order in which they ran."""
        return [result for iteration in self.iterations for result in iteration.results]

    @property
    def ok(self) -> bool:
        """Whether the run ended with exit status 0."""
        return self.exit_code == 0

    @property
    def failures(self) -> list[Failure]:
        """The failures in requests, without secrets, in the order in which they first happened.

        At most 1,000 different ones. A run can fail without any: see `errors`, `unwritten`, `interrupted`.
        """
        return list(self.failure_list)

    def raise_for_failures(self) -> RunResult:
        """Raise RunFailedError, which names all failures, unless the run is `ok`; return the result.

        Examples:
            >>> collection.run(app=app).raise_for_failures().ok
            True
        """
        if not self.ok:
            raise RunFailedError(self)
        return self

    def __str__(self) -> str:
        lines = [self._headline()]
        for number, failure in enumerate(self.failure_list, 1):
            lines.append(f"{number:>3}. " + indent(str(failure), "     ").lstrip())
        if self.failure_list.more:
            lines.append(f"     … and {self.failure_list.more} more")
        lines += self.errors
        lines += self.unwritten
        return printable("\n".join(lines))

    def __repr__(self) -> str:
        return f"<RunResult {printable(self._headline())}>"

    def _headline(self) -> str:
        counts = self.summary
        outcome = interruption(self.ended) if self.interrupted else "Passed" if self.ok else "Failed"
        failed = counts.failed_requests + counts.error_requests
        requests = _counted(counts.total_requests, "request")
        if counts.flaky_requests:
            requests += f" ({counts.flaky_requests} flaky)"
        if failed:
            return f"{outcome}: {self.collection_name}: {failed} of {requests} failed"
        tests = counts.total_tests + counts.total_pre_request_tests + counts.total_post_response_tests
        checks = f"{_counted(tests, 'test')}, {_counted(counts.total_assertions, 'assertion')}"
        return f"{outcome}: {self.collection_name}: {requests}, {checks}"


def interruption(ended: list[str]) -> str:
    """Return that a run was interrupted, and in which of its requests."""
    more = f" and {len(ended) - 1} more" if len(ended) > 1 else ""
    return f"Interrupted in {ended[0]}{more}" if ended else "Interrupted"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
