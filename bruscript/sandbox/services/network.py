"""Requests of scripts: each hop's host is checked before it is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bruscript.sandbox.services.errors import ServiceError
from bruscript.sandbox.services.permissions import Policy

Forward = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
"""Sends one request of `http.send` and returns the answer."""

_DEFAULT_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PRIVATE_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


async def send(policy: Policy, config: Mapping[str, Any], forward: Forward) -> dict[str, Any]:
    """Send a script's request by `forward`, if its host and those that it is redirected to are allowed.

    Raises PermissionRefused, and what `forward` raises.
    """
    if not policy.hosts.restricted:
        return await forward(dict(config))
    # Imported here: not needed without restrictions.
    from bruscript.http.redirect import target

    await policy.check_url(str(config.get("url", "")))
    # The client would follow redirects itself, to hosts that nobody has checked.
    current = {**config, "maxRedirects": 0}
    limit = config.get("maxRedirects")
    remaining = int(limit) if limit is not None else _DEFAULT_REDIRECTS
    while True:
        answer = await forward(dict(current))
        location = _header(answer.get("headers") or {}, "location")
        if answer.get("status") not in _REDIRECTS or location is None or limit == 0:
            return answer
        if remaining <= 0:
            raise ServiceError("ERR_FR_TOO_MANY_REDIRECTS: Maximum number of redirects exceeded")
        remaining -= 1
        # As the client reads it, so that it goes where was checked.
        url = str(target(str(current["url"]), location))
        await policy.check_url(url)
        current = _redirected(current, int(answer["status"]), url)


def _redirected(config: dict[str, Any], status: int, url: str) -> dict[str, Any]:
    """Return the request that follows a redirect (RFC 9110, 15.4)."""
    from bruscript.http.url import parse_url

    following = {**config, "url": url}
    headers = dict(config.get("headers") or {})
    method = str(config.get("method", "GET")).upper()
    if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):
        following["method"] = "GET"
        for name in ("data", "bodyBase64"):
            following.pop(name, None)
        headers = {name: value for name, value in headers.items() if not name.lower().startswith("content-")}
    if parse_url(str(config["url"])).origin != parse_url(url).origin:
        headers = {name: value for name, value in headers.items() if name.lower() not in _PRIVATE_HEADERS}
    return {**following, "headers": headers}


def _header(headers: Any, name: str) -> str | None:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    for key, value in pairs:
        if str(key).lower() == name:
            return str(value[0] if isinstance(value, list) else value)
    return None
