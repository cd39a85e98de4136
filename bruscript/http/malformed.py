"""Why a response is not HTTP, in our own words and in those of Node's parser."""

from __future__ import annotations

import ast
import re
from functools import partial

from bruscript.records import record

_LONGEST = 100
"""Characters of a server's line that a message shows."""

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_STATUS_LINE = re.compile(rb"HTTP/\d\.\d [1-9]\d\d(?: .*)?\Z", re.DOTALL)
_SENSITIVE = re.compile(rb"cookie|auth|token|secret|key|passw|session", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_REPRESENTED = re.compile(r"(?:bytearray\()?(b(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))\)?")


def quoted(text: str | bytes) -> str:
    """Quote what a server sent: cut if it is long, with control characters escaped."""
    text = text if isinstance(text, str) else bytes(text).decode("utf-8", "surrogateescape")
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return '"' + "".join(_escape(char) for char in text) + '"'


def _escape(char: str) -> str:
    if char.isprintable():
        return "\\" + char if char in '"\\' else char
    if "\udc80" <= char <= "\udcff":
        # A byte that is not UTF-8.
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape").decode("ascii")


@record(frozen=True)
class _Fault:
    pattern: re.Pattern[str]
    """The message of llhttp or h11 about such a response."""
    words: str
    node: str = ""
    """Node's message, if h11 found the mistake."""


_fault = partial(re.compile, flags=re.IGNORECASE)
_FAULTS = [
    _Fault(
        _fault("Duplicate Content-Length|conflicting Content-Length"),
        "it has several headers Content-Length that differ",
        "Duplicate Content-Length",
    ),
    _Fault(
        _fault("present with Transfer-Encoding|present with chunked"),
        "it has both a Content-Length and a Transfer-Encoding",
    ),
    _Fault(
        _fault("Content-Length"),
        "its Content-Length is not a number of bytes",
        "Invalid character in Content-Length",
    ),
    _Fault(_fault("Transfer-Encoding"), "its Transfer-Encoding is not `chunked`"),
    _Fault(
        _fault("chunk (?:size|header|extension)"),
        "the size of one of its chunks is not a number",
        "Invalid character in chunk size",
    ),
    _Fault(
        _fault("after chunk|chunk footer"),
        "one of its chunks is longer than its stated size",
        "Expected LF after chunk data",
    ),
    _Fault(_fault("overflow|buffer too long"), "its head is too long", "Header overflow"),
    _Fault(
        _fault("continuation line|space after start line"),
        "its first header line begins with a blank",
        "Unexpected space after start line",
    ),
    _Fault(_fault("HTTP version"), "its version of HTTP is not known"),
    _Fault(
        _fault("status line|response line|Expected HTTP/|status"),
        "its first line is not a status line",
        "Expected HTTP/, RTSP/ or ICE/",
    ),
    _Fault(_fault("header"), "one of its header lines is malformed", "Invalid header token"),
    _Fault(_fault(r"\bCR\b|\bLF\b"), "a line of its head does not end with CR LF"),
    _Fault(_fault("Data after"), "more data follows after its end"),
]


def explain(reason: str, head: bytes = b"") -> tuple[str, str]:
    """Return what is wrong, in words that follow a colon, and what Node says of it.

    `reason` is a parser's; `head` what was received of the response's head, where that is known.
    """
    fault = next((fault for fault in _FAULTS if fault.pattern.search(reason)), None)
    represented = _REPRESENTED.search(reason)
    words = fault.words if fault else "it does not follow the protocol"
    if represented and fault and fault.node in ("Invalid header token", "Expected HTTP/, RTSP/ or ICE/"):
        line = bytes(ast.literal_eval(represented[1]))
        words = _about_status(line) if "status" in reason else _about_header(line)
    elif head and fault and "chunk" not in reason:
        words = _about_head(head) or words
    node = fault.node if fault and (represented or _is_ours(reason)) else reason
    return words, node or "Invalid response"


def _is_ours(reason: str) -> bool:
    """Return whether the reason is h11's, which Node does not know."""
    return reason[:1].islower() or "too long" in reason or "is supported" in reason


def _about_head(head: bytes) -> str:
    """Return the first thing that is wrong with a head, as far as one sees it line by line."""
    status, *lines = re.split(rb"\r?\n", head)
    if not _STATUS_LINE.match(status) or _CONTROL.search(status):
        return _about_status(status)
    for line in lines:
        if not line:
            return ""
        if wrong := _about_header(line, certain=False):
            return wrong
    return ""


def _about_status(line: bytes) -> str:
    if line.startswith(b"HTTP/"):
        return f"the status line {quoted(line)} is malformed"
    return f"it begins with {quoted(line)}, and not with a status line"


def _about_header(line: bytes, *, certain: bool = True) -> str:
    """Return what is wrong with a header line.

    "" where nothing is, unless it is `certain` that something is.
    """
    name, colon, value = line.partition(b":")
    # The value of such a name must not be in a message, though the line is not a header.
    excerpt = quoted(name + b": ..." if _SENSITIVE.search(name) and value else line)
    if line[:1] in (b" ", b"\t"):
        return f"the header line {excerpt} begins with a blank"
    if not colon:
        return f"the header line {excerpt} has no colon"
    if not name:
        return f"the header line {excerpt} has no name"
    if name != name.rstrip(b" \t"):
        return f"the header line {excerpt} has a blank before its colon"
    if not _TOKEN.match(name):
        return f"the header line {excerpt} has characters in its name that no name may have"
    if _CONTROL.search(value):
        return f"the header line {excerpt} has control characters in its value"
    if name.lower() == b"content-length" and not value.strip().isdigit():
        return f"the header line {excerpt} is not a number of bytes"
    return f"the header line {excerpt} is malformed" if certain else ""


def missing(reason: str) -> str:
    """Return what h11 says of a response that ended early, as we say it."""
    if counts := re.search(r"received (\d+) bytes, expected (\d+)", reason):
        return f"{counts[1]} of {counts[2]} bytes arrived"
    return "its last chunk is missing" if "chunk" in reason else "its end is missing"


def ended_by(event: object) -> str | None:
    """Return the name of the HTTP/2 error with which a server ended the exchange.

    None for another kind of event.
    """
    code = getattr(event, "error_code", None)
    if code is None:
        return None
    return str(getattr(code, "name", None) or f"error {int(code)}")
