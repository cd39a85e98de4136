"""The token's life: fetched, reused, refreshed, forgotten; once for all requests that need it together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from bruscript.auth.oauth2.acquisition import Acquisition, Send, refreshable
from bruscript.auth.oauth2.authorization import RETRIED, REUSED, Authorization, Renewal, report_entry
from bruscript.auth.oauth2.config import Config
from bruscript.auth.oauth2.credentials import Credentials, expired, secrets_of, token_of
from bruscript.auth.oauth2.errors import OAuth2Error, TokenStoreError
from bruscript.auth.oauth2.options import ManagerOptions
from bruscript.auth.oauth2.proof_key import FIELD
from bruscript.auth.oauth2.shared_renewal import SharedRenewal, Waiters
from bruscript.auth.oauth2.store import MemoryTokenStore, TokenKey, TokenStore
from bruscript.errors import BruscriptError
from bruscript.lang.oauth2 import unknown_key_hint


class TokenManager:
    """Gets tokens when they are needed and keeps them while they are valid.

    `send` sends token requests: a client's `send`, with the run's TLS, proxies and certificates. It belongs
    to one event loop.
    """

    def __init__(
        self,
        store: TokenStore | None = None,
        send: Send | None = None,
        options: ManagerOptions | None = None,
    ) -> None:
        self.store: TokenStore = MemoryTokenStore() if store is None else store
        self.options = options or ManagerOptions()
        self._acquisition = Acquisition(send, self.options)
        self._renewals: dict[TokenKey, SharedRenewal] = {}
        self._latest: dict[str, TokenKey] = {}
        self._warned: set[tuple[str, str]] = set()

    async def authorize(self, block: Mapping[str, Any] | Config, timeout_ms: int = 0) -> Authorization | None:
        """Return the authorization for one request, from its `auth:oauth2` block with templates resolved.

        None for an empty block, and without a token if `auto_fetch_token` is off. `timeout_ms` is
        the request's own limit, for each token request, 0 for none. Raises OAuth2Error for a block that
        cannot be used, and where no token can be obtained.
        """
        if not block:
            return None
        config = self._config(block)
        renewal = await self._current(config, timeout_ms)
        if renewal is None:
            return None
        return self._authorization(config, renewal, timeout_ms)

    async def token(self, block: Mapping[str, Any] | Config, timeout_ms: int = 0) -> Credentials | None:
        """Return the credentials for a configuration, fetched if need be; as `authorize`."""
        config = self._config(block)
        renewal = await self._current(config, timeout_ms)
        return None if renewal is None else renewal.credentials

    async def login(self, block: Mapping[str, Any] | Config) -> Credentials:
        """Fetch credentials anew, whatever is kept, and keep them. Raises OAuth2Error."""
        config = self._config(block)
        async with self.store.exclusive(config.key):
            renewal = await self._acquisition.renew(config, Waiters(self.options.timeout), None)
            self._save(config.key, renewal.credentials)
        return renewal.credentials

    async def revoke(self, block: Mapping[str, Any] | Config) -> dict[str, bool] | None:
        """Revoke the stored tokens of a configuration (RFC 7009), and forget them.

        Return for "refresh_token" and "access_token", as far as they are stored, whether it was revoked:
        servers may revoke only one kind. It is empty if the server has no revocation URL, None if no token
        is stored. Raises OAuth2Error if nothing was revoked; the tokens are kept then.
        """
        config = self._config(block)
        credentials = self._stored(config.key)
        if credentials is None:
            return None
        revoked = await self._acquisition.revoke(config, credentials)
        with _store_errors(self.store):
            discard = getattr(self.store, "discard", None)
            if discard is None:
                self.store.delete(config.credentials_id)
            else:
                discard(config.key)
        return revoked

    async def introspect(self, block: Mapping[str, Any] | Config) -> dict[str, Any] | None:
        """Ask the server about the stored token for a configuration (RFC 7662); None without one."""
        config = self._config(block)
        credentials = self._stored(config.key)
        if credentials is None:
            return None
        self._mask_tokens(credentials)
        return await self._acquisition.introspect(config, credentials)

    def variables(
        self,
        chosen: Mapping[str, TokenKey] | None = None,
        declared: Callable[[str], list[TokenKey] | None] | None = None,
    ) -> dict[str, Any]:
        """Return every field of the token responses that are kept, as `$oauth2.<credentials id>.<field>`.

        Several tokens may have the same id. `chosen` names the one that a request sees. For other ids,
        `declared` returns the keys that the id can mean, or None for an undeclared id, which means the token
        that was used last. If several tokens remain, all are left out: the variables never show another
        user's token, and never mix the fields of two.
        """
        chosen = chosen or {}
        with _store_errors(self.store):
            stored = list(self.store.items())
        by_id: dict[str, dict[TokenKey, Credentials]] = {}
        for key, credentials in stored:
            self._mask_tokens(credentials)
            by_id.setdefault(key.credentials_id, {})[key] = credentials
        variables: dict[str, Any] = {}
        for credentials_id, entries in by_id.items():
            if credentials_id in chosen:
                keys = [chosen[credentials_id]]
            else:
                current_keys = declared(credentials_id) if declared else None
                keys = self._likely(credentials_id, entries) if current_keys is None else current_keys
            stored_keys = [key for key in dict.fromkeys(keys) if key in entries]
            if len(stored_keys) != 1:
                continue
            for name, value in entries[stored_keys[0]].items():
                # The key is for proofs alone: no script needs it.
                if name != FIELD:
                    variables[f"$oauth2.{credentials_id}.{name}"] = value
        return variables

    def warnings(self, config: Config) -> list[str]:
        """Return warnings about what has no effect in a configuration, each once."""
        texts = [
            f"`{key}` is not a key of `auth:oauth2`, and was ignored{unknown_key_hint(key)}"
            for key in config.unknown
        ]
        fresh = {(config.credentials_id, text): None for text in (*texts, *config.findings)}
        fresh = {key: None for key in fresh if key not in self._warned}
        self._warned.update(fresh)
        return [text for _, text in fresh]

    def reset(self, credentials_id: str) -> bool:
        """Forget the credentials with this id, whoever's they are; whether there were any.

        A sign-in with this id that failed may be tried again.
        """
        self._acquisition.forget(credentials_id)
        for key in [key for key in self._renewals if key.credentials_id == credentials_id]:
            # Whoever waits for it gets its token; whoever comes now does not.
            del self._renewals[key]
        with _store_errors(self.store):
            return self.store.delete(credentials_id) > 0

    def _likely(self, credentials_id: str, entries: Mapping[TokenKey, Credentials]) -> list[TokenKey]:
        latest = self._latest.get(credentials_id)
        if latest is not None and latest in entries:
            return [latest]
        return list(entries)

    def _stored(self, key: TokenKey) -> Credentials | None:
        with _store_errors(self.store):
            return self.store.get(key)

    def _save(self, key: TokenKey, credentials: Credentials) -> None:
        self._mask_tokens(credentials)
        with _store_errors(self.store):
            self.store.save(key, credentials)

    async def _current(self, config: Config, timeout_ms: int) -> Renewal | None:
        self._latest[config.credentials_id] = config.key
        credentials = self._stored(config.key)
        if credentials is not None:
            self._mask_tokens(credentials)
            if not expired(credentials, config.token_source) or not (
                config.auto_fetch or refreshable(config, credentials)
            ):
                return Renewal(REUSED, credentials)
        elif not config.auto_fetch:
            return None
        return await self._join(config, timeout_ms)

    def _authorization(self, config: Config, renewal: Renewal, timeout_ms: int) -> Authorization:
        from bruscript.auth.oauth2.placement import TokenAuth, header_value, in_query

        token = token_of(renewal.credentials, config.token_source)
        if token is None:
            raise OAuth2Error(
                f"OAuth 2.0: the stored token for {config.credentials_id!r} has no {config.token_source}.",
                hint="Reset it, and ask for one with the scope openid.",
            )
        if self._acquisition.encodes(config):
            renewal.notes["credentialsEncoding"] = "form"
        entry = report_entry(config, renewal)
        proof_key = None
        if str(renewal.credentials.get("token_type")).lower() == "dpop" and renewal.credentials.get(FIELD):
            proof_key = self._acquisition.proof_key(renewal.credentials)
            config = replace(config, token_header_prefix="DPoP", token_placement="header")
        header = None if in_query(config) else ("Authorization", header_value(config, token))

        async def renew(refused: str) -> str | None:
            return await self._renew_refused(config, refused, authorization, timeout_ms)

        again = renew if self.options.retry_unauthorized else None
        auth = TokenAuth(config, token, again, proof_key, self.options.mask)
        authorization = Authorization(auth, entry, header, renewal.timeline, list(renewal.warnings))
        return authorization

    async def _renew_refused(
        self, config: Config, refused: str, authorization: Authorization, timeout_ms: int
    ) -> str | None:
        """Return another token after a 401, or None: then the 401 is the answer."""
        stored = self._stored(config.key)
        if not (config.auto_fetch or (stored and refreshable(config, stored))):
            return None
        try:
            renewal = await self._join(config, timeout_ms, refused)
            token = token_of(renewal.credentials, config.token_source)
        except (OAuth2Error, TokenStoreError) as error:
            authorization.warnings.append(
                f"The request was answered 401, and another token could not be obtained: {error}"
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

    async def _join(self, config: Config, timeout_ms: int, refused: str | None = None) -> Renewal:
        """Wait for the renewal of this token, and start it if it is not running."""
        key = config.key
        shared = self._renewals.get(key)
        if shared is None:
            shared = SharedRenewal(lambda waiters: self._renew(config, waiters, refused))
            self._renewals[key] = shared
        limits = [self.options.timeout] + ([timeout_ms / 1000] if timeout_ms > 0 else [])
        try:
            return await shared.wait(min(limits))
        finally:
            if shared.over and self._renewals.get(key) is shared:
                del self._renewals[key]

    async def _renew(self, config: Config, waiters: Waiters, refused: str | None) -> Renewal:
        async with self.store.exclusive(config.key):
            stored = self._stored(config.key)
            if (
                stored is not None
                and not expired(stored, config.token_source)
                and token_of(stored, config.token_source) != refused
            ):
                return Renewal(REUSED, stored)
            renewal = await self._acquisition.renew(config, waiters, stored)
            self._save(config.key, renewal.credentials)
        return renewal

    def _config(self, block: Mapping[str, Any] | Config) -> Config:
        """Return a configuration that can be used; the message about another one shows no secret of it."""
        config = block if isinstance(block, Config) else Config.from_block(block)
        config.mask_secrets(self.options.mask)
        config.check()
        return config

    def _mask_tokens(self, credentials: Credentials) -> None:
        for value in secrets_of(credentials):
            # A run may ask for any number of them.
            self.options.mask.learn(value, "A token", transient=True)


@contextmanager
def _store_errors(store: TokenStore) -> Iterator[None]:
    """Whatever an embedder's store raises is the error of one request, not the end of the run."""
    try:
        yield
    except BruscriptError:
        raise
    except Exception as error:
        raise TokenStoreError(f"The token store {store!r} failed: {type(error).__name__}: {error}") from error
