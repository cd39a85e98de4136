"""Signed assertions: who the client is, and for whom it asks (RFC 7523)."""

from __future__ import annotations

import json
from typing import Any

from bruscript.auth.oauth2.config import Config
from bruscript.auth.oauth2.errors import OAuth2Error
from bruscript.auth.oauth2.signing_key import private_key, signing, without_warnings
from bruscript.lang.choices import HMAC_ALGORITHMS

_LIFE_S = 300


@without_warnings()
def client_assertion(config: Config, method: str, url: str) -> str:
    """Return an assertion that authenticates the client (section 2.2), signed by its secret or its key.

    It is meant for `url`, the endpoint that is asked, if the block does not say otherwise: servers take that
    everywhere (RFC 9126 section 2), but not all of them take the token URL at their other endpoints.
    """
    from authlib.oauth2.rfc7523.assertion import client_secret_jwt_sign, private_key_jwt_sign

    more = config.more
    audience = more.client_assertion_audience or url
    if method == "private_key_jwt":
        key, algorithm, key_id = private_key(more)
        header = {"kid": key_id} if key_id else {}
        with signing("private_key"):
            return _text(
                private_key_jwt_sign(
                    key, config.client_id, audience, alg=algorithm, header=header, expires_in=_LIFE_S
                )
            )
    from joserfc.jwk import OctKey

    config.require(client_secret=config.client_secret)
    algorithm = more.signing_algorithm or HMAC_ALGORITHMS[0]
    if algorithm not in HMAC_ALGORITHMS:
        raise OAuth2Error(
            f"OAuth 2.0: signing_algorithm is {algorithm!r}; for a client secret it is one of "
            f"{', '.join(HMAC_ALGORITHMS)}."
        )
    with signing("client_secret"):
        return _text(
            client_secret_jwt_sign(
                OctKey.import_key(config.client_secret),
                config.client_id,
                audience,
                alg=algorithm,
                header={},
                expires_in=_LIFE_S,
            )
        )


@without_warnings()
def grant_assertion(config: Config) -> str:
    """Return the assertion that is exchanged for a token (section 2.1): that of the block, or a new one."""
    from authlib.oauth2.rfc7523.assertion import sign_jwt_bearer_assertion

    more = config.more
    if more.assertion:
        return more.assertion
    issuer = more.assertion_issuer or config.client_id
    config.require(private_key=more.private_key, assertion_issuer=issuer)
    key, algorithm, key_id = private_key(more)
    claims = _claims(more.assertion_claims)
    with signing("private_key"):
        return _text(
            sign_jwt_bearer_assertion(
                key,
                issuer,
                more.assertion_audience or config.access_token_url,
                more.assertion_subject or None,
                claims=claims,
                header={"alg": algorithm, "typ": "JWT", **({"kid": key_id} if key_id else {})},
                expires_in=_LIFE_S,
            )
        )


def _claims(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        claims = json.loads(text)
    except ValueError:
        claims = None
    if not isinstance(claims, dict):
        raise OAuth2Error("OAuth 2.0: assertion_claims is not a JSON object.")
    return claims


def _text(assertion: str | bytes) -> str:
    return assertion if isinstance(assertion, str) else assertion.decode("ascii")
