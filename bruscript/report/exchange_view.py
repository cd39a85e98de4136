"""Requests and responses as text: an excerpt under a failure, the timeline, or all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bruscript.runner.masked import MaskedResult
from bruscript.runner.masked_exchange import MaskedExchange

MOST_LINES = 20
"""How many lines of a response's body are shown under a failure."""
_LONGEST_LINE = 300


def summary(exchange: MaskedExchange, most: int = MOST_LINES) -> Iterator[str]:
    """Return the request line, the status line and the head of the response's body."""
    yield f"{exchange.method} {exchange.url}"
    if exchange.status is None:
        yield f"No response: {exchange.error or 'the request was cancelled'}"
        return
    kind = exchange.content_type.partition(";")[0].strip()
    facts = [f"{exchange.duration_ms:.0f} ms", kind, _size(exchange.size)]
    yield f"{_status(exchange)} · {' · '.join(filter(None, facts))}"
    lines = exchange.response_body.splitlines()
    for line in lines[:most]:
        yield "  " + _cut(line)
    if len(lines) > most:
        rest = len(lines) - most
        yield f"  … {rest} more line{'s' if rest > 1 else ''}"
    yield from application(exchange)


def application(exchange: MaskedExchange) -> Iterator[str]:
    """Return what an application in this process logged and raised for the request."""
    if exchange.app_log:
        yield "The application logged:"
        yield from (f"  {_cut(line)}" for text in exchange.app_log for line in text.splitlines())
    if exchange.app_failure:
        yield "The application raised:"
        yield from (f"  {line}" for line in exchange.app_failure.traceback.splitlines())


def failure_excerpt(result: MaskedResult) -> list[str]:
    """Return what was sent and received for a failed request; empty where nothing was sent.

    Where it was not sent because its token could not be fetched, that is the request for the token.
    """
    if not result.failed:
        return []
    sent = result.last_sent or result.last_for_token
    lines = list(summary(sent)) if sent else []
    for sent in result.sent:
        if sent.app_failure and not sent.is_of(result.last_sent):
            lines += [outline(sent) if sent.sent_by else f"{sent.method} {sent.url}", *application(sent)]
    return lines


def whole(exchange: MaskedExchange) -> Iterator[str]:
    """Return all headers and both bodies, as they were sent and received."""
    yield f"> {exchange.method} {exchange.url} {exchange.version}"
    yield from (f"> {name}: {value}" for name, value in exchange.headers)
    yield from _block(">", exchange.request_text)
    if exchange.status is None:
        return
    yield f"< {exchange.version} {_status(exchange)}"
    yield from (f"< {name}: {value}" for name, value in exchange.response_headers)
    yield from _block("<", exchange.response_text)


def outline(exchange: MaskedExchange) -> str:
    """Return one line about an exchange of a script's or for a token."""
    answer = f"{_status(exchange)}, {exchange.duration_ms:.0f} ms" if exchange.status else exchange.error
    return f"{exchange.sent_by}: {exchange.method} {exchange.url} ({answer or 'no response'})"


def event(entry: Mapping[str, Any]) -> str:
    """Return what happened on the way, as a sentence. `entry` is of a timeline (see `http.timeline`)."""
    kind = str(entry.get("event"))
    if kind in _SENTENCES:
        text = _SENTENCES[kind].format_map(_Details(entry))
        details = [_text(entry[name]) for name in _EXTRA.get(kind, ()) if entry.get(name)]
    else:
        text = kind.capitalize()
        details = [f"{name} {_text(value)}" for name, value in entry.items() if name not in _OWN]
    if details:
        text = f"{text} ({', '.join(details)})"
    duration = entry.get("duration")
    return f"{text}, {duration:.0f} ms" if isinstance(duration, (int, float)) else text


def token(entry: Mapping[str, Any]) -> str:
    """Return where a request's token came from, as a sentence. `entry` is of a result's `oauth2`."""
    requests = entry.get("tokenRequests") or 0
    facts = [
        _text(entry.get("grantType") or ""),
        f"client {entry['clientId']}" if entry.get("clientId") else "",
        f"user {entry['user']}" if entry.get("user") else "",
        f"scope {entry['scope']}" if entry.get("scope") else "",
        f"{requests} token request{'' if requests == 1 else 's'}",
        *(f"{name} {_text(value)}" for name, value in entry.items() if name not in _TOKEN and value),
    ]
    name, url = entry.get("credentialsId"), entry.get("url")
    return f"Token `{name}` from {url}: {entry.get('outcome')} ({', '.join(filter(None, facts))})"


_TOKEN = frozenset(
    {"credentialsId", "grantType", "url", "clientId", "user", "scope", "outcome", "tokenRequests"}
)
_OWN = frozenset({"event", "at", "duration"})
_SENTENCES = {
    "request": "Sent {method} {url}",
    "dns": "Looked up {host}: {addresses}",
    "connect": "Connected to {address} port {port}",
    "proxy": "Connected to the proxy {host} port {port}",
    "tls": "TLS with {host}: {protocol}",
    "first byte": "First byte of the response: {status}, {version}",
    "done": "Received {bytes} bytes",
    "redirect": "Redirected with {status} to {url}",
    "auth": "The server answered {status}: sending the request again with an answer to its challenge",
    "error": "Failed: {message}",
    "token request": "Asked {url} for a token",
    "token answer": "{url} answered {status} {statusText}",
}


_EXTRA = {
    "tls": ("cipher", "alpn"),
    "error": ("code",),
    "token request": ("parameters",),
    "token answer": ("answer",),
}


class _Details(dict[str, Any]):
    def __init__(self, entry: Mapping[str, Any]) -> None:
        super().__init__({name: _text(value) for name, value in entry.items()})

    def __missing__(self, key: str) -> str:
        return "?"


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_text(item)}" for name, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _status(exchange: MaskedExchange) -> str:
    return f"{exchange.status} {exchange.reason}".rstrip()


def _size(size: int) -> str:
    return f"{size} byte{'' if size == 1 else 's'}"


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + "…"


def _block(mark: str, body: str) -> Iterator[str]:
    if body:
        yield mark
        yield from (f"{mark} {line}" for line in body.splitlines())
