"""A request's result as the JSON report holds it: the reference's keys, secrets masked, parts left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bruscript.records import record
from bruscript.runner.masked import MaskedResult
from bruscript.runner.masked_exchange import MaskedExchange
from bruscript.runner.results import SYNTAX


@record(frozen=True)
class Omit:
    """The parts that reports omit: by `--reporter-skip-*` options, and timelines unless `--verbose`."""

    all_headers: bool = False
    headers: tuple[str, ...] = ()
    request_body: bool = False
    response_body: bool = False
    timeline: bool = True

    def remaining_headers(self, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the headers that reports have."""
        unwanted = {name.lower() for name in self.headers}
        return [] if self.all_headers else [pair for pair in headers if pair[0].lower() not in unwanted]


def shape(result: MaskedResult, omit: Omit) -> dict[str, Any]:
    """Return `result` as a JSON object of the reference's report; our own keys only if they are not empty."""
    late = result.skip_reason == "bail"
    report: dict[str, Any] = {
        "test": {"filename": result.filename},
        "request": exchange_of(result.request, omit, omit.request_body),
        "response": exchange_of(result.response, omit, omit.response_body),
        "error": result.error,
        "status": result.status,
    }
    if result.skipped:
        report["skipped"] = True
        for name in ("headers", "url"):
            report["response"].pop(name, None)
    if late:
        # The reference names no other reason, and makes these results elsewhere than the others.
        report["skipReason"] = "bail"
        del report["error"]
    report |= {
        "assertionResults": result.assertions,
        "testResults": result.tests,
        "preRequestTestResults": result.pre_request_tests,
        "postResponseTestResults": result.post_response_tests,
        **result.flow,
        "runDuration": result.run_duration,
        "name": result.name,
        "suitename": result.suitename,
        "path": result.filename if late else result.path,
        "iterationIndex": result.iteration_index,
    }
    if result.skip_reason == SYNTAX:
        del report["iterationIndex"]
    report |= {key: value for key, value in _additions(result, omit).items() if value}
    return report


def _additions(result: MaskedResult, omit: Omit) -> dict[str, Any]:
    """Return the keys that the reference's report does not have, if they are not empty."""
    return {
        "iterationData": result.row,
        "nestedResults": [shape(nested, omit) for nested in result.nested],
        "flaky": result.flaky,
        "earlierAttempts": [shape(attempt, omit) for attempt in result.earlier],
        "otherRequests": [_other(sent) for sent in result.others_sent],
        "application": [_application(sent) for sent in result.sent if sent.app_log or sent.app_failure],
        "oauth2": result.oauth2,
        "console": [{"level": line.level, "text": line.text, "phase": line.phase} for line in result.console],
        "warnings": result.warnings,
        "timeline": None if omit.timeline else result.timeline,
    }


def _other(sent: MaskedExchange) -> dict[str, Any]:
    """Return a request of a script's, or for a token."""
    return {
        "sentBy": sent.sent_by,
        "method": sent.method,
        "url": sent.url,
        "status": sent.status,
        "duration": sent.duration_ms,
        **({"error": sent.error} if sent.error else {}),
    }


def _application(sent: MaskedExchange) -> dict[str, Any]:
    """Return what an application in this process logged and raised."""
    raised: dict[str, str] | None = None
    if failure := sent.app_failure:
        raised = {"type": failure.kind, "message": failure.message, "traceback": failure.traceback}
    entry = {"sentBy": sent.sent_by, "log": sent.app_log, "exception": raised}
    return {key: value for key, value in entry.items() if value}


def exchange_of(part: Mapping[str, Any], omit: Omit, without_body: bool) -> dict[str, Any]:
    """Return `part`, a request or response, without what the report leaves out."""
    result = {key: value for key, value in part.items() if not (without_body and key == "data")}
    if omit.all_headers:
        result["headers"] = {}
    elif omit.headers and isinstance(result.get("headers"), Mapping):
        unwanted = {name.lower() for name in omit.headers}
        result["headers"] = {
            name: value for name, value in result["headers"].items() if name.lower() not in unwanted
        }
    return result
