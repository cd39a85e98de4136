"""The user's consent: by the embedder's callable, a browser, or a URL or code pasted on the terminal."""

from __future__ import annotations

import asyncio
import inspect
import math
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from bruscript.auth.oauth2.browser_command import Opening, open_url
from bruscript.auth.oauth2.consent import Consent
from bruscript.auth.oauth2.errors import AddressInUseError, ForeignAnswerError, OAuth2Error, clean
from bruscript.auth.oauth2.listener import Listener
from bruscript.auth.oauth2.options import Authorize
from bruscript.auth.oauth2.terminal import is_terminal
from bruscript.auth.oauth2.threads import in_thread
from bruscript.auth.oauth2.urls import redacted_url, without_answers
from bruscript.option_names import option

GRACE_S = 3.0
"""Seconds that the answer may take after the command in `BROWSER` has ended, without a terminal."""

_POLL_S = 0.1


def _ways() -> str:
    """Return how a user can sign in."""
    return (
        "There are four ways: run it on a terminal; sign in with `bruscript auth login` where there is a "
        f"browser, and give the tokens ({option('--token-store', 'FILE')}); set BROWSER to a command that "
        "opens a URL, with a callback_url on http://127.0.0.1; or give an authorize callable in Python."
    )


Push = Callable[[Consent], Awaitable[Consent]]


class Browser:
    """Takes a user to an authorization URL and waits for the redirect.

    `timeout` is how long to wait, in seconds. `notify` shows a message to the user. Only one consent runs at
    a time.
    """

    def __init__(self, timeout: float, authorize: Authorize | None, notify: Callable[[str], object]) -> None:
        self._timeout = timeout
        self._authorize = authorize
        self._notify = notify
        self._turn = asyncio.Lock()

    async def ask(self, consent: Consent, push: Push) -> tuple[Consent, dict[str, str]]:
        """Return the final request, with its port, and the answer.

        `push` gets the request before the user sees it. Raises OAuth2Error.
        """
        async with self._turn:
            if self._authorize is not None:
                consent = await push(consent)
                return consent, await self._call(consent, self._authorize)
            if consent.loopback() is not None:
                return await self._listen(consent, push)
            consent = await push(consent)
            return consent, await self._paste(consent)

    async def _call(self, consent: Consent, authorize: Authorize) -> dict[str, str]:
        async def call() -> str:
            # In a thread: a callable that blocks must not hold up the server it may be talking to.
            result = await in_thread(authorize, consent.url)
            return await result if inspect.isawaitable(result) else result

        try:
            redirect = await asyncio.wait_for(call(), self._timeout)
        except asyncio.TimeoutError:
            raise self._late("the authorize callable did not return") from None
        except OAuth2Error as error:
            raise OAuth2Error(
                without_answers(error.message), hint=error.hint, refused=error.refused, code=error.code
            ) from None
        except Exception as error:
            # Its message may have the URL that the browser was sent to.
            words = clean(without_answers(str(error)))
            raise OAuth2Error(
                f"OAuth 2.0: the authorize callable raised {type(error).__name__}: {words}"
            ) from error
        if not isinstance(redirect, str):
            raise OAuth2Error(
                f"OAuth 2.0: the authorize callable returned {type(redirect).__name__}, not the redirect URL."
            )
        return consent.accept_url(redirect)

    async def _listen(self, consent: Consent, push: Push) -> tuple[Consent, dict[str, str]]:
        async with AsyncExitStack() as stack:
            listener = await stack.enter_async_context(await self._listener(consent))
            listener.consent = await push(listener.consent)
            self._notify(f"Opening the browser to sign in: {listener.consent.url}")
            opening = asyncio.ensure_future(in_thread(open_url, listener.consent.url))
            answer = asyncio.ensure_future(listener.answer())
            stack.callback(opening.cancel)
            stack.callback(answer.cancel)
            deadline = _now() + self._timeout
            await asyncio.wait({opening, answer}, timeout=self._timeout, return_when=asyncio.FIRST_COMPLETED)
            hurried = False
            if opening.done() and not listener.answered and not is_terminal():
                patience = self._patience(opening.result())
                hurried, deadline = patience < deadline, min(patience, deadline)
            await asyncio.wait({answer}, timeout=max(deadline - _now(), 0))
            if not answer.done():
                raise self._no_answer(listener, opening.result() if opening.done() else None, hurried)
            return listener.consent, answer.result()

    async def _listener(self, consent: Consent) -> Listener:
        """Return a listener on the callback URL, once nothing else listens there."""
        deadline = _now() + self._timeout
        waiting = False
        while True:
            try:
                return await Listener(consent).start()
            except AddressInUseError:
                if _now() >= deadline:
                    raise
            if not waiting:
                waiting = True
                callback = redacted_url(consent.callback_url)
                self._notify(f"Waiting for {callback}: another sign-in or program listens there.")
            await asyncio.sleep(_POLL_S)

    def _patience(self, opening: Opening) -> float:
        """Return the deadline for the answer without a terminal."""
        if not opening.opened:
            what, hint = "no browser could be opened", _ways()
            if opening.command:
                command = clean(opening.command, 120)
                what = f"the command in BROWSER (`{command}`) could not be started: {clean(opening.problem)}"
                hint = "Correct BROWSER, run it on a terminal, or give an authorize callable in Python."
            raise OAuth2Error(f"OAuth 2.0: the user has to sign in, and {what}.", hint=hint)
        # The command has ended; the answer may be on its way.
        return math.inf if opening.status is None else _now() + GRACE_S

    def _no_answer(self, listener: Listener, opening: Opening | None, hurried: bool) -> OAuth2Error:
        if opening is None or opening.status is None:
            return self._late(_meanwhile(listener))
        command = clean(opening.command, 120)
        ended = f"the command in BROWSER (`{command}`) ended with exit status {opening.status}"
        if not hurried:
            return self._late(_meanwhile(listener), f"; {ended}")
        hint = "If it hands over to a browser that is running already, put ` &` at its end to wait longer."
        return OAuth2Error(
            f"OAuth 2.0: {_meanwhile(listener)} within {GRACE_S:g} s after {ended}.",
            hint=None if opening.status else hint,
        )

    async def _paste(self, consent: Consent) -> dict[str, str]:
        if not is_terminal():
            raise OAuth2Error(
                "OAuth 2.0: the user has to sign in, the callback URL "
                f"({redacted_url(consent.callback_url)}) is not on http loopback, and there is no terminal "
                "to paste the answer on.",
                hint=_ways(),
            )
        noun, what = "URL", "URL that you were sent to"
        if consent.out_of_band and consent.wants == "code":
            noun, what = "code", "code that the page shows"
        self._notify(
            f"Open this URL and sign in:\n\n  {consent.url}\n\nThen paste the {what} and press Enter:"
        )
        deadline = _now() + self._timeout
        while True:
            try:
                line = await asyncio.wait_for(in_thread(sys.stdin.readline), max(deadline - _now(), 0))
            except asyncio.TimeoutError:
                raise self._late(f"no {noun} was pasted") from None
            if not line.strip():
                raise OAuth2Error(f"OAuth 2.0: no {noun} was pasted.")
            try:
                return consent.accept_url(line)
            except ForeignAnswerError as error:
                hint = f" {error.hint}" if error.hint else ""
                self._notify(f"{error.message}{hint} Paste the {what} after this sign-in:")

    def _late(self, what: str, more: str = "") -> OAuth2Error:
        return OAuth2Error(
            f"OAuth 2.0: {what} within {self._timeout:g} s{more}.",
            hint=f"{option('--oauth2-timeout')} gives more time.",
        )


def _now() -> float:
    return asyncio.get_running_loop().time()


def _meanwhile(listener: Listener) -> str:
    text = f"no answer came to {redacted_url(listener.consent.callback_url)}"
    if listener.refused:
        text += f" ({listener.refused})"
    if listener.opened:
        text += " (its page was opened, but the browser did not run the script that hands the answer over)"
    if listener.unexpected_paths:
        text += f" (something asked for {', '.join(sorted(set(listener.unexpected_paths))[:3])} instead)"
    return text
