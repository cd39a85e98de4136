"""Has the user consent: by the embedder's callable, the system's browser, or a URL pasted on the terminal."""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

from bruscript.auth.oauth2.consent import Consent
from bruscript.auth.oauth2.errors import OAuth2Error, clean
from bruscript.auth.oauth2.listener import Listener
from bruscript.auth.oauth2.options import Authorize
from bruscript.auth.oauth2.urls import redacted_url

T = TypeVar("T")

_WAYS = (
    "There are three ways: run it on a terminal; set BROWSER to a command that opens a URL, with a "
    "callback_url on http://127.0.0.1; or give an authorize callable in Python."
)


class Browser:
    """Takes a user to an authorization URL and waits for the redirect.

    `timeout` is how long to wait, in seconds. `notify` shows a message to the user. One consent is asked for
    at a time.
    """

    def __init__(self, timeout: float, authorize: Authorize | None, notify: Callable[[str], object]) -> None:
        self._timeout = timeout
        self._authorize = authorize
        self._notify = notify
        self._turn = asyncio.Lock()

    async def ask(self, consent: Consent) -> tuple[Consent, dict[str, str]]:
        """The request as it was made (its port is known by then) and the answer; raises OAuth2Error."""
        async with self._turn:
            if self._authorize is not None:
                return consent, await self._call(consent, self._authorize)
            if consent.loopback() is not None:
                return await self._listen(consent)
            return consent, await self._paste(consent)

    async def _call(self, consent: Consent, authorize: Authorize) -> dict[str, str]:
        async def call() -> str:
            # In a thread: a callable that blocks must not hold up the server it may be talking to.
            result = await _in_thread(authorize, consent.url)
            return await result if inspect.isawaitable(result) else result

        try:
            redirect = await asyncio.wait_for(call(), self._timeout)
        except asyncio.TimeoutError:
            raise self._late("the authorize callable did not return") from None
        except OAuth2Error:
            raise
        except Exception as error:
            raise OAuth2Error(
                f"OAuth 2.0: the authorize callable raised {type(error).__name__}: {clean(error)}"
            ) from error
        if not isinstance(redirect, str):
            raise OAuth2Error(
                f"OAuth 2.0: the authorize callable returned {type(redirect).__name__}, not the redirect URL."
            )
        return consent.accept_url(redirect)

    async def _listen(self, consent: Consent) -> tuple[Consent, dict[str, str]]:
        async with Listener(consent) as listener:
            self._notify(f"Opening the browser to sign in: {listener.consent.url}")
            deadline = asyncio.get_running_loop().time() + self._timeout
            opening = asyncio.ensure_future(_in_thread(_open, listener.consent.url))
            answer = asyncio.ensure_future(listener.answer())
            try:
                await asyncio.wait(
                    {opening, answer}, timeout=self._timeout, return_when=asyncio.FIRST_COMPLETED
                )
                if opening.done() and not opening.result() and not listener.answered and not terminal():
                    raise OAuth2Error(
                        "OAuth 2.0: the user has to sign in, and no browser could be opened.", hint=_WAYS
                    )
                left = max(deadline - asyncio.get_running_loop().time(), 0)
                await asyncio.wait({answer}, timeout=left)
                if not answer.done():
                    raise self._late(_meanwhile(listener))
                return listener.consent, answer.result()
            finally:
                for task in (opening, answer):
                    task.cancel()

    async def _paste(self, consent: Consent) -> dict[str, str]:
        if not terminal():
            place = redacted_url(consent.callback_url) if consent.callback_url else "not set"
            raise OAuth2Error(
                f"OAuth 2.0: the user has to sign in, the callback URL ({place}) is not on http loopback, "
                "and there is no terminal to paste the answer on.",
                hint=_WAYS,
            )
        self._notify(
            f"Open this URL and sign in:\n\n  {consent.url}\n\n"
            "Then paste the URL that you were sent to and press Enter:"
        )
        try:
            line = await asyncio.wait_for(_in_thread(sys.stdin.readline), self._timeout)
        except asyncio.TimeoutError:
            raise self._late("no URL was pasted") from None
        if not line.strip():
            raise OAuth2Error("OAuth 2.0: no URL was pasted.")
        return consent.accept_url(line)

    def _late(self, what: str) -> OAuth2Error:
        return OAuth2Error(
            f"OAuth 2.0: {what} within {self._timeout:g} s.", hint="--oauth2-timeout SECONDS gives more time."
        )


def terminal() -> bool:
    """Whether there is someone to ask: standard input is a terminal."""
    try:
        return sys.stdin.isatty()
    except (AttributeError, ValueError):
        return False


def _open(url: str) -> bool:
    import webbrowser

    try:
        return webbrowser.open(url)
    except (webbrowser.Error, OSError):
        return False


def _meanwhile(listener: Listener) -> str:
    text = f"no answer came to {redacted_url(listener.consent.callback_url)}"
    if listener.opened:
        text += " (its page was opened, but the browser did not run the script that hands the answer over)"
    if listener.strays:
        text += f" (something asked for {', '.join(sorted(set(listener.strays))[:3])} instead)"
    return text


async def _in_thread(function: Callable[..., T], *arguments: object) -> T:
    """The function's result, from a daemon thread: unlike asyncio's own, it does not hold up the exit."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        try:
            outcome: tuple[T | None, BaseException | None] = (function(*arguments), None)
        except Exception as error:
            outcome = (None, error)
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=run, daemon=True, name="bruscript-oauth2").start()
    return await future
