"""The token's life: got, reused, refreshed, forgotten; once for all requests that need it at a time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from bruscript.auth.oauth2.config import Config
from bruscript.auth.oauth2.credentials import Credentials, expired, received, secrets_of, token_of
from bruscript.auth.oauth2.errors import OAuth2Error, TokenStoreError
from bruscript.auth.oauth2.store import MemoryTokenStore, TokenKey, TokenStore
from bruscript.errors import BruscriptError

if TYPE_CHECKING:
    import httpx

    from bruscript.auth.oauth2.browser import Authorize, Browser
    from bruscript.auth.oauth2.consent import Consent
    from bruscript.auth.oauth2.endpoint import Endpoint
    from bruscript.http import OutgoingRequest, Response

FETCHED, REFRESHED, REUSED, RETRIED = "fetched", "refreshed", "reused", "retried"
"""What came of a request's authorization, as the report says it."""


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _ignore(*values: str) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class ManagerOptions:
    """What a manager is told once.

    `timeout`, in seconds, bounds each token request and each wait for a user. `authorize` replaces the
    browser. `retry_unauthorized` sends a request that is answered 401 once more with another token.
    `on_secret` is told every secret value that the manager meets; `notify` shows a message to the user.
    """

    timeout: float = 120.0
    authorize: Authorize | None = None
    retry_unauthorized: bool = False
    on_secret: Callable[..., object] = _ignore
    notify: Callable[[str], object] = _to_stderr


@dataclass
class _Renewal:
    """What one trip to the authorization server came to."""

    outcome: str
    credentials: Credentials
    requests: int = 0
    timeline: list[dict[str, Any]] = field(default_factory=list, repr=False)
    warnings: list[str] = field(default_factory=list)


@dataclass
class _Flight:
    """A trip that is under way, and how many requests wait for it."""

    task: asyncio.Task[_Renewal]
    waiting: int = 0


@dataclass
class Authorization:
    """One request's authorization.

    `auth` goes to the client with the request. `entry` is what the report says: `outcome` is "fetched",
    "refreshed", "reused", or, after the request was sent, "retried". `timeline` holds the token exchanges
    that this request caused, `warnings` what the user should hear. `header` is the header that is sent, if it
    is one.
    """

    auth: httpx.Auth
    entry: dict[str, Any]
    header: tuple[str, str] | None = field(default=None, repr=False)
    timeline: list[dict[str, Any]] = field(default_factory=list, repr=False)
    warnings: list[str] = field(default_factory=list)

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The report's entries for the request."""
        return [self.entry]

    @property
    def outcome(self) -> str:
        """How the token was come by."""
        return str(self.entry["outcome"])


class TokenManager:
    """Gets tokens when they are needed and keeps them while they are good.

    `send` carries token requests: a client's `send`, with the run's TLS, proxies and certificates. It belongs
    to one event loop.
    """

    def __init__(
        self,
        store: TokenStore | None = None,
        send: Callable[[OutgoingRequest], Awaitable[Response]] | None = None,
        options: ManagerOptions | None = None,
    ) -> None:
        self.store: TokenStore = MemoryTokenStore() if store is None else store
        self.options = options or ManagerOptions()
        self._send = send
        self._flights: dict[TokenKey, _Flight] = {}
        self._browser: Browser | None = None
        self._told: set[str] = set()

    async def authorize(self, block: Mapping[str, Any] | Config, timeout_ms: int = 0) -> Authorization | None:
        """The authorization for one request, from its `auth:oauth2` block with templates resolved.

        None where there is nothing to add: no grant type, or no token and `auto_fetch_token` off.
        `timeout_ms` is the request's own limit, for each token request, 0 for none. Raises OAuth2Error where
        no token can be had.
        """
        config = block if isinstance(block, Config) else Config.from_block(block)
        if not config.grant_type:
            return None
        self._tell(*config.secrets)
        renewal = await self._current(config, timeout_ms)
        if renewal is None:
            return None
        return self._authorization(config, renewal, timeout_ms)

    async def token(self, block: Mapping[str, Any] | Config, timeout_ms: int = 0) -> Credentials | None:
        """The credentials for a configuration, got if need be; as `authorize`."""
        config = block if isinstance(block, Config) else Config.from_block(block)
        renewal = await self._current(config, timeout_ms)
        return None if renewal is None else renewal.credentials

    async def login(self, block: Mapping[str, Any] | Config) -> Credentials:
        """Fetch credentials anew, whatever is kept, and keep them. Raises OAuth2Error."""
        config = block if isinstance(block, Config) else Config.from_block(block)
        self._tell(*config.secrets)
        async with self.store.exclusive(config.key):
            _, credentials = await self._ask(config, self._endpoint(config, 0), None, [])
            with _store_errors(self.store):
                self.store.save(config.key, credentials)
        self._tell(*secrets_of(credentials))
        return credentials

    def variables(self) -> dict[str, Any]:
        """Every field of every token response that is kept, as `$oauth2.<credentials id>.<field>`."""
        found: dict[str, Any] = {}
        with _store_errors(self.store):
            kept = list(self.store.items())
        for key, credentials in kept:
            self._tell(*secrets_of(credentials))
            for name, value in credentials.items():
                found[f"$oauth2.{key.credentials_id}.{name}"] = value
        return found

    def reset(self, credentials_id: str) -> bool:
        """Forget the credentials with this id, whatever their URL; whether there were any."""
        for key in [key for key in self._flights if key.credentials_id == credentials_id]:
            # Whoever waits for it gets its token; whoever comes now does not.
            del self._flights[key]
        with _store_errors(self.store):
            return self.store.delete(credentials_id) > 0

    def _kept(self, key: TokenKey) -> Credentials | None:
        with _store_errors(self.store):
            return self.store.get(key)

    async def _current(self, config: Config, timeout_ms: int) -> _Renewal | None:
        credentials = self._kept(config.key)
        if credentials is not None:
            self._tell(*secrets_of(credentials))
            if not expired(credentials) or not (config.auto_fetch or _refreshable(config, credentials)):
                return _Renewal(REUSED, credentials)
        elif not config.auto_fetch:
            return None
        return await self._join(config, timeout_ms)

    def _authorization(self, config: Config, renewal: _Renewal, timeout_ms: int) -> Authorization:
        from bruscript.auth.oauth2.endpoint import shown
        from bruscript.auth.oauth2.placement import TokenAuth, header_value, in_query

        token = token_of(renewal.credentials, config.token_source)
        if token is None:
            raise OAuth2Error(
                f"OAuth 2.0: the token kept for {config.credentials_id!r} has no {config.token_source}.",
                hint="Reset it, and ask for one with the scope openid.",
            )
        entry = {
            "credentialsId": config.credentials_id,
            "grantType": config.grant_type,
            "url": shown(config.key.url),
            "outcome": renewal.outcome,
            "tokenRequests": renewal.requests,
        }
        header = None if in_query(config) else ("Authorization", header_value(config, token))

        async def renew(refused: str) -> str | None:
            return await self._renew_refused(config, refused, authorization, timeout_ms)

        auth = TokenAuth(config, token, renew if self.options.retry_unauthorized else None)
        authorization = Authorization(auth, entry, header, renewal.timeline, renewal.warnings)
        return authorization

    async def _renew_refused(
        self, config: Config, refused: str, authorization: Authorization, timeout_ms: int
    ) -> str | None:
        """Another token after a 401, or None where there is none: the 401 is the answer then."""
        kept = self._kept(config.key)
        if not (config.auto_fetch or (kept and _refreshable(config, kept))):
            return None
        try:
            renewal = await self._join(config, timeout_ms, refused)
            token = token_of(renewal.credentials, config.token_source)
        except (OAuth2Error, TokenStoreError) as error:
            authorization.warnings.append(
                f"The request was answered 401, and no other token could be had: {error}"
            )
            authorization.timeline.extend(getattr(error, "timeline", ()))
            return None
        if token is None:
            return None
        authorization.entry["outcome"] = RETRIED
        authorization.entry["tokenRequests"] += renewal.requests
        authorization.timeline.extend(renewal.timeline)
        authorization.warnings.extend(renewal.warnings)
        if authorization.header is not None:
            from bruscript.auth.oauth2.placement import header_value

            authorization.header = ("Authorization", header_value(config, token))
        return token

    async def _join(self, config: Config, timeout_ms: int, refused: str | None = None) -> _Renewal:
        """Wait for the trip that is under way for this key, or make one; only who makes it reports it."""
        key = config.key
        flight = self._flights.get(key)
        leads = flight is None
        if flight is None:
            flight = _Flight(asyncio.ensure_future(self._renew(config, timeout_ms, refused)))
            self._flights[key] = flight
        flight.waiting += 1
        try:
            renewal = await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting:
                flight.task.cancel()
            if self._flights.get(key) is flight and (flight.task.done() or not flight.waiting):
                del self._flights[key]
        return renewal if leads else _Renewal(REUSED, renewal.credentials)

    async def _renew(self, config: Config, timeout_ms: int, refused: str | None) -> _Renewal:
        endpoint = self._endpoint(config, timeout_ms)
        warnings: list[str] = []
        try:
            async with self.store.exclusive(config.key):
                kept = self._kept(config.key)
                if kept is not None and not expired(kept) and token_of(kept, config.token_source) != refused:
                    return _Renewal(REUSED, kept)
                outcome, credentials = await self._ask(config, endpoint, kept, warnings)
                with _store_errors(self.store):
                    self.store.save(config.key, credentials)
        except OAuth2Error as error:
            error.timeline = endpoint.timeline
            if config.unresolved and error.hint is None:
                error.hint = f"In {', '.join(config.unresolved)} stands a variable that is not set."
            raise
        self._tell(*secrets_of(credentials))
        return _Renewal(outcome, credentials, endpoint.requests, endpoint.timeline, warnings)

    def _endpoint(self, config: Config, timeout_ms: int) -> Endpoint:
        from bruscript.auth.oauth2.endpoint import Endpoint

        if self._send is None:
            raise OAuth2Error("OAuth 2.0: this token manager has no client to ask for a token with.")
        limits = [self.options.timeout] + ([timeout_ms / 1000] if timeout_ms > 0 else [])
        return Endpoint(config, self._send, min(limits), self._tell)

    async def _ask(
        self, config: Config, endpoint: Endpoint, kept: Credentials | None, warnings: list[str]
    ) -> tuple[str, Credentials]:
        if kept is not None and _refreshable(config, kept):
            try:
                return REFRESHED, received(await endpoint.refresh(kept["refresh_token"]), kept)
            except OAuth2Error as error:
                if not (error.refused and config.auto_fetch):
                    raise
                warnings.append(f"The token could not be refreshed, a new one was asked for: {error.message}")
        from bruscript.auth.oauth2.grants import fetch

        async def ask(consent: Consent) -> tuple[Consent, dict[str, str]]:
            return await self._consent(consent, endpoint, warnings)

        return FETCHED, received(await fetch(config, endpoint, ask))

    async def _consent(
        self, consent: Consent, endpoint: Endpoint, warnings: list[str]
    ) -> tuple[Consent, dict[str, str]]:
        from bruscript.auth.oauth2.browser import Browser

        await endpoint.check_consent(consent)
        if consent.headers:
            answer = await endpoint.preauthorize(consent)
            if answer is not None:
                return consent, answer
            warnings.append(
                "A browser cannot send the headers of additional_params:auth_req:headers; the authorization "
                "server did not answer bruscript's own request with them by a redirect to the callback URL."
            )
        if self._browser is None:
            self._browser = Browser(self.options.timeout, self.options.authorize, self.options.notify)
        return await self._browser.ask(consent)

    def _tell(self, *secrets: str) -> None:
        """Have these masked, also in the forms that they take in URLs and form bodies."""
        new = set(secrets) - self._told
        self._told |= new
        for secret in new:
            self.options.on_secret(secret, quote(secret, safe=""), quote_plus(secret))


@contextmanager
def _store_errors(store: TokenStore) -> Iterator[None]:
    """Whatever an embedder's store raises is the error of one request, not the end of the run."""
    try:
        yield
    except BruscriptError:
        raise
    except Exception as error:
        raise TokenStoreError(f"The token store {store!r} failed: {type(error).__name__}: {error}") from error


def _refreshable(config: Config, credentials: Credentials) -> bool:
    return bool(
        config.auto_refresh
        and credentials.get("refresh_token")
        and (config.refresh_token_url or config.access_token_url)
    )
