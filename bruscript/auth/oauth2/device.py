"""Device authorization: the user signs in elsewhere, and the server is asked until they have (RFC 8628)."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bruscript.auth.oauth2.endpoint import Endpoint
from bruscript.auth.oauth2.errors import OAuth2Error, clean, sentence
from bruscript.auth.oauth2.options import ManagerOptions
from bruscript.auth.oauth2.terminal import is_terminal, qr_code
from bruscript.auth.oauth2.threads import in_thread
from bruscript.auth.oauth2.urls import check_url, without_answers
from bruscript.option_names import option

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_INTERVAL_S = 5.0
_SLOWER_S = 5.0


class DeviceUrl(str):
    """The URL to sign in at, as an `authorize` callable gets it; `user_code` is what to enter there."""

    user_code: str = ""


async def fetch_for_device(endpoint: Endpoint, options: ManagerOptions) -> dict[str, Any]:
    """Return the token response, once the user has consented. Raises OAuth2Error."""
    config = endpoint.config
    url = config.more.device_authorization_url
    config.require(device_authorization_url=url, access_token_url=config.access_token_url)
    config.require(client_id=config.client_id)
    # The request is a form (section 3.1): what a browser's would have in its query is in its body.
    additional = [
        replace(parameter, send_in="headers" if parameter.send_in == "headers" else "body")
        for parameter in config.additional.authorization
    ]
    fields = {"scope": config.scope.strip()}
    needed = ("device_code", "user_code")
    answer = await endpoint.ask("device_authorization_url", url, fields, additional, needed)
    code, user_code = str(answer["device_code"]), clean(answer["user_code"], 80)
    place = str(answer.get("verification_uri") or answer.get("verification_url") or "")
    check_url("verification_uri", place)
    complete = str(answer.get("verification_uri_complete") or "")
    if complete:
        check_url("verification_uri_complete", complete)
    endpoint.mask.learn(code, "The device code", transient=True)
    life = min(_seconds(answer.get("expires_in"), options.timeout), options.timeout)
    visit = asyncio.ensure_future(_show(options, place, complete, user_code))
    try:
        interval = _seconds(answer.get("interval"), _INTERVAL_S)
        return await _poll(endpoint, code, interval, life, visit, options.notify)
    finally:
        visit.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await visit


async def _show(options: ManagerOptions, place: str, complete: str, user_code: str) -> None:
    if options.authorize is not None:
        url = DeviceUrl(complete or place)
        url.user_code = user_code
        result = await in_thread(options.authorize, url)
        if inspect.isawaitable(result):
            await result
        return
    text = f"Open {place} on any device and enter the code {user_code}"
    if is_terminal():
        text += f"\n\n{qr_code(complete or place)}"
    options.notify(text)


async def _poll(
    endpoint: Endpoint,
    code: str,
    interval: float,
    life: float,
    visit: asyncio.Future[None],
    notify: Callable[[str], object],
) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + life
    failure: OAuth2Error | None = None
    while True:
        if loop.time() + interval > deadline:
            if failure is not None:
                raise failure
            raise OAuth2Error(
                f"OAuth 2.0: nobody signed in with the code within {life:g} s.",
                hint=f"{option('--oauth2-timeout')} gives more time, as far as the server allows it.",
            )
        await asyncio.sleep(interval)
        if visit.done() and not visit.cancelled() and (raised := visit.exception()):
            words = clean(without_answers(str(raised)))
            raise OAuth2Error(
                f"OAuth 2.0: the authorize callable raised {type(raised).__name__}: {words}"
            ) from raised
        try:
            return await endpoint.fetch(grant_type=GRANT, device_code=code)
        except OAuth2Error as error:
            failure = None
            if error.code == "slow_down":
                interval += _SLOWER_S
            elif error.transient:
                # Section 3.5: the user may have signed in meanwhile, and the server is to have less to do.
                failure = error
                interval *= 2
                notify(f"{sentence(error.message)} It is asked again in {interval:g} s.")
            elif error.code != "authorization_pending":
                raise


def _seconds(value: Any, default: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return default
    return number if 0 < number < 1e6 else default
