"""The requests and responses as an HTTP archive (HAR 1.2), which browsers and proxies open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bruscript._version import __version__
from bruscript.report.json import dump, dump_pieces
from bruscript.report.sequence import SequenceReport
from bruscript.report.shape import shape
from bruscript.runner.large_body import MaskedBody, quoted
from bruscript.runner.masked import MaskedResult


class HarReport(SequenceReport):
    """Writes `--reporter-har`: an entry for each request that was answered or failed on the way."""

    beginning = (
        '{"log": {"version": "1.2", "creator": '
        + dump({"name": "bruscript", "version": __version__})
        + ', "entries": [\n'
    )
    separator = ",\n"
    ending = "\n]}}\n"

    def entry(self, result: MaskedResult) -> Iterator[str]:
        """Yield the request's entry; none for one that was never sent."""
        report = shape(result, self.omit)
        request, response = report["request"], report["response"]
        if result.skipped or not request.get("url"):
            return
        elapsed = float(response.get("responseTime") or 0)
        begun = datetime.now(timezone.utc) - timedelta(seconds=result.run_duration)
        yield from dump_pieces(
            {
                "startedDateTime": begun.isoformat(timespec="milliseconds"),
                "time": elapsed,
                "request": _request(request),
                "response": _response(response),
                "cache": {},
                "timings": {"send": 0, "wait": elapsed, "receive": 0},
                "comment": report["error"] or report["name"],
            }
        )


def _request(request: Mapping[str, Any]) -> dict[str, Any]:
    url, headers = str(request["url"]), request.get("headers") or {}
    made = {
        "method": str(request.get("method")).upper(),
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(headers),
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True)
        ],
        "headersSize": -1,
        "bodySize": -1,
    }
    if request.get("data") is not None:
        made["postData"] = {"mimeType": _content_type(headers), "text": _text(request["data"])}
    return made


def _response(response: Mapping[str, Any]) -> dict[str, Any]:
    headers = response.get("headers") or {}
    status = response.get("status")
    size = response.get("size") or 0
    content = {"size": size, "mimeType": _content_type(headers)}
    if response.get("data") is not None:
        content["text"] = _text(response["data"])
    return {
        # 0 stands for "no response", by the convention of browsers.
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
