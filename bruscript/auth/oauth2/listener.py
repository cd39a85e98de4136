"""Listens on loopback for the answer to one authorization request (RFC 8252 section 7.3)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import html
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

from bruscript.auth.oauth2.consent import Consent
from bruscript.auth.oauth2.errors import AddressInUseError, ForeignAnswerError, OAuth2Error, clean

_LIMIT = 64 * 1024
_READ_S = 10.0

# In the implicit grant the answer is in the fragment, which browsers do not send: the page's script does.
_SCRIPT = (
    "const fragment=location.hash.slice(1);history.replaceState(null,'',location.pathname);"
    "if(fragment)fetch(location.pathname,{method:'POST',headers:{'Content-Type':"
    "'application/x-www-form-urlencoded'},body:fragment}).then(async r=>{const d=new DOMParser()"
    ".parseFromString(await r.text(),'text/html');document.body.replaceWith(d.body)})"
)
_SCRIPT_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
_STYLE = "body{font:1.1em/1.5 system-ui,sans-serif;max-width:34em;margin:20vh auto;padding:0 1em}"
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


class Listener:
    """An HTTP server for one answer, on the callback URL's loopback address, path and port.

    An async context manager: it listens while it is entered and stops as soon as the answer is there. Port 0
    in the callback URL takes a free port; `consent` is the request with the port filled in.
    `unexpected_paths` are the paths of other requests meanwhile, `refused` says why the last answer to
    another authorization request was refused.
    """

    def __init__(self, consent: Consent) -> None:
        self.consent = consent
        self.unexpected_paths: list[str] = []
        self.opened = False
        self.refused: str | None = None
        self._servers: list[asyncio.Server] = []
        self._path = urlsplit(consent.callback_url).path or "/"
        self._answer: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()
        self._answered = False

    async def __aenter__(self) -> Listener:
        return await self.start() if not self._servers else self

    async def start(self) -> Listener:
        """Listen. Raises AddressInUseError where something else does, OAuth2Error where it is impossible."""
        place = self.consent.loopback()
        if place is None:
            raise ValueError(f"{self.consent.callback_url} is not on loopback")
        addresses, port = place
        failure: OSError | None = None
        for address in addresses:
            try:
                server = await asyncio.start_server(self._serve, address, port, limit=_LIMIT)
            except OSError as error:
                failure = failure or error
                continue
            self._servers.append(server)
            port = server.sockets[0].getsockname()[1]
        # `localhost` may have no IPv6. An address in use is an error, since its owner would get the code.
        if failure is not None and (not self._servers or _in_use(failure)):
            await self._close()
            kind = AddressInUseError if _in_use(failure) else OAuth2Error
            raise kind(
                f"OAuth 2.0: cannot listen at {self.consent.callback_url} for the answer: "
                f"{failure.strerror or failure}.",
                hint="Close the program that listens there, or register another callback_url; port 0 takes a "
                "free one.",
            )
        if place[1] == 0:
            parts = urlsplit(self.consent.callback_url)
            netloc = parts.netloc.removesuffix(":0") + f":{port}"
            self.consent = self.consent.at(parts._replace(netloc=netloc).geturl())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._close()
        if self._answer.done() and not self._answer.cancelled():
            self._answer.exception()
        self._answer.cancel()

    @property
    def answered(self) -> bool:
        """Whether an answer, good or bad, has come."""
        return self._answered

    async def answer(self) -> dict[str, str]:
        """Return the answer's parameters, when it comes.

        Raises OAuth2Error where it is a refusal or not ours.
        """
        return await self._answer

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        self._servers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        settle: Callable[[], None] | None = None
        try:
            request = await asyncio.wait_for(_read(reader), _READ_S)
            status, page, settle = (
                self._respond(*request) if request else (400, "This is not an HTTP request.", None)
            )
            writer.write(_page(status, page))
            await asyncio.wait_for(writer.drain(), _READ_S)
        except (
            OSError,
            asyncio.TimeoutError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            ValueError,
        ):
            pass
        finally:
            writer.close()
            with suppress(OSError, asyncio.TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), _READ_S)
            # Only now: the listener closes on the answer, and the page must be out by then.
            if settle is not None:
                settle()

    def _respond(self, method: str, target: str, body: str) -> tuple[int, str, Callable[[], None] | None]:
        parts = urlsplit(target)
        if parts.path != self._path:
            if parts.path != "/favicon.ico":
                self.unexpected_paths.append(clean(parts.path, 80))
            return 404, f"The answer is expected at {self._path}, not here.", None
        if method not in ("GET", "POST"):
            return 405, "Send the answer by GET or POST.", None
        if self._answered:
            return 410, "An earlier answer was used instead of this one.", None
        answer = dict(parse_qsl(body if method == "POST" else parts.query))
        if not answer:
            self.opened = True
            return 200, "Signing in … If this page stays, its browser did not run its script.", None
        try:
            parameters = self.consent.accept(answer)
        except ForeignAnswerError as error:
            # A late answer to an earlier request, or a forged one: the right one may still come.
            self.refused = error.message.removeprefix("OAuth 2.0: ").rstrip(".")
            return 400, str(error), None
        except OAuth2Error as error:
            self._answered = True
            return 400, str(error), partial(self._settle, error)
        self._answered = True
        return 200, "Signed in. This window can be closed.", partial(self._settle, parameters)

    def _settle(self, outcome: dict[str, str] | OAuth2Error) -> None:
        if self._answer.done():
            return
        if isinstance(outcome, OAuth2Error):
            self._answer.set_exception(outcome)
        else:
            self._answer.set_result(outcome)


async def _read(reader: asyncio.StreamReader) -> tuple[str, str, str] | None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    words = head[0].split(" ")
    if len(words) != 3:
        return None
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
    }
    length = min(int(headers.get("content-length") or 0), _LIMIT)
    body = (await reader.readexactly(length)).decode("utf-8", "replace") if length > 0 else ""
    return words[0], words[1], body


def _page(status: int, text: str) -> bytes:
    script = f"<script>{_SCRIPT}</script>" if text.startswith("Signing in") else ""
    body = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>bruscript</title>'
        f"<style>{_STYLE}</style>"
        f"<body><p>{html.escape(text)}</p>{script}</body></html>\n"
    ).encode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; script-src 'sha256-{_SCRIPT_HASH}'; "
        "connect-src 'self'"
    )
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        "Content-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"Content-Security-Policy: {policy}\r\n"
        "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n"
    )
    return head.encode("latin-1") + body


def _in_use(error: OSError) -> bool:
    import errno

    return error.errno == errno.EADDRINUSE
