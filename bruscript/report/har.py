"""The requests and responses as an HTTP archive (HAR 1.2), which browsers and proxies open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

from bruscript._version import __version__
from bruscript.report.json import dump, dump_pieces
from bruscript.report.sequence import SequenceReport
from bruscript.report.shape import shape
from bruscript.runner.large_body import MaskedBody, quoted
from bruscript.runner.masked import MaskedResult
from bruscript.runner.masked_exchange import MaskedExchange, header


class HarReport(SequenceReport):
    """Writes `--reporter-har`: an entry for each request that was sent, whoever sent it."""

    beginning = (
        '{"log": {"version": "1.2", "creator": '
        + dump({"name": "bruscript", "version": __version__})
        + ', "entries": [\n'
    )
    separator = ",\n"
    ending = "\n]}}\n"

    def entry(self, result: MaskedResult) -> Iterator[str]:
        """Yield an entry for all that was sent for the request, its scripts and its token."""
        entries = (entry for each in result.everything() for entry in self._entries(each))
        for number, entry in enumerate(entries):
            if number:
                yield self.separator
            yield from dump_pieces(entry)

    def _entries(self, result: MaskedResult) -> Iterator[dict[str, Any]]:
        last = result.last_sent
        for sent in result.sent:
            if not sent.is_of(last):
                yield self._of_exchange(sent, sent.sent_by or result.name)
        report = shape(result, self.omit)
        request, response = report["request"], report["response"]
        if result.skipped or not request.get("url"):
            return
        elapsed = float(response.get("responseTime") or 0)
        start = datetime.now(timezone.utc) - timedelta(seconds=result.run_duration)
        comment = report["error"] or report["name"]
        entry = _entry(start, elapsed, _request(request), _response(response), comment)
        if last is not None:
            # The request does not know intermediate hops, or headers that the client added.
            entry["startedDateTime"] = _time(last.begun)
            entry["request"] |= self._sent_as(last)
            entry["response"]["headers"] = _name_value_pairs(
                self.omit.remaining_headers(last.response_headers)
            )
        yield entry

    def _of_exchange(self, sent: MaskedExchange, comment: str) -> dict[str, Any]:
        request = {"cookies": [], "headersSize": -1, "bodySize": -1, **self._sent_as(sent)}
        if sent.request_text and not self.omit.request_body:
            kind = header(sent.headers, "content-type")
            request["postData"] = {"mimeType": kind, "text": sent.request_text}
        response = _response({"status": sent.status, "statusText": sent.reason, "size": sent.size})
        response["headers"] = _name_value_pairs(self.omit.remaining_headers(sent.response_headers))
        response["content"]["mimeType"] = sent.content_type
        response["httpVersion"] = sent.version
        if sent.response_text and not self.omit.response_body:
            response["content"]["text"] = sent.response_text
        start = datetime.fromtimestamp(sent.begun, timezone.utc)
        return _entry(start, sent.duration_ms, request, response, sent.error or comment)

    def _sent_as(self, sent: MaskedExchange) -> dict[str, Any]:
        return {
            "method": sent.method,
            "url": sent.url,
            "httpVersion": sent.version,
            "headers": _name_value_pairs(self.omit.remaining_headers(sent.headers)),
            "queryString": _query(sent.url),
        }


def _entry(
    start: datetime, elapsed: float, request: dict[str, Any], response: dict[str, Any], comment: str
) -> dict[str, Any]:
    return {
        "startedDateTime": start.isoformat(timespec="milliseconds"),
        "time": elapsed,
        "request": request,
        "response": response,
        "cache": {},
        "timings": {"send": 0, "wait": elapsed, "receive": 0},
        "comment": comment,
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")


def _name_value_pairs(headers: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _query(url: str) -> list[dict[str, str]]:
    # The URL may be one that could not be sent, so nothing in it is certain to be valid.
    pairs = parse_qsl(url.partition("#")[0].partition("?")[2], keep_blank_values=True)
    return [{"name": name, "value": value} for name, value in pairs]


def _request(request: Mapping[str, Any]) -> dict[str, Any]:
    url, headers = str(request["url"]), request.get("headers") or {}
    entry = {
        "method": str(request.get("method")).upper(),
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(headers),
        "queryString": _query(url),
        "headersSize": -1,
        "bodySize": -1,
    }
    if request.get("data") is not None:
        entry["postData"] = {"mimeType": _content_type(headers), "text": _text(request["data"])}
    return entry


def _response(response: Mapping[str, Any]) -> dict[str, Any]:
    headers = response.get("headers") or {}
    status = response.get("status")
    size = response.get("size") or 0
    content = {"size": size, "mimeType": _content_type(headers)}
    if response.get("data") is not None:
        content["text"] = _text(response["data"])
    return {
        # 0 means "no response", by the convention of browsers.
        "status": status if isinstance(status, int) else 0,
        "statusText": str(response.get("statusText") or ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(headers),
        "content": content,
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": size,
    }


def _pairs(headers: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {"name": name, "value": str(value)}
        for name, values in headers.items()
        for value in (values if isinstance(values, list) else [values])
        if value is not None
    ]


def _content_type(headers: Mapping[str, Any]) -> str:
    return next((str(value) for name, value in headers.items() if name.lower() == "content-type"), "")


class _Text:
    """A large body, JSON too, as a string in JSON."""

    def __init__(self, body: MaskedBody) -> None:
        self._body = body

    def json(self, indent: int | None = None, level: int = 0) -> Iterator[str]:
        yield from quoted(self._body.text())


def _text(data: Any) -> Any:
    if isinstance(data, MaskedBody):
        return _Text(data)
    return data if isinstance(data, str) else dump(data)
