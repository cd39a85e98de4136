"""The grants: how each gets a token response. The device grant has its own module."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from bruscript.auth.oauth2.config import Config
from bruscript.auth.oauth2.consent import Consent
from bruscript.auth.oauth2.endpoint import Endpoint

Ask = Callable[[Consent], Awaitable["tuple[Consent, dict[str, str]]"]]
"""Gets the user's consent; returns the final request and the parameters of the redirect that answers it."""


async def fetch(config: Config, endpoint: Endpoint, ask: Ask) -> dict[str, Any]:
    """Return a token response by the configuration's grant; raises OAuth2Error."""
    return await _GRANTS[config.grant_type](config, endpoint, ask)


async def _client_credentials(config: Config, endpoint: Endpoint, ask: Ask) -> dict[str, Any]:
    """RFC 6749 section 4.4."""
    config.require(access_token_url=config.access_token_url, client_id=config.client_id)
    return await endpoint.fetch(grant_type="client_credentials", scope=_scope(config))


async def _password(config: Config, endpoint: Endpoint, ask: Ask) -> dict[str, Any]:
    """RFC 6749 section 4.3."""
    config.require(
        access_token_url=config.access_token_url,
        username=config.username,
        password=config.password,
        client_id=config.client_id,
    )
    return await endpoint.fetch(
        grant_type="password", username=config.username, password=config.password, scope=_scope(config)
    )


async def _authorization_code(config: Config, endpoint: Endpoint, ask: Ask) -> dict[str, Any]:
    """RFC 6749 section 4.1, with PKCE (RFC 7636, S256) where the block says so."""
    config.require(
        authorization_url=config.authorization_url,
        access_token_url=config.access_token_url,
        client_id=config.client_id,
    )
    verifier, challenge = _pkce() if config.pkce else ("", {})
    consent, answer = await ask(Consent.of(config, "code", challenge))
    consent.check_id_token(answer.get("id_token"))
    token = await endpoint.fetch(
        grant_type="authorization_code",
        code=answer["code"],
        redirect_uri=consent.callback_url,
        code_verifier=verifier,
    )
    consent.check_id_token(token.get("id_token"))
    return token


async def _jwt_bearer(config: Config, endpoint: Endpoint, ask: Ask) -> dict[str, Any]:
    """RFC 7523 section 2.1."""
    from bruscript.auth.oauth2.assertions import grant_assertion

    config.require(access_token_url=config.access_token_url)
    assertion = grant_assertion(config)
    return await endpoint.fetch(
        grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer", assertion=assertion, scope=_scope(config)
    )


async def _token_exchange(config: Config, endpoint: Endpoint, ask: Ask) -> dict[str, Any]:
    """RFC 8693 section 2.1."""
    more = config.more
    config.require(access_token_url=config.access_token_url, subject_token=more.subject_token)
    return await endpoint.fetch(
        grant_type="urn:ietf:params:oauth:grant-type:token-exchange",
        subject_token=more.subject_token,
        actor_token=more.actor_token,
        **more.token_types,
        scope=_scope(config),
    )


async def _implicit(config: Config, endpoint: Endpoint, ask: Ask) -> dict[str, Any]:
    """RFC 6749 section 4.2; with an ID token where the block asks for one (OpenID Connect Core 3.2)."""
    config.require(authorization_url=config.authorization_url, client_id=config.client_id)
    response_type = "id_token token" if config.token_source == "id_token" else "token"
    consent, answer = await ask(Consent.of(config, response_type))
    consent.check_id_token(answer.get("id_token"))
    return dict(answer)


def _pkce() -> tuple[str, dict[str, str]]:
    from authlib.common.security import generate_token
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    verifier = generate_token(64)
    challenge = create_s256_code_challenge(verifier)
    return verifier, {"code_challenge": challenge, "code_challenge_method": "S256"}


def _scope(config: Config) -> str:
    return config.scope if config.scope.strip() else ""


_GRANTS = {
    "client_credentials": _client_credentials,
    "password": _password,
    "authorization_code": _authorization_code,
    "implicit": _implicit,
    "jwt_bearer": _jwt_bearer,
    "token_exchange": _token_exchange,
}
