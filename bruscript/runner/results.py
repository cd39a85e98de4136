"""Results of requests and iterations: the report's data, in the shapes of the reference's JSON report.

Values of requests, responses and scripts may be secret, so no `repr` shows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, fields
from typing import TYPE_CHECKING, Any, Literal

from bruscript.records import record

if TYPE_CHECKING:
    from bruscript.collection import Request
    from bruscript.http.sent import SentRequest

Status = Literal["pass", "error", "skipped"]

BY_SCRIPT = "request skipped via pre-request script"
"""Why a request was skipped that its own script said to skip."""


SYNTAX = "syntax"
"""Why an invalid file was skipped."""


def has_failed(check: Mapping[str, Any]) -> bool:
    """Return whether a test or an assertion failed; one that was skipped did not."""
    return check.get("status") not in ("pass", "skipped")


@record
class ScriptFailure:
    """An error that a script threw, with its place in the user's own file.

    `kind` is "error" for what the script threw, "timeout" or "memory" for a limit, "crash" if its worker
    died. `path` (relative to the collection) and `line` (1-based) name the `.bru` or `.js` file;
    `stack` is mapped to such lines.
    """

    phase: str
    name: str
    message: str = field(repr=False)
    stack: str = field(default="", repr=False)
    path: str | None = None
    line: int | None = None
    column: int | None = None
    kind: str = "error"


@record
class ConsoleLine:
    """One `console.*` call of a script: its level, and its arguments as the console would print them."""

    level: str
    text: str = field(repr=False)
    phase: str = ""


@record
class RequestResult:
    """One request's outcome. `request` and `response` hold what the JSON report holds under these keys.

    request:  {method, url, headers, data}
    response: {status, statusText, headers, data, url, responseTime (ms), duration (ms), size (bytes)}
    `row` is the iteration's row of the data file, `repeated` whether the run has several iterations.
    `sent` is what was sent for it, its scripts and its token, hop by hop; `nested` are the requests that its
    scripts ran by `bru.runRequest`; `earlier` are its own attempts before this one, which failed (`retries`);
    `run_duration` (s) is wall time, from the start of the first attempt to the end of the last.
    The four lists hold dicts in the reference's shape: tests {uid?, description, status, error?, actual?,
    expected?, isScriptError?, place?}, assertions {uid, lhsExpr, rhsExpr, rhsOperand, operator, status,
    error?, place?}; a `place` {path, line, column} is that of a failure, its path relative to the collection.

    Examples:
        >>> result = collection.run(app=app).results[0]
        >>> result.name, result.response["status"], [check["description"] for check in result.tests]
        ('get user', 200, ['has a name'])
    """

    name: str
    path: str
    filename: str
    suitename: str
    status: Status = "pass"
    request: dict[str, Any] = field(default_factory=dict, repr=False)
    response: dict[str, Any] = field(default_factory=dict, repr=False)
    error: str | None = field(default=None, repr=False)
    skip_reason: str | None = field(default=None, repr=False)
    assertions: list[dict[str, Any]] = field(default_factory=list, repr=False)
    tests: list[dict[str, Any]] = field(default_factory=list, repr=False)
    pre_request_tests: list[dict[str, Any]] = field(default_factory=list, repr=False)
    post_response_tests: list[dict[str, Any]] = field(default_factory=list, repr=False)
    run_duration: float = 0.0
    iteration_index: int = 0
    row: dict[str, Any] = field(default_factory=dict, repr=False)
    repeated: bool = False
    error_line: int | None = field(default=None, repr=False)
    error_column: int | None = field(default=None, repr=False)
    script_failures: list[ScriptFailure] = field(default_factory=list, repr=False)
    console: list[ConsoleLine] = field(default_factory=list, repr=False)
    oauth2: list[dict[str, Any]] = field(default_factory=list, repr=False)
    timeline: list[dict[str, Any]] = field(default_factory=list, repr=False)
    warnings: list[str] = field(default_factory=list, repr=False)
    sent: list[SentRequest] = field(default_factory=list, repr=False)
    nested: list[RequestResult] = field(default_factory=list, repr=False)
    earlier: list[RequestResult] = field(default_factory=list, repr=False)
    flow: dict[str, Any] = field(default_factory=dict, repr=False)
    """The scripts' requests to the run, as in the report: nextRequestName, shouldStopRunnerExecution."""

    @classmethod
    def of(cls, request: Request, **values: Any) -> RequestResult:
        """Return an empty result for `request`, named as the reports name it.

        Examples:
            >>> bruscript.RequestResult.of(collection.find("get user")).name
            'get user'
        """
        path = request.relpath.removesuffix(".bru")
        empty = {"method": None, "url": None, "headers": None, "data": None}
        response = {"status": values.get("status"), "statusText": None, "data": None, "responseTime": 0}
        values = {"request": empty, "response": response, **values}
        suite = str(request.path.with_suffix(""))
        return cls(request.name, path, request.relpath, suite, **values)

    @property
    def skipped(self) -> bool:
        """Whether the request was not sent because a script, `--bail` or a prompt said so."""
        return self.status == "skipped"

    @property
    def checks(self) -> Iterator[dict[str, Any]]:
        """Every test and assertion result of the request, in the order in which they ran."""
        yield from self.pre_request_tests
        yield from self.post_response_tests
        yield from self.assertions
        yield from self.tests

    def leave_out_bodies(self) -> None:
        """Let go of what was received: the script that ran the request has it.

        Examples:
            >>> result = collection.run(app=app).results[0]
            >>> result.leave_out_bodies()
            >>> result.response["data"]
            '(15 bytes, not kept)'
        """
        if self.response.get("size"):
            parts = {name: self.response[name] for name in self.response if name != "data"}
            self.response = {**parts, "data": f"({parts['size']} bytes, not kept)"}
        for sent in self.sent:
            sent.release()

    def with_nested(self) -> Iterator[RequestResult]:
        """Return the result, and those of the requests that were run inside it, at every depth.

        Examples:
            >>> [each.name for each in collection.run(app=app).results[0].with_nested()]
            ['get user']
        """
        yield self
        for result in self.nested:
            yield from result.with_nested()

    def everything(self) -> Iterator[RequestResult]:
        """Return every attempt, each with those of the requests that were run inside it.

        Examples:
            >>> [each.name for each in collection.run(app=app).results[0].everything()]
            ['get user']
        """
        for attempt in (*self.earlier, self):
            yield attempt
            for nested in attempt.nested:
                yield from nested.everything()

    @property
    def failed(self) -> bool:
        """Whether the request could not be made or one of its tests or assertions failed."""
        return self.status == "error" or any(map(has_failed, self.checks))

    @property
    def any_failed(self) -> bool:
        """Whether it failed, or a request that was run inside it."""
        return any(each.failed for each in self.with_nested())

    @property
    def flaky(self) -> bool:
        """Whether it passed only when it was sent again."""
        return bool(self.earlier) and not self.skipped and not self.any_failed


@record
class Summary:
    """The counts of the reference's summary, under its names in snake case."""

    total_requests: int = 0
    passed_requests: int = 0
    failed_requests: int = 0
    error_requests: int = 0
    skipped_requests: int = 0
    skipped_by_bail: int = 0
    flaky_requests: int = 0
    total_assertions: int = 0
    passed_assertions: int = 0
    failed_assertions: int = 0
    total_tests: int = 0
    passed_tests: int = 0
    failed_tests: int = 0
    total_pre_request_tests: int = 0
    passed_pre_request_tests: int = 0
    failed_pre_request_tests: int = 0
    total_post_response_tests: int = 0
    passed_post_response_tests: int = 0
    failed_post_response_tests: int = 0

    def add(self, result: RequestResult) -> None:
        """Count one more request, and those that its scripts ran.

        Errors of scripts fail their request but are not tests. Attempts before the last do not
        count; a request that passed after such is one of the passed ones, and flaky.
        """
        for each in result.with_nested():
            self.flaky_requests += each.flaky
            self._add(each)

    def _add(self, result: RequestResult) -> None:
        for kind in ("assertions", "tests", "pre_request_tests", "post_response_tests"):
            for check in getattr(result, kind):
                if check.get("isScriptError") or check.get("status") == "skipped":
                    continue
                self._bump(f"total_{kind}")
                if not result.skipped:
                    self._bump(f"{'passed' if check.get('status') == 'pass' else 'failed'}_{kind}")
        self.total_requests += 1
        if result.skipped:
            self.skipped_requests += 1
            self.skipped_by_bail += result.skip_reason == "bail"
        elif any(map(has_failed, result.checks)):
            self.failed_requests += 1
        elif result.status == "error":
            self.error_requests += 1
        else:
            self.passed_requests += 1

    def skip(self, count: int) -> None:
        """Count `count` requests that `--bail` left out."""
        self.total_requests += count
        self.skipped_requests += count
        self.skipped_by_bail += count

    def _bump(self, name: str) -> None:
        setattr(self, name, getattr(self, name) + 1)

    @property
    def skipped_by_user(self) -> int:
        """Requests that a script or a prompt skipped."""
        return self.skipped_requests - self.skipped_by_bail

    @property
    def ok(self) -> bool:
        """Whether nothing failed and no request ended in an error."""
        return not (
            self.failed_requests
            or self.error_requests
            or self.failed_assertions
            or self.failed_tests
            or self.failed_pre_request_tests
            or self.failed_post_response_tests
        )

    @classmethod
    def of(cls, results: Iterable[RequestResult]) -> Summary:
        """Count `results`."""
        summary = cls()
        for result in results:
            summary.add(result)
        return summary

    def to_json(self) -> dict[str, int]:
        """Return the counts under the reference's camelCase keys, and `flakyRequests` where there are any."""
        counts = {camel(f.name): getattr(self, f.name) for f in fields(self)}
        if not self.flaky_requests:
            del counts["flakyRequests"]
        return counts


def camel(name: str) -> str:
    """Return `snake_case` as `camelCase`."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


@record
class IterationResult:
    """One pass over the selected requests; `data` is its row of the data file, if any."""

    index: int
    results: list[RequestResult] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict, repr=False)
    summary: Summary = field(default_factory=Summary)
    bailed: bool = False
    bail_reason: str | None = None
    bailed_at: str | None = None
    skipped: bool = False
