"""The headers that a request gets beside its own, in the order in which the reference sends them."""

from __future__ import annotations

import time

from bruscript._version import __version__
from bruscript.http.url import Address
from bruscript.http.wire import RawHeaders, raw_headers

USER_AGENT = f"bruscript/{__version__}"
ACCEPT = "application/json, text/plain, */*"
ACCEPT_ENCODING = "gzip, compress, deflate, br"

# These come first, under these names; what the user writes for them takes their place.
_LEADING = {"accept": "Accept", "content-type": "Content-Type", "user-agent": "User-Agent"}
BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
"""Methods whose requests have no Content-Length if they have no body (RFC 9110, 8.6)."""
# The default content type of requests with these methods.
FORM_METHODS = frozenset({"POST", "PUT", "PATCH"})
_DEFAULT_TYPE = "application/x-www-form-urlencoded"


def complete(
    own: list[tuple[str, str]],
    *,
    method: str,
    address: Address,
    length: int,
    cookies: str,
    omit: frozenset[str],
) -> tuple[RawHeaders, int]:
    """Return all headers of a request, and how many of them come before the trailing defaults.

    `length` is the body's in bytes, `cookies` the value of the `Cookie` header ("" for none, and then the
    user's own is left as it is), `omit` the lower-case names of defaults that are not wanted.
    """
    leading = {
        "accept": "" if "accept" in omit else ACCEPT,
        "content-type": "",
        "user-agent": "" if "user-agent" in omit else USER_AGENT,
    }
    rest: list[tuple[str, str]] = []
    present: set[str] = set()
    for name, value in own:
        key = name.lower()
        if key in _LEADING and key not in present:
            leading[key] = value
        elif key == "content-length":
            continue
        elif key == "cookie" and cookies:
            if key not in present:
                rest.append((name, cookies))
        else:
            rest.append((name, value))
        present.add(key)
    if method in FORM_METHODS and "content-type" not in present and "content-type" not in omit:
        leading["content-type"] = _DEFAULT_TYPE
    headers = [(_LEADING[key], value) for key, value in leading.items() if value or key in present]
    headers += rest
    if cookies and "cookie" not in present:
        headers.append(("Cookie", cookies))
    count = len(headers)
    if "request-start-time" not in omit and "request-start-time" not in present:
        headers.append(("request-start-time", str(int(time.time() * 1000))))
    chunked = "transfer-encoding" in present
    if length and not chunked:
        headers.append(("Content-Length", str(length)))
    if "accept-encoding" not in present and "accept-encoding" not in omit:
        headers.append(("Accept-Encoding", ACCEPT_ENCODING))
    if "host" not in present:
        headers.append(("Host", address.netloc))
    if "connection" not in present:
        headers.append(("Connection", "keep-alive"))
    if not length and not chunked and method not in BODILESS:
        headers.append(("Content-Length", "0"))
    return raw_headers(headers), count
