"""One request's outcome as markup: its failures, and all requests and responses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, Final, Literal

from bruscript.masking import Mask
from bruscript.report.chart import milliseconds
from bruscript.report.exchange_view import application, event, outline, token
from bruscript.report.json import dump
from bruscript.report.shape import Omit, exchange_of
from bruscript.runner.by_hand import ByHand
from bruscript.runner.excerpt import excerpt
from bruscript.runner.failures import Failure, attempts, check_title, own_failures
from bruscript.runner.large_body import MaskedBody
from bruscript.runner.masked import MaskedResult
from bruscript.runner.masked_exchange import is_binary
from bruscript.runner.results import has_failed
from bruscript.terminal import plain
from bruscript.unicode import utf8

LONGEST_BODY = 256 * 1024
"""Characters of a body that the page shows; a browser has to hold them all."""
MOST_BODIES = 2000
"""Number of passed requests whose bodies the page has; failed ones always have theirs."""

Status = Literal["passed", "flaky", "failed", "error", "skipped"]
LABELS: Final[Mapping[Status, str]] = {
    "failed": "Failed",
    "error": "Error",
    "flaky": "Flaky",
    "passed": "Passed",
    "skipped": "Skipped",
}
_MARKS = {"passed": "✓", "flaky": "~", "failed": "✕", "error": "✕", "skipped": "\N{EN DASH}"}
_MOST_ATTEMPTS = 10
_SEPARATOR = '<span class="separator">· </span>'
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def status_of(result: MaskedResult) -> Status:
    """Return what became of a request: "error" is one that could not be made or whose file is not usable."""
    if result.status == "error" or (result.skipped and result.error):
        return "error"
    if result.any_failed:
        return "failed"
    return "skipped" if result.skipped else "flaky" if result.flaky else "passed"


class RequestMarkup:
    """Renders results of the collection at `root`. All values are escaped."""

    def __init__(self, root: Path, mask: Mask, omit: Omit, by_hand: ByHand) -> None:
        self._root = root
        self._by_hand = by_hand
        self._mask = mask
        self._omit = omit
        self._passed = 0

    def item(self, result: MaskedResult, name: str, *, is_open: bool) -> Iterator[str]:
        """Yield the request as a `details` with the id `name`, in it those that its scripts ran."""
        status = status_of(result)
        self._passed += not is_open
        with_bodies = is_open or self._passed <= MOST_BODIES
        opened = " open" if is_open else ""
        yield f'<details class="item" id="{name}" data-status="{status}"{opened}>\n<summary>'
        yield from self._headline(result, status)
        yield '</summary>\n<div class="detail">\n'
        if result.target:
            yield f'<p class="url">{_text(f"{result.method} {result.target}")}</p>\n'
        yield from (f'<p class="warning">Warning: {_text(text)}</p>\n' for text in result.warnings)
        for failure in own_failures(result):
            yield from self._failure(failure)
        if result.failed and result.sent:
            hint = self._by_hand.hint(result, self._root)
            yield f'<p class="muted">{_text(self._mask.mask(hint, prose=True))}</p>\n'
        yield from self._attempts(result)
        if result.skipped and not result.error:
            yield f'<p class="muted">{_text(result.outline.get("statusText") or "skipped")}</p>\n'
        for number, nested in enumerate(result.nested):
            # A quotation is indented even without styles.
            yield "<blockquote>\n"
            yield from self.item(nested, f"{name}-{number}", is_open=is_open and nested.any_failed)
            yield "</blockquote>\n"
        yield from _checks("Pre-request tests", result.pre_request_tests)
        yield from _checks("Post-response tests", result.post_response_tests)
        yield from _checks("Tests", result.tests)
        yield from _checks("Assertions", result.assertions)
        yield from _lines("Stack", self._stacks(result))
        yield from _lines("Application", (line for sent in result.sent for line in application(sent)))
        yield from _lines("Other requests", map(outline, result.others_sent))
        yield from _lines("Tokens", map(token, result.oauth2))
        yield from _lines("Console", (line.text for line in result.console))
        if not self._omit.timeline:
            yield from _lines("On the way", map(event, result.timeline))
        yield '<div class="sides">\n'
        yield from self._side("Request", result.request, self._omit.request_body, with_bodies)
        yield from self._side("Response", result.response, self._omit.response_body, with_bodies)
        yield "</div>\n</div>\n</details>\n"

    def _headline(self, result: MaskedResult, status: Status) -> Iterator[str]:
        yield f'<span class="mark {status}" title="{LABELS[status]}">{_MARKS[status]}</span> '
        yield f'<span class="method">{_text(result.method or "-")}</span> '
        # The separators are for pages without styles, which would run these together.
        yield f'<span class="name">{_text(result.name)} {_SEPARATOR}'
        yield f'<span class="path">{_text(result.filename)}</span>'
        yield f' {_SEPARATOR}<span class="row">{_text(result.label)}</span>' if result.label else ""
        yield f"</span> {_SEPARATOR}"
        checks = [check for check in result.checks if check.get("status") != "skipped"]
        response = result.outline
        number = response.get("status")
        facts = [f"<b>{LABELS[status]}</b>"]
        if isinstance(number, int):
            facts = [f"<b>{number}</b>", milliseconds(response.get("responseTime") or 0)]
        if result.flaky:
            facts.append("flaky")
        if checks:
            facts.append(f"{sum(not has_failed(check) for check in checks)}/{len(checks)}")
        yield f'<span class="facts">{" · ".join(facts)}</span>'

    def _failure(self, failure: Failure) -> Iterator[str]:
        place = str(failure.place)
        yield f'<div class="failure"><b>{_text(failure.what)}</b> <span class="muted">{_text(place)}</span>\n'
        if failure.message:
            yield _pre(failure.message)
        yield from _pre_lines(excerpt(failure.place, self._root, self._mask), "source")
        yield "</div>\n"

    def _attempts(self, result: MaskedResult) -> Iterator[str]:
        if not result.earlier:
            return
        yield f'<h3>{_text(attempts(result).capitalize())}</h3>\n<ul class="attempts">\n'
        for number, attempt in enumerate(result.earlier[:_MOST_ATTEMPTS], 1):
            for failure in own_failures(attempt):
                facts = [f"attempt {number}: {failure.place}", failure.what, failure.message]
                yield f"<li>{_text(' · '.join(filter(None, facts)))}</li>\n"
        yield "</ul>\n"

    def _stacks(self, result: MaskedResult) -> Iterator[str]:
        return (failure.stack for failure in result.script_failures if failure.stack)

    def _side(self, title: str, part: Mapping[str, Any], bodiless: bool, with_bodies: bool) -> Iterator[str]:
        exchange = exchange_of(part, self._omit, bodiless)
        headers = {key: value for key, value in (exchange.get("headers") or {}).items() if value is not None}
        body = _body(exchange.get("data"), headers, part.get("size")) if with_bodies else ""
        if not with_bodies and exchange.get("data") is not None:
            body = f"(left out: the page has the bodies of the first {MOST_BODIES} passed requests)"
        if not headers and not body:
            return
        yield "<div>"
        if headers:
            rows = (
                f"<tr><td>{_text(name)}</td><td>{_text(_value(value))}</td></tr>\n"
                for name, value in headers.items()
            )
            yield f"<h3>{title} headers</h3>\n<table>\n{''.join(rows)}</table>\n"
        if body:
            size = f" · {part['size']:,} bytes" if part.get("size") else ""
            yield f"<h3>{title} body{size}</h3>\n{_pre(body, 'body')}"
        yield "</div>\n"


def _text(text: str) -> str:
    return escape(plain(text))


def _pre(text: str, kind: str = "") -> str:
    attribute = f' class="{kind}"' if kind else ""
    # A line break right behind the tag would be left out by the browser.
    return f"<pre{attribute}>{chr(10) if text.startswith(chr(10)) else ''}{_text(text)}</pre>\n"


def _pre_lines(lines: Iterable[str], kind: str = "") -> Iterator[str]:
    if text := "\n".join(lines):
        yield _pre(text, kind)


def _lines(title: str, lines: Iterable[str]) -> Iterator[str]:
    for text in _pre_lines(lines):
        yield f"<h3>{title}</h3>\n{text}"


def _checks(title: str, checks: list[dict[str, Any]]) -> Iterator[str]:
    if not checks:
        return
    yield f'<h3>{title}</h3>\n<ul class="checks">\n'
    for check in checks:
        status = (
            "failed" if has_failed(check) else "skipped" if check.get("status") == "skipped" else "passed"
        )
        yield f'<li><span class="mark {status}">{_MARKS[status]}</span> {_text(check_title(check))}</li>\n'
    yield "</ul>\n"


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _body(data: Any, headers: Mapping[str, Any], size: Any) -> str:
    """Return a body as text of bearable length; one that is binary is named, not shown."""
    if data is None:
        return ""
    kind = next((str(value) for name, value in headers.items() if name.lower() == "content-type"), "")
    if isinstance(data, (str, MaskedBody)):
        beginning = data[:1024] if isinstance(data, str) else next(data.text(indent=2), "")[:1024]
        if is_binary(utf8(beginning), kind):
            amount = f"{size} bytes of " if size else ""
            return f"({amount}binary data, {kind.partition(';')[0].strip() or 'of unknown type'}, not shown)"
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
    """JSON on one line as JSON on several, each token spelled as it was sent; other text as it is."""
    if not text.startswith(("{", "[")) or "\n" in text:
        return text
    try:
        # Numbers stay texts: only whether it is JSON matters, and an integer may be too long for Python.
        json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return text
    return "".join(_indented(_JSON_TOKEN.findall(text)))


def _indented(parts: list[str]) -> Iterator[str]:
    depth, before = 0, ""
    for part in parts:
        if part in ("}", "]"):
            depth -= 1
            if before not in ("{", "["):
                yield "\n" + "  " * depth
        elif before in ("{", "[", ","):
            yield "\n" + "  " * depth
        yield ": " if part == ":" else part
        depth += part in ("{", "[")
        before = part
