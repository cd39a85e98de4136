"""The HTML report: one page that needs nothing but itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from importlib.resources import files
from typing import Any

from bruscript._version import __version__
from bruscript.report.iterations import IterationsReport
from bruscript.report.json import dump
from bruscript.report.shape import shape
from bruscript.runner.events import RunFinished, RunStarted
from bruscript.runner.failures import failures
from bruscript.runner.large_body import MaskedBody
from bruscript.runner.masked import MaskedResult
from bruscript.runner.results import Summary

LONGEST_BODY = 256 * 1024
"""Characters of a body that the page shows; a browser has to hold them all."""
MOST_BODIES = 2000
"""Of so many passed requests the page has the bodies; failed ones always have theirs."""

_DATA = "/*DATA*/"


class HtmlReport(IterationsReport):
    """Writes `--reporter-html`."""

    _passed = 0
    _about: dict[str, Any]

    def started(self, event: RunStarted) -> None:
        """Note what the page's head says."""
        self._about = {
            "collection": event.collection_name,
            "environment": event.environment_name,
            "started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "version": __version__,
        }
        self._root = event.collection_path

    def finished(self, event: RunFinished) -> None:
        """Note how the run ended."""
        self._about |= {
            "finished": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "summary": event.result.summary.to_json(),
            "ok": event.result.ok,
            "interrupted": event.result.interrupted,
        }

    def shape(self, result: MaskedResult) -> dict[str, Any]:
        """The JSON report's object, with where each failure stands, its bodies as text of bearable size."""
        report = shape(result, self.omit)
        report["failures"] = [
            {"what": failure.what, "message": failure.message, "place": str(failure.place)}
            for failure in failures(result)
        ]
        if not report["failures"]:
            self._passed += 1
        with_bodies = bool(report["failures"]) or self._passed <= MOST_BODIES
        for part in (report["request"], report["response"]):
            if part.get("data") is not None:
                part["data"] = _body(part["data"], part.get("headers") or {}) if with_bodies else _LEFT_OUT
        return report

    def begin(self) -> str:
        """The page up to its data."""
        before = _page().partition(_DATA)[0]
        return before + _script_safe(dump(self._about))[:-1] + ',"iterations":['

    def iteration(self, index: int, results: list[dict[str, Any]], summary: Summary) -> Iterator[str]:
        """The iteration as the page's script reads it."""
        yield _script_safe(dump({"index": index, "results": results, "summary": summary.to_json()}))

    def end(self) -> str:
        """The page behind its data."""
        return "]}" + _page().partition(_DATA)[2]


_LEFT_OUT = f"(left out: the page has the bodies of the first {MOST_BODIES} passed requests)"


def _body(data: Any, headers: dict[str, Any]) -> str:
    kind = next((str(value) for name, value in headers.items() if name.lower() == "content-type"), "")
    if isinstance(data, (str, MaskedBody)) and kind.startswith(("image/", "audio/", "video/", "font/")):
        return f"({kind}, not shown)"
    if isinstance(data, MaskedBody):
        return _beginning(data)
    text = _laid_out(data) if isinstance(data, str) else dump(data, indent=2)
    if len(text) > LONGEST_BODY:
        return text[:LONGEST_BODY] + f"\n… ({len(text) - LONGEST_BODY} more characters)"
    return text


def _beginning(body: MaskedBody) -> str:
    """As much of a large body as the page shows."""
    pieces: list[str] = []
    length = 0
    for piece in body.text(indent=2):
        pieces.append(piece)
        length += len(piece)
        if length > LONGEST_BODY:
            break
    return "".join(pieces)[:LONGEST_BODY] + f"\n… (more: the whole body has {body.size} bytes)"


def _laid_out(text: str) -> str:
    """JSON on one line as JSON on several; other text as it is."""
    if not text.startswith(("{", "[")) or "\n" in text:
        return text
    try:
        # Fractions would be spelt anew; what was sent is to be seen as it was sent.
        return dump(json.loads(text, parse_float=_refuse), indent=2)
    except (ValueError, RecursionError):
        return text


def _refuse(number: str) -> float:
    raise ValueError(number)


def _page() -> str:
    """The page without its data: the template with its style and script put in."""
    folder = files("bruscript.report") / "page"
    page, style, script = (
        (folder / name).read_text("utf-8") for name in ("page.html", "page.css", "page.js")
    )
    return page.replace("/*STYLE*/", style).replace("/*SCRIPT*/", script)


def _script_safe(text: str) -> str:
    """JSON that ends no script element and opens no comment, wherever its texts come from."""
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
