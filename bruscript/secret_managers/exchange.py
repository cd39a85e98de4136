"""Requests to secret managers, and their answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode, urlsplit, urlunsplit

from bruscript.http.errors import RequestError
from bruscript.http.redirect import target
from bruscript.http.request import OutgoingRequest
from bruscript.http.url import parse_url
from bruscript.secret_managers.errors import SecretError, clean, explain

if TYPE_CHECKING:
    import httpx

    from bruscript.http import Response
    from bruscript.masking import Mask

TIMEOUT = 30
"""Seconds for one answer, as in the reference."""
AT_ONCE = 10
"""How many requests run at once: managers have quotas."""
MOST_PAGES = 1000

_MAX_ANSWER = 16 << 20
"""Bytes, decoded, of one answer; longer lists come in pages."""
_BUSY = (429, 503)
_ATTEMPTS = 3
_LONGEST_PAUSE = 10.0


class Send(Protocol):
    """The client's `send`."""

    def __call__(self, request: OutgoingRequest, auth: httpx.Auth | None = None) -> Awaitable[Response]:
        """Send the request."""


class Exchange:
    """Sends a manager's requests, a few at a time, and takes JSON objects for answers.

    `send` carries them: it handles TLS, proxies and certificates.
    """

    def __init__(self, send: Send, mask: Mask) -> None:
        self._send = send
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._mask = mask

    def learn(self, value: object) -> None:
        """Have `value`, which signs in to a manager, masked."""
        self._mask.learn(value, "What signs in to a secret manager")

    async def json(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Any = None,
        *,
        form: Mapping[str, str] | None = None,
        auth: httpx.Auth | None = None,
        follow: bool = False,
    ) -> dict[str, Any]:
        """Return the object that answers the request, whose body is `body` as JSON, or `form`.

        A manager that is busy is asked again. With `follow` a redirect is followed once, and never from https
        to http: Vault's standby servers send on to the active one. Raises SecretError for any other answer.
        """
        request = _request(method, url, headers, body, form)
        async with self._slots:
            response = await self._answer(request, auth)
            location = response.header_map.get("location")
            redirected = follow and response.status in (301, 302, 307, 308)
            following = _secure_target(url, location) if redirected and isinstance(location, str) else None
            if following is not None:
                request.url = following
                response = await self._answer(request, auth)
        data = response.data
        status = f"{response.status} {clean(response.status_text)}".rstrip()
        what = f"{method} {redacted_url(request.url)} answered {status}"
        if not 200 <= response.status < 300:
            explanation = explain(self._mask.mask(data))
            raise SecretError(
                f"{what}: {explanation}" if explanation else what, hint=_HINTS.get(response.status)
            )
        if not isinstance(data, dict):
            kind = clean(response.header_map.get("content-type") or "no content type")
            raise SecretError(f"{what} with {kind}, where a JSON object was expected")
        return data

    async def pages(
        self, url: str, headers: Mapping[str, str], parameter: str, token_of: Callable[[dict[str, Any]], Any]
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield the pages of a list; `token_of` finds in each the query's `parameter` for the next.

        A token that comes again ends the list. Raises SecretError, also for a list without an end.
        """
        previous: set[str] = set()
        page = ""
        while page not in previous:
            if len(previous) == MOST_PAGES:
                raise SecretError(f"GET {redacted_url(url)} has more than {MOST_PAGES} pages")
            previous.add(page)
            query = "?" + urlencode({parameter: page}) if page else ""
            answer = await self.json("GET", url + query, headers)
            yield answer
            page = str(token_of(answer) or "")

    async def _answer(self, request: OutgoingRequest, auth: httpx.Auth | None) -> Response:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                response = await self._send(request, auth)
            except RequestError as error:
                message = error.message
                if error.code == "ECONNABORTED":
                    message = f"no answer within {TIMEOUT} s"
                what = f"{request.method} {redacted_url(request.url)} failed: {message}"
                raise SecretError(what, hint=error.hint) from None
            if response.status not in _BUSY or attempt == _ATTEMPTS:
                break
            await asyncio.sleep(_pause(response, attempt))
        return response


_HINTS = {
    401: "Are the credentials right, and still valid?",
    403: "Are the credentials still valid, and may they read this?",
}


def redacted_url(url: str) -> str:
    """Return `url` for a message: without user, password, query and fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return clean(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], clean(parts.path), "", ""))


def _secure_target(url: str, location: str) -> str | None:
    """Return a redirect's target; None if it is not a URL, or leads from https to http."""
    try:
        address, here = target(url, location), parse_url(url)
    except RequestError:
        return None
    return str(address) if address.scheme in ("https", here.scheme) else None


def _request(
    method: str, url: str, headers: Mapping[str, str], body: Any, form: Mapping[str, str] | None
) -> OutgoingRequest:
    sent = [("Accept", "application/json"), *headers.items()]
    content = None
    if form is not None:
        content = urlencode(form).encode("ascii")
        sent.append(("Content-Type", "application/x-www-form-urlencoded"))
    elif body is not None:
        content = json.dumps(body).encode("ascii")
        if not any(name.lower() == "content-type" for name in headers):
            sent.append(("Content-Type", "application/json"))
    return OutgoingRequest(
        method=method,
        url=url,
        headers=sent,
        body=content,
        timeout_ms=TIMEOUT * 1000,
        # A redirect would take credentials to wherever the answer points.
        follow_redirects=False,
        max_redirects=0,
        cookies=False,
        max_body=_MAX_ANSWER,
    )


def _pause(response: Response, attempt: int) -> float:
    """Return the seconds until a busy manager is asked again: its own value, or increasing ones."""
    retry_after = str(response.header_map.get("retry-after") or "")
    return min(float(retry_after) if retry_after.isdecimal() else 0.5 * 2**attempt, _LONGEST_PAUSE)
