"""Whose token it is: the fingerprint of a token request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

from bruscript.auth.oauth2.credentials import is_secret
from bruscript.auth.oauth2.jwt_claims import claims_of
from bruscript.auth.oauth2.parameters import Additional, Parameter
from bruscript.auth.oauth2.store import TokenKey

_PROOFS = frozenset(
    {
        *(
            "client_secret",
            "client_assertion",
            "client_assertion_type",
            "password",
            "otp",
            "totp",
            "passcode",
        ),
        *("nonce", "state", "code_verifier", "code_challenge", "code_challenge_method", "dpop"),
    }
)
"""Parameters that prove who asks, or tie messages together: they change, and the token stays the same."""

_PASSING = frozenset({"iat", "exp", "nbf", "jti"})
"""Claims that differ in every assertion about the same thing."""


def token_key(
    *,
    credentials_id: str,
    url: str,
    grant_type: str,
    client_id: str,
    user: str,
    scope: str,
    authorization_url: str,
    additional: Additional,
    more: Iterable[tuple[str, str]] = (),
) -> TokenKey:
    """Return the key of the token that these ask for.

    `more` are further settings that decide what the token is good for. No secret can be read from the key:
    proofs are left out, and other secret values go in through a slow hash.
    """
    scope = " ".join(sorted(set(scope.split())))
    parameters = sorted(
        [stage, parameter.send_in, parameter.name, _value(parameter)]
        for stage in ("authorization", "token", "refresh")
        for parameter in getattr(additional, stage)
        if parameter.name.lower() not in _PROOFS
    )
    request_fields = [grant_type, client_id, user, scope, _url(authorization_url), _url(url), parameters]
    others = sorted([name, value] for name, value in more if value)
    if others:
        request_fields.append(others)
    text = json.dumps(request_fields, ensure_ascii=False)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return TokenKey(credentials_id, _redacted(url), grant_type, client_id, user, scope, digest)


def subject(assertion: str) -> str:
    """Return a hash of an assertion's or a token's subject and content."""
    claims = claims_of(assertion)
    if claims is None:
        return _sealed(assertion) if assertion else ""
    lasting = {name: value for name, value in claims.items() if name not in _PASSING}
    return _sealed(json.dumps(lasting, sort_keys=True))


def _value(parameter: Parameter) -> str:
    value = parameter.value if parameter.lasting is None else parameter.lasting
    if is_secret(parameter.name) or parameter.name.lower() in ("authorization", "cookie"):
        return subject(value)
    return value


def _url(url: str) -> str:
    return _sealed(url) if "@" in url or "?" in url else url


def _redacted(url: str) -> str:
    """Return `url` without a user, and without the values of secret query parameters."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    pairs = [
        f"{name}=…" if value and is_secret(unquote_plus(name)) else f"{name}{mark}{value}"
        for name, mark, value in (pair.partition("=") for pair in parts.query.split("&"))
    ]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=host, query="&".join(pairs)))


@lru_cache(maxsize=256)
def _sealed(text: str) -> str:
    """Hash slowly: what goes in may be short enough to be guessed, and the store is kept for long."""
    data = quote(text, errors="surrogatepass").encode("ascii")
    return hashlib.scrypt(data, salt=b"bruscript token identity", n=2**12, r=8, p=1, dklen=16).hex()
