"""The runner's answers to scripts' calls out of the sandbox."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any, Protocol

from bruscript.dynamic import dynamic
from bruscript.errors import BruscriptError
from bruscript.http import AuthConfig, OutgoingRequest
from bruscript.http.sent import journal
from bruscript.lang.js import to_string
from bruscript.sandbox import current_claim

if TYPE_CHECKING:
    from bruscript.evaluate import PreparedRequest
    from bruscript.http import Client, CookieJar, Response
    from bruscript.runner.guard import Guard
    from bruscript.runner.results import RequestResult
    from bruscript.runner.session import Session


_OWN_HEADERS = frozenset({"accept", "accept-encoding", "content-type", "request-start-time", "user-agent"})
"""Headers that the client adds to requests of the collection, and to those of `bru.sendRequest`."""


MAX_BODY = 64 << 20
"""Limit, in bytes, of a response for a script: more would fit into our memory, but not into its own."""


class HostCallError(BruscriptError):
    """A script's call cannot be answered; the script gets the message as a JavaScript error."""


class RunningRequest(Protocol):
    """The parts of a request that the host needs for its scripts."""

    session: Session
    result: RequestResult
    prepared: PreparedRequest | None
    guard: Guard

    async def nested(self, path: str, changes: dict[str, Any], resets: list[Any]) -> Any:
        """Run the request at `path` of the same collection, for `bru.runRequest`."""

    async def exchange_now(self, request: dict[str, Any]) -> Any:
        """Send this request once more, as its scripts have changed it."""


class RunHost:
    """Answers the calls of one request's scripts (see `bruscript.sandbox.Host`)."""

    def __init__(self, run: RunningRequest) -> None:
        self._run = run

    async def call(self, name: str, args: list[Any]) -> Any:
        """Do `name` and return JSON.

        Raises HostCallError for an unknown name, and the service's errors; the script gets the message.
        """
        session = self._run.session
        family, _, operation = name.partition(".")
        if name == "http.send":
            return await self._send(args[0])
        if name == "run.request":
            path, variables, resets, deleted = (*args, None, None, None)[:4]
            changes = {**(deleted or {}), "variables": variables or {}}
            answer = await self._run.nested(str(path), changes, resets or [])
            if (answer["response"].get("size") or 0) > MAX_BODY:
                raise HostCallError(
                    f"bru.runRequest: the response of {path} is larger than {MAX_BODY >> 20} MiB, "
                    "the most that a script gets"
                )
            return answer
        if name == "run.exchange":
            return await self._run.exchange_now(args[0])
        if name == "run.body":
            self._run.guard.check_seen()
            prepared = self._run.prepared
            body = await asyncio.to_thread(prepared.body_bytes) if prepared else None
            return None if body is None else base64.b64encode(body).decode()
        if name == "dynamic":
            return dynamic(str(args[0]))
        if family == "cookies":
            return self._cookies(operation, args)
        if session.services.answers(name):
            # Files and cryptography block; the loop must stay free for other requests and time limits.
            return await asyncio.to_thread(session.services.call, name, args)
        raise HostCallError(f"the host call {name!r} is unknown")

    def _cookies(self, operation: str, args: list[Any]) -> Any:
        jar: CookieJar = self._run.session.jar
        methods = {
            "all": jar.all,
            "get": jar.get,
            "set": jar.set,
            "delete": jar.delete,
            "deleteAll": jar.delete_all,
            "clear": jar.clear,
            "header": jar.header_for,
        }
        if operation not in methods:
            raise HostCallError(f"Unknown cookie operation {operation!r}")
        with jar.touching():
            return methods[operation](*args)  # type: ignore[operator]

    async def _send(self, config: dict[str, Any]) -> dict[str, Any]:
        client: Client = self._run.session.client
        hosts = self._run.session.services.policy.hosts
        request = script_request(config)
        request.fence = hosts if hosts.restricted else None
        # The call may run in the context of another request, one that is nested in this.
        token = journal.set(self._run.result.sent)
        try:
            response = await client.send(request)
        finally:
            journal.reset(token)
        self._run.session.secrets.response(response)
        return script_response(response)


def script_request(config: dict[str, Any]) -> OutgoingRequest:
    """Return the request that a script describes, in the shape of axios's configuration.

    Keys: method, url, headers (object, or a list of pairs), bodyBase64, timeout (ms), maxRedirects, sentBy
    (its name in reports), plain (only the headers given, as fetch, axios and http.request send).
    """
    headers = config.get("headers") or {}
    pairs = headers.items() if isinstance(headers, dict) else headers
    body = config.get("bodyBase64")
    redirects = config.get("maxRedirects")
    plain = bool(config.get("plain"))
    return OutgoingRequest(
        method=str(config.get("method") or "GET").upper(),
        url=str(config.get("url") or ""),
        headers=[
            (str(name), to_string(item))
            for name, value in pairs
            for item in (value if isinstance(value, list) else [value])
            if item is not None
        ],
        body=None if body is None else base64.b64decode(body),
        timeout_ms=int(config.get("timeout") or 0),
        follow_redirects=redirects != 0,
        max_redirects=5 if redirects is None else int(redirects),
        max_body=MAX_BODY,
        allowance=current_claim(),
        auth=AuthConfig(),
        omit_headers=_OWN_HEADERS if plain else frozenset(),
        sent_by=str(config.get("sentBy") or "a script")[:40],
        # The jar is for the collection's requests: in the reference, too, scripts' own know nothing of it.
        cookies=False,
    )


def script_response(response: Response) -> dict[str, Any]:
    """Return what the script gets: status, headers by lower-case name, the decoded body as base64."""
    return {
        "status": response.status,
        "statusText": response.status_text,
        "headers": response.header_map,
        "bodyBase64": base64.b64encode(response.body).decode(),
        "url": response.url,
        "responseTime": response.duration_ms,
    }
