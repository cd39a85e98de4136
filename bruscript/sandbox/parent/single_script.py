"""A script run alone: its job, and its result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Final, TypedDict

from bruscript.near import near_word
from bruscript.option_values import (
    Reader,
    check_choice,
    check_strings,
    number_of,
    or_none,
    path_of,
    switch_of,
    text_of,
    texts,
    values_of,
    whole_of,
    wrong_value,
)
from bruscript.records import record
from bruscript.sandbox.job import Job, JobResult, ScriptError, Segment, Step
from bruscript.sandbox.parent.codec import isolate_json

_SCOPES = ("runtime", "request", "folder", "environment", "collection", "global", "oauth2")


@record(frozen=True)
class ScriptResult:
    """The result of a script.

    `variables` has the runtime variables after it, `scopes` every scope that the script changed, in full.
    `tests` are dicts in the reference's shape (description, status, error). `console` has (level, text).
    `next_request` is the argument of `bru.setNextRequest` (`jumps` distinguishes None from no call), `resets`
    the ids passed to `bru.resetOauth2Credential`. `changes` is everything that the script changed, as the
    runner gets it.
    """

    variables: dict[str, Any] = field(repr=False)
    scopes: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    tests: list[dict[str, Any]] = field(default_factory=list, repr=False)
    console: list[tuple[str, str]] = field(default_factory=list, repr=False)
    error: ScriptError | None = None
    jumps: bool = False
    next_request: str | None = field(default=None, repr=False)
    skip: bool = False
    stop: bool = False
    resets: list[str] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def ok(self) -> bool:
        """Whether the script ended without an error and no test failed."""
        return self.error is None and all(test.get("status") in ("pass", "skipped") for test in self.tests)


class ScriptArguments(TypedDict, total=False):
    """The arguments of a script that runs alone.

    `variables` are the runtime variables, `scopes` those of other scopes by name (environment, collection,
    folder, request, global, oauth2). `request` (method, url, headers, data …) and `response` (status,
    statusText, headers, url, responseTime in ms, and body: bytes, text or JSON) are the data of `req` and
    `res`; `res` is undefined without a response. Unknown keys and values of the wrong type are a TypeError.
    `path` and `line` are the place that errors refer to.
    """

    variables: Mapping[str, Any] | None
    scopes: Mapping[str, Mapping[str, Any]] | None
    request: Mapping[str, Any] | None
    response: Mapping[str, Any] | None
    path: str | Path
    line: int


def script_job(
    source: str, arguments: ScriptArguments, *, mode: str, environment: bool, collection: str
) -> Job:
    """Return the job that runs only `source`. Raises TypeError for an unknown or unusable argument."""
    for name in arguments:
        if name not in ScriptArguments.__annotations__:
            raise TypeError(
                f"{name} is not an argument of a script{_near(name, ScriptArguments.__annotations__)}"
            )
    request, response = _request(arguments.get("request")), arguments.get("response")
    scopes = _scopes(arguments.get("scopes"))
    scopes["runtime"] = _values("variables", arguments.get("variables"))
    values: dict[str, Any] = {name: dict(scopes.get(name, {})) for name in _SCOPES}
    state: dict[str, Any] = {
        "variables": {**values, "processEnv": {}, "prompt": {}, "environmentName": None, "globalName": None},
        "request": {"method": "GET", "url": "", "headers": {}, "name": "", "tags": [], **request},
        "response": None,
        "context": {
            "mode": mode,
            "environment": environment,
            "collectionName": "",
            "collectionPath": collection,
            "executionMode": "cli",
            "iteration": {"index": 0, "total": 1, "data": {}},
            "assertionResults": [],
        },
    }
    body = None
    if response is not None:
        answer = {
            "status": 200,
            "statusText": "",
            "headers": {},
            "url": "",
            "responseTime": 0,
            "parseJson": True,
        }
        answer.update(_response(response))
        body = _bytes(answer.pop("body", b""))
        state["response"] = answer
    phase = "pre-request" if response is None else "tests"
    kind: Any = "script" if response is None else "tests"
    segment = script_segment(source, arguments.get("path", "script.js"), arguments.get("line", 1))
    return Job((Step(kind, phase, segments=(segment,)),), state, body)


def script_segment(source: str, path: str | Path, line: int) -> Segment:
    """Return the script with its place. Raises TypeError for an unusable argument."""
    check_strings(source=source)
    return Segment(source, path_of("path", path), whole_of("line", line))


def _values(name: str, value: Any) -> Mapping[str, Any]:
    return {} if value is None else values_of(name, value, finite=False)


def _scopes(value: Any) -> dict[str, Mapping[str, Any]]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise wrong_value("scopes", "a mapping of scopes to mappings", value)
    for name in value:
        check_choice("a name in scopes", name, _SCOPES)
    return {name: _values(f"scopes[{name!r}]", scope) for name, scope in value.items()}


def _request(value: Any) -> Mapping[str, Any]:
    values = _values("request", value)
    _check_keys("request", values, _REQUEST)
    return values


def _response(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise wrong_value("response", "a mapping", value)
    body = value.get("body")
    # A body of bytes is what JSON does not have.
    is_binary = isinstance(body, (bytes, bytearray, memoryview))
    values_of("response", {**value, "body": None} if is_binary else value, finite=False)
    _check_keys("response", value, _RESPONSE)
    return value


def _check_keys(name: str, values: Mapping[str, Any], readers: Mapping[str, Reader]) -> None:
    """Raise TypeError for a key that scripts would not see, or for a value of another type."""
    for key, value in values.items():
        if key not in readers:
            raise TypeError(f"{name} has an unknown key {key!r}{_near(key, readers)}")
        readers[key](f"{name}[{key!r}]", value)


def _near(word: str, known: Iterable[str]) -> str:
    known = [*known]
    near = near_word(word, known, 0.5)
    return f"; did you mean {near}?" if near else f", expected one of {', '.join(known)}"


def _any(name: str, value: Any) -> Any:
    return value


def _headers(name: str, value: Any) -> Mapping[str, Any]:
    """Return the headers of a response: a text each, or a list of texts."""
    if not isinstance(value, Mapping):
        raise wrong_value(name, "a mapping of names to texts or lists of texts", value)
    for header, each in value.items():
        texts = each if isinstance(each, (list, tuple)) else [each]
        if not all(isinstance(text, str) for text in texts):
            raise wrong_value(f"{name}[{header!r}]", "a text or a list of texts", each)
    return value


_REQUEST: Final[Mapping[str, Reader]] = {
    "method": text_of,
    "url": text_of,
    "headers": values_of,
    "data": _any,
    "name": text_of,
    "tags": texts,
    "timeout": or_none(number_of),
    "maxRedirects": or_none(number_of),
    "pathParams": _any,
    "pathname": or_none(text_of),
    "settings": or_none(values_of),
    "mode": or_none(text_of),
    "authMode": or_none(text_of),
    "auth": or_none(values_of),
    "disabledHeaders": or_none(values_of),
    "headersToDelete": texts,
    "apiKeyHeaderName": or_none(text_of),
    "disableParsingResponseJson": switch_of,
}
_RESPONSE: Final[Mapping[str, Reader]] = {
    "status": whole_of,
    "statusText": text_of,
    "headers": _headers,
    "url": text_of,
    "responseTime": number_of,
    "body": _any,
    "parseJson": switch_of,
}
"""What scripts see of a request and a response, with the reader of each value."""


def _bytes(body: Any) -> bytes:
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    return body.encode() if isinstance(body, str) else isolate_json(body)


def script_result(job: Job, done: JobResult) -> ScriptResult:
    """Return the result of a job of `script_job`."""
    step, changes = done.steps[0], done.changes
    scopes = dict(changes.get("variables") or {})
    return ScriptResult(
        variables=scopes.get("runtime", dict(job.state["variables"]["runtime"])),
        scopes=scopes,
        tests=step.results,
        console=[(line["level"], " ".join(line["args"])) for line in step.console],
        error=step.error,
        jumps="nextRequest" in changes,
        next_request=changes.get("nextRequest"),
        skip=bool(changes.get("skip")),
        stop=bool(changes.get("stop")),
        resets=list(changes.get("resetOauth2") or ()),
        changes=changes,
    )
