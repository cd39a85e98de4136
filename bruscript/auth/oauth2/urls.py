"""URLs in OAuth 2.0: checked, extended and shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from bruscript.auth.oauth2.errors import OAuth2Error, clean
from bruscript.masking import MASKED

_URL: Final = re.compile(r"""\b[A-Za-z][A-Za-z0-9+.-]*:/[^\s"'<>]*""")
_ANSWER: Final = re.compile(
    r"""(?:\b|(?<=%[0-9A-F]{2}))(code|access_token|id_token|refresh_token|token|state)"""
    r"""(["']?\s*(?:=|:|%3D)\s*["']?)[^\s&"'<>,;]{4,}""",
    re.IGNORECASE,
)


def check_url(key: str, url: str) -> None:
    """Raise OAuth2Error unless `url`, the value of `key`, is an http(s) URL."""
    if is_http_url(url) and "{{" not in url:
        return
    hint = "Its variable is not set." if "{{" in url else None
    raise OAuth2Error(
        f"OAuth 2.0: {key} is {url!r}, not a URL that starts with http:// or https://.", hint=hint
    )


def is_http_url(url: str) -> bool:
    """Return whether `url` is an absolute http(s) URL."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:
        return False
    # It is shown on terminals, where control characters would act.
    return good and url.isprintable()


def with_query(url: str, pairs: Sequence[tuple[str, str]]) -> str:
    """Return `url` with `pairs` after its query, which stays as it was written."""
    if not pairs:
        return url
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode(pairs, quote_via=quote, safe="")]))
    return urlunsplit(parts._replace(query=query))


def redacted_url(url: str) -> str:
    """Return `url` for a message: without user, password, query and fragment."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path, "", "")) + ("?…" if parts.query else "")
    except ValueError:
        return clean(url)


def origin_of(url: str) -> str:
    """Return scheme, host and port of an http(s) URL, whose other parts may be secret; else ""."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}" if parts.scheme in ("http", "https") and host else ""


def without_answers(text: str) -> str:
    """Return somebody else's message without what may be an answer to an authorization request.

    That is every URL but its origin, and values that are called code, token or state.
    """
    text = _URL.sub(lambda match: f"{origin_of(match[0]) or match[0].partition(':')[0] + ':'}/…", text)
    return _ANSWER.sub(lambda match: f"{match[1]}{match[2]}{MASKED}", text)
