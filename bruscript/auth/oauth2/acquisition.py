"""Gets tokens from the authorization server, and remembers what a run learned about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from bruscript.auth.oauth2.authorization import FETCHED, REFRESHED, Renewal
from bruscript.auth.oauth2.config import Config
from bruscript.auth.oauth2.credentials import Credentials, expired, received
from bruscript.auth.oauth2.errors import OAuth2Error, sentence
from bruscript.auth.oauth2.options import ManagerOptions
from bruscript.auth.oauth2.proof_key import FIELD
from bruscript.auth.oauth2.shared_renewal import Waiters
from bruscript.auth.oauth2.store import TokenKey
from bruscript.auth.oauth2.urls import redacted_url

if TYPE_CHECKING:
    from bruscript.auth.oauth2.browser import Browser
    from bruscript.auth.oauth2.consent import Consent
    from bruscript.auth.oauth2.endpoint import Endpoint
    from bruscript.auth.oauth2.metadata import Discovery
    from bruscript.auth.oauth2.proof_key import ProofKey
    from bruscript.http import OutgoingRequest, Response

Send = Callable[["OutgoingRequest"], Awaitable["Response"]]


class _SignIn(NamedTuple):
    """A configuration that a user signs in for."""

    key: TokenKey
    client_secret: str
    callback_url: str


class Acquisition:
    """Fetches and refreshes tokens. It belongs to one event loop."""

    def __init__(self, send: Send | None, options: ManagerOptions) -> None:
        self._send = send
        self._options = options
        self._browser: Browser | None = None
        self._keys: dict[str, ProofKey] = {}
        self._own_key: str | None = None
        self._discovery: Discovery | None = None
        self._failed: dict[_SignIn, OAuth2Error] = {}
        self._encoded: set[tuple[str, str, str]] = set()

    async def renew(self, config: Config, waiters: Waiters, earlier: Credentials | None) -> Renewal:
        """Refresh `earlier`, or fetch where that is impossible or refused. Raises OAuth2Error."""
        endpoint = self.endpoint(config, waiters)
        warnings: list[str] = []
        refresh_failure: OAuth2Error | None = None
        refresh_token = str(earlier["refresh_token"]) if earlier and refreshable(config, earlier) else None
        # Before its issuer has filled anything in.
        sign_in = _SignIn(config.key, config.client_secret, config.callback_url) if config.signs_in else None
        try:
            if not refresh_token:
                self._refuse_again(sign_in, waiters)
            needed = "device_authorization_url" if config.grant_type == "device_code" else ""
            with self._remembering(sign_in):
                config = endpoint.config = await self.complete(endpoint, needed)
            if config.more.dpop:
                endpoint.proof_key = self.proof_key(earlier)
            outcome, answer = REFRESHED, None
            if refresh_token:
                answer, refresh_failure = await self._refresh(endpoint, refresh_token)
            if answer is None:
                self._refuse_again(sign_in, waiters)
                with self._remembering(sign_in):
                    outcome, answer = FETCHED, await self._fetch(endpoint, warnings)
                if refresh_failure:
                    warnings.insert(
                        0,
                        f"The token could not be refreshed, a new one was fetched: {refresh_failure.message}",
                    )
            credentials = received(answer, earlier if outcome == REFRESHED else None, config.token_source)
        except OAuth2Error as error:
            error.timeline = endpoint.timeline
            if refresh_failure:
                error.message = (
                    f"{sentence(error.message)} Before that, the token could not be refreshed: "
                    f"{refresh_failure.message}"
                )
            raise
        if expired(credentials, config.token_source):
            warnings.append(
                f"The token of {redacted_url(config.key.url)} had expired when it arrived, so each request "
                "fetches another. Compare its `expires_in`, or a JWT's `exp`, with this computer's clock."
            )
        if endpoint.proof_key is not None:
            credentials[FIELD] = endpoint.proof_key.text
        notes = {"credentialsEncoding": "form"} if endpoint.encodes else {}
        return Renewal(outcome, credentials, endpoint.requests, endpoint.timeline, warnings, notes)

    def proof_key(self, credentials: Credentials | None) -> ProofKey:
        """Return the key that a token is bound to; without a token, the run's own."""
        from bruscript.auth.oauth2.proof_key import ProofKey

        text = (credentials or {}).get(FIELD) or self._own_key
        if not isinstance(text, str):
            key = ProofKey()
            text = self._own_key = key.text
            self._keys[text] = key
        if text not in self._keys:
            self._keys[text] = ProofKey(text)
        return self._keys[text]

    async def complete(self, endpoint: Endpoint, needed: str = "") -> Config:
        """Return the endpoint's configuration with the URLs that its issuer publishes.

        `needed` is the key of the required one.
        """
        if not endpoint.config.more.issuer:
            return endpoint.config
        from bruscript.auth.oauth2.metadata import Discovery, completed

        if self._discovery is None:
            self._discovery = Discovery()
        return completed(endpoint.config, await self._discovery.metadata(endpoint, needed), needed)

    async def revoke(self, config: Config, credentials: Credentials) -> dict[str, bool]:
        """Revoke the refresh and the access token; return for each whether it was, nothing without a URL.

        Raises OAuth2Error if the server revokes neither.
        """
        endpoint = self.endpoint(config)
        endpoint.config = await self.complete(endpoint, "revocation_url")
        url = endpoint.config.more.revocation_url
        if not url:
            return {}
        revoked: dict[str, bool] = {}
        failure: OAuth2Error | None = None
        for kind in ("refresh_token", "access_token"):
            if token := credentials.get(kind):
                fields = {"token": str(token), "token_type_hint": kind}
                try:
                    await endpoint.ask("revocation_url", url, fields)
                except OAuth2Error as error:
                    # RFC 7009 requires this only for refresh tokens, and some servers have only the other.
                    if error.code != "unsupported_token_type":
                        raise
                    revoked[kind], failure = False, error
                else:
                    revoked[kind] = True
        if failure is not None and not any(revoked.values()):
            raise failure
        return revoked

    async def introspect(self, config: Config, credentials: Credentials) -> dict[str, Any]:
        """Ask the server about the access token."""
        endpoint = self.endpoint(config)
        endpoint.config = await self.complete(endpoint, "introspection_url")
        url = endpoint.config.more.introspection_url
        if not url:
            issuer = redacted_url(config.more.issuer)
            raise OAuth2Error(
                f"OAuth 2.0: introspection_url is empty{issuer and f', and {issuer} has none'}.",
                hint="Set introspection_url in the auth:oauth2 block, if the server can be asked.",
            )
        fields = {"token": str(credentials.get("access_token") or ""), "token_type_hint": "access_token"}
        return await endpoint.ask("introspection_url", url, fields)

    def encodes(self, config: Config) -> bool:
        """Return whether the server has wanted the client's id and secret form-encoded (RFC 6749 2.3.1)."""
        return bool(self._encoded) and self.endpoint(config).encodes

    def forget(self, credentials_id: str) -> None:
        """Forget sign-ins that failed for this id: they may be tried again."""
        for sign_in in [sign_in for sign_in in self._failed if sign_in.key.credentials_id == credentials_id]:
            del self._failed[sign_in]

    def endpoint(self, config: Config, waiters: Waiters | None = None) -> Endpoint:
        """Return the endpoint of the configuration's authorization server."""
        from bruscript.auth.oauth2.endpoint import Endpoint

        if self._send is None:
            raise OAuth2Error("OAuth 2.0: this TokenManager has no HTTP client to fetch a token with.")
        timeout = self._options.timeout
        return Endpoint(
            config, self._send, timeout, waiters or Waiters(timeout), self._options.mask, self._encoded
        )

    async def _refresh(
        self, endpoint: Endpoint, refresh_token: str
    ) -> tuple[dict[str, Any] | None, OAuth2Error | None]:
        """Return the server's answer; or None and the error, where a token may be fetched instead."""
        config = endpoint.config
        try:
            return await endpoint.refresh(refresh_token), None
        except OAuth2Error as error:
            # Where a user has signed in, a refresh token is worth more than one request.
            if not config.auto_fetch or (config.has_user and not error.refused):
                raise
            return None, error

    async def _fetch(self, endpoint: Endpoint, warnings: list[str]) -> dict[str, Any]:
        if endpoint.config.grant_type == "device_code":
            from bruscript.auth.oauth2.device import fetch_for_device

            return await fetch_for_device(endpoint, self._options)
        from bruscript.auth.oauth2.grants import fetch

        async def ask(consent: Consent) -> tuple[Consent, dict[str, str]]:
            return await self._consent(consent, endpoint, warnings)

        return await fetch(endpoint.config, endpoint, ask)

    def _refuse_again(self, sign_in: _SignIn | None, waiters: Waiters) -> None:
        """Raise OAuth2Error for a sign-in that failed before, unless it was given up earlier than now."""
        failure = self._failed.get(sign_in) if sign_in else None
        if failure and failure.limit >= waiters.limit:
            raise OAuth2Error(
                f"{sentence(failure.message)} The sign-in was not repeated.",
                hint=failure.hint,
                refused=failure.refused,
            )

    @contextmanager
    def _remembering(self, sign_in: _SignIn | None) -> Iterator[None]:
        """Remember a sign-in that fails here: its user is not asked a second time."""
        try:
            yield
        except OAuth2Error as error:
            if sign_in:
                self._failed[sign_in] = error
            raise

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
            options = self._options
            self._browser = Browser(options.timeout, options.authorize, options.notify)
        return await self._browser.ask(consent, endpoint.push)


def refreshable(config: Config, credentials: Credentials) -> bool:
    """Return whether a refresh may be tried: the block wants it, and there is a refresh token and a URL."""
    return bool(
        config.auto_refresh
        and credentials.get("refresh_token")
        and (config.refresh_token_url or config.access_token_url or config.more.issuer)
    )
