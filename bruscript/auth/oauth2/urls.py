"""URLs in OAuth 2.0: checked, extended and shown."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from bruscript.auth.oauth2.errors import OAuth2Error, clean


def check_url(key: str, url: str) -> None:
    """Raise OAuth2Error unless `url`, the value of `key`, is an http(s) URL."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:
        good = False
    # It is shown on terminals, where control characters would act.
    if good and url.isprintable() and "{{" not in url:
        return
    hint = "Its variable is not set." if "{{" in url else None
    raise OAuth2Error(
        f"OAuth 2.0: {key} is {url!r}, not a URL that starts with http:// or https://.", hint=hint
    )


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
