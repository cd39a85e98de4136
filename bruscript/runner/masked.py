"""A request's result as outputs may show it: its data without secrets, its structure as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from bruscript.masking import Mask
from bruscript.masking.messages import assertion_message, own_message, told_apart
from bruscript.runner.large_body import LargeBody, LargeResponse, MaskedBody
from bruscript.runner.masked_exchange import MaskedExchange
from bruscript.runner.results import BY_SCRIPT, ConsoleLine, RequestResult, ScriptFailure

_URLS = frozenset({"url", "parameters", "answer"})
"""The data in a timeline; the rest are bruscript's own words."""
_NAMES = frozenset({"description", "lhsExpr", "rhsExpr", "rhsOperand"})
_KEPT = frozenset({"uid", "status", "operator", "isScriptError", "place"})
_MOST_VALUES, _LONGEST_VALUE = 3, 24


class MaskedResult:
    """A `RequestResult` for reporters; each part is masked when it is first read.

    Status, method, paths and the names of requests are the collection's and stay. Names of tests, headers and
    fields are masked only if they contain a secret that could not be a word. Everything else is data.
    """

    def __init__(self, result: RequestResult, mask: Mask) -> None:
        self._result = result
        self._mask = mask
        self.name, self.path = result.name, result.path
        self.filename, self.suitename = result.filename, result.suitename
        self.status, self.skip_reason = result.status, result.skip_reason
        self.error_line, self.error_column = result.error_line, result.error_column
        self.skipped, self.failed, self.flaky = result.skipped, result.failed, result.flaky
        self.run_duration, self.iteration_index = result.run_duration, result.iteration_index

    def again(self) -> MaskedResult:
        """Return the same for another reader, who may change what is in it."""
        return MaskedResult(self._result, self._mask)

    @cached_property
    def row(self) -> dict[str, Any]:
        """The iteration's row of the data file."""
        return self._mask.mask(self._result.row)

    @cached_property
    def row_texts(self) -> dict[str, str]:
        """The row's values as texts; what is not a text in the file is JSON."""
        return {str(name): _written(value) for name, value in self.row.items()}

    @cached_property
    def label(self) -> str:
        """Which iteration it was, `#3 pid=900`; empty where there is but one, without a row."""
        if not self._result.repeated and not self._result.row:
            return ""
        values = [f"{name}={_short(value)}" for name, value in list(self.row_texts.items())[:_MOST_VALUES]]
        return " ".join([f"#{self.iteration_index + 1}", *values])

    @cached_property
    def request(self) -> dict[str, Any]:
        """Method, URL, headers and body."""
        return self._exchange(self._result.request)

    @cached_property
    def response(self) -> dict[str, Any]:
        """Status, headers, body, times; a body of more than a MiB is a `MaskedBody`."""
        return self._exchange(self._result.response)

    def _exchange(self, exchange: Mapping[str, Any]) -> dict[str, Any]:
        result = exchange.as_is() if isinstance(exchange, LargeResponse) else dict(exchange)
        for key in ("method", "statusText"):
            # The reason for a skipped request is ours, and has nothing of the user's.
            if isinstance(result.get(key), str) and result[key] != BY_SCRIPT:
                result[key] = self._words(result[key])
        for key in ("url", "headers", "data"):
            if isinstance(result.get(key), LargeBody):
                result[key] = MaskedBody(result[key], self._mask)
            elif result.get(key) is not None:
                result[key] = self._mask.mask(result[key])
        return result

    @cached_property
    def outline(self) -> dict[str, Any]:
        """The response without its headers and body, for who shows neither and need not wait for them."""
        response = self._result.response
        return self._exchange({key: response[key] for key in response if key not in ("headers", "data")})

    @cached_property
    def target(self) -> str | None:
        """The request's URL; `method` goes with it."""
        url = self._result.request.get("url")
        return None if url is None else self._mask.mask(str(url))

    @cached_property
    def method(self) -> str | None:
        """The request's method."""
        method = self._result.request.get("method")
        return None if method is None else self._words(str(method))

    @cached_property
    def error(self) -> str | None:
        """Why the request could not be made."""
        error = self._result.error
        if error is None:
            return None
        thrown = any(failure.phase == "pre-request" for failure in self._result.script_failures)
        return self._mask.mask(error) if thrown else own_message(self._mask, error)

    @cached_property
    def assertions(self) -> list[dict[str, Any]]:
        """The results of the `assert` block."""
        return self._checks(self._result.assertions)

    @cached_property
    def tests(self) -> list[dict[str, Any]]:
        """The results of the `tests` block."""
        return self._checks(self._result.tests)

    @cached_property
    def pre_request_tests(self) -> list[dict[str, Any]]:
        """The results of tests in pre-request scripts."""
        return self._checks(self._result.pre_request_tests)

    @cached_property
    def post_response_tests(self) -> list[dict[str, Any]]:
        """The results of tests in post-response scripts."""
        return self._checks(self._result.post_response_tests)

    @property
    def checks(self) -> Iterator[dict[str, Any]]:
        """Every test and assertion result, in the order in which they ran."""
        yield from self.pre_request_tests
        yield from self.post_response_tests
        yield from self.assertions
        yield from self.tests

    @cached_property
    def script_failures(self) -> list[ScriptFailure]:
        """The errors that scripts threw."""
        return [
            ScriptFailure(
                phase=failure.phase,
                name=self._words(failure.name),
                message=self._mask.mask(failure.message),
                stack=self._stack(failure.stack),
                path=failure.path,
                line=failure.line,
                column=failure.column,
                kind=failure.kind,
            )
            for failure in self._result.script_failures
        ]

    @cached_property
    def console(self) -> list[ConsoleLine]:
        """The scripts' console output."""
        return [
            ConsoleLine(line.level, self._mask.mask(line.text), line.phase) for line in self._result.console
        ]

    @cached_property
    def warnings(self) -> list[str]:
        """Warnings for the user."""
        return [own_message(self._mask, text) for text in self._result.warnings]

    @cached_property
    def oauth2(self) -> list[dict[str, Any]]:
        """The origin of the request's tokens."""
        return [self._event(entry) for entry in self._result.oauth2]

    @cached_property
    def timeline(self) -> list[dict[str, Any]]:
        """The request's timeline."""
        return [self._event(entry) for entry in self._result.timeline]

    @cached_property
    def sent(self) -> list[MaskedExchange]:
        """The requests sent for it, its scripts and its token, hop by hop."""
        return [MaskedExchange(sent, self._mask) for sent in self._result.sent]

    @property
    def others_sent(self) -> list[MaskedExchange]:
        """The requests sent for its scripts and its token."""
        return [MaskedExchange(sent, self._mask) for sent in self._result.sent if sent.sent_by]

    @cached_property
    def last_sent(self) -> MaskedExchange | None:
        """The last exchange of the request itself; None where it was not sent."""
        own = (sent for sent in reversed(self._result.sent) if not sent.sent_by)
        last = next(own, None)
        return None if last is None else MaskedExchange(last, self._mask)

    @cached_property
    def last_for_token(self) -> MaskedExchange | None:
        """The last request for a token; None where none was sent."""
        return next((sent for sent in reversed(self.sent) if sent.for_token), None)

    @cached_property
    def nested(self) -> list[MaskedResult]:
        """The requests that its scripts ran by `bru.runRequest`."""
        return [MaskedResult(result, self._mask) for result in self._result.nested]

    def with_nested(self) -> Iterator[MaskedResult]:
        """Return the result, and those of the requests that were run inside it, at every depth."""
        yield self
        for result in self.nested:
            yield from result.with_nested()

    def everything(self) -> Iterator[MaskedResult]:
        """Return every attempt, each with those of the requests that were run inside it."""
        for attempt in (*self.earlier, self):
            yield attempt
            for nested in attempt.nested:
                yield from nested.everything()

    @cached_property
    def earlier(self) -> list[MaskedResult]:
        """Its attempts before this one, all of which failed."""
        return [MaskedResult(result, self._mask) for result in self._result.earlier]

    @property
    def any_failed(self) -> bool:
        """Whether it failed, or a request that was run inside it."""
        return any(each.failed for each in self.with_nested())

    @cached_property
    def flow(self) -> dict[str, Any]:
        """The scripts' requests to the run."""
        return self._event(self._result.flow)

    def _event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: self._mask.mask(value)
            if key in _URLS
            else (self._words(value) if isinstance(value, str) else value)
            for key, value in event.items()
        }

    def _checks(self, checks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{key: self._of_check(key, value) for key, value in check.items()} for check in checks]

    def _of_check(self, key: str, value: Any) -> Any:
        if key in _KEPT:
            return value
        if not isinstance(value, str):
            return self._mask.mask(value)
        if key in _NAMES:
            return self._words(value)
        if key == "error":
            return told_apart(self._mask, value)
        return self._stack(value) if key == "stack" else self._mask.mask(value)

    def _words(self, text: str) -> str:
        return self._mask.mask(text, prose=True)

    def _stack(self, stack: str) -> str:
        message, at, frames = stack.partition("\n    at ")
        return assertion_message(self._mask, message) + self._words(at + frames)


def _written(value: Any) -> str:
    try:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "[…]" if isinstance(value, list) else "{…}"


def _short(value: str) -> str:
    text = " ".join(value.split())
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
