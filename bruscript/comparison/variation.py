"""Variation between equivalent requests: times, random values, ports, names of programs."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

IGNORED = frozenset(
    {
        "request-start-time",
        # Headers per connection, and headers for proxies.
        "connection",
        "keep-alive",
        "proxy-connection",
    }
)
"""Headers that are not compared."""

_EPHEMERAL = 32768
_FORMS = [
    (re.compile(r"\b(?:bruno-runtime|bruscript|axios|node)/[\w.+-]+"), "<program>"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.I), "<uuid>"),
    (re.compile(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"), "<date>"),
    (re.compile(r"\b20\d{6}T\d{6}Z\b"), "<date>"),
    (re.compile(r"\b\w{3}, \d\d \w{3} 20\d\d \d\d:\d\d:\d\d GMT"), "<date>"),
    # The present as seconds or milliseconds, from 2023 to 2033.
    (re.compile(r"\b(?:1[7-9]|20)\d{8}(?:\d{3})?\b"), "<time>"),
]
_LOCAL_PORT = re.compile(r"\b(127\.0\.0\.1|localhost)(:|%3A)(\d{5})\b", re.I)
_TOKENS = re.compile(r"\w+|\W")
_DIGEST_RANDOM = {"cnonce", "response"}
_LONGEST = 20_000
"""Characters of a text beyond which two runs of one tool are not laid over each other."""


def same(theirs: str, ours: str, again: str | None = None) -> bool:
    """Return whether two texts differ in nothing but what varies by nature.

    `again` is our text of a second run: where it differs from the first, any text is accepted.
    """
    if theirs == ours:
        return True
    left, right = form(theirs), form(ours)
    if left == right:
        return True
    if again is None or again == ours or len(ours) > _LONGEST:
        return False
    return _pattern(right, form(again)).fullmatch(left) is not None


def form(text: str) -> str:
    """Return the text with a placeholder for each value that shows by its form that it varies."""
    for pattern, placeholder in _FORMS:
        text = pattern.sub(placeholder, text)
    return _LOCAL_PORT.sub(_port, text)


def header_form(name: str, value: str) -> str:
    """Return a header's value in one canonical form: the order of cookies, quotes of digests."""
    if name == "cookie":
        return "; ".join(sorted(value.split("; ")))
    if name == "authorization" and value.startswith("Digest "):
        fields = re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', value)
        stable = {key: quoted or plain for key, quoted, plain in fields if key not in _DIGEST_RANDOM}
        # MD5 is what no algorithm means.
        stable.setdefault("algorithm", "MD5")
        return "Digest " + ", ".join(f"{key}={stable[key]}" for key in sorted(stable))
    if name == "content-type":
        return re.sub(r'(boundary=)(?:"[^"]*"|[^\s;]+)', r"\1<boundary>", value)
    return value


def without_boundary(content_type: str, body: bytes) -> bytes:
    """Return a multipart body with a placeholder for its boundary; any other as it is."""
    match = re.search(r'boundary=(?:"([^"]+)"|([^\s;]+))', content_type)
    if not match:
        return body
    return body.replace((match[1] or match[2]).encode("latin-1"), b"<boundary>")


def _port(match: re.Match[str]) -> str:
    return f"{match[1]}{match[2]}<port>" if int(match[3]) >= _EPHEMERAL else match[0]


def _pattern(first: str, second: str) -> re.Pattern[str]:
    """Return what matches `first` and `second`, and anything of a bounded length where these differ."""
    left, right = _TOKENS.findall(first), _TOKENS.findall(second)
    pieces = []
    for kind, start, end, *_ in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        equal = kind == "equal"
        pieces.append(re.escape("".join(left[start:end])) if equal else r"[\s\S]{0,400}?")
    return re.compile("".join(pieces))
