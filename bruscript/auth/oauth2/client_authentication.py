"""Client authentication at the token endpoint."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

from bruscript.auth.oauth2.config import Config

Prepared = tuple[str, dict[str, str], str]
Method = Callable[[Any, str, str, dict[str, str], str], Prepared]


def method_of(config: Config) -> str:
    """Return the method by its name in RFC 7591: as the block says, or as it places the credentials."""
    if config.more.client_authentication:
        return config.more.client_authentication
    return "client_secret_basic" if config.credentials_in_header else "client_secret_post"


def authentication(config: Config, *, encoded: bool) -> Method:
    """Return the function that adds the client's credentials to a request, for Authlib's ClientAuth.

    `encoded` is whether those in a Basic header are form-encoded (RFC 6749 section 2.3.1). Raises OAuth2Error
    for a key that cannot be used.
    """
    method = method_of(config)
    if config.more.client_authentication not in ("", "none"):
        config.require(client_id=config.client_id)
    elif not config.client_id.strip() and not config.client_secret:
        # An assertion may identify the client too (RFC 7521 section 4.1).
        return _anonymous
    if method == "client_secret_basic":
        return _basic_encoded if encoded else _basic
    if method == "client_secret_post":
        return _post
    if method in ("client_secret_jwt", "private_key_jwt"):
        from bruscript.auth.oauth2.assertions import client_assertion

        def asserted(client: Any, _: str, uri: str, headers: dict[str, str], body: str) -> Prepared:
            """RFC 7523 section 2.2."""
            from authlib.common.urls import add_params_to_qs
            from authlib.oauth2.rfc7523.client import ASSERTION_TYPE

            pairs = [
                ("client_id", client.client_id),
                ("client_assertion_type", ASSERTION_TYPE),
                ("client_assertion", client_assertion(config, method, uri)),
            ]
            return uri, headers, add_params_to_qs(body, pairs)

        return asserted
    return _client_id_only


def basic_values(config: Config) -> tuple[str, str]:
    """Return the credentials of a Basic header, plain and form-encoded."""
    client_id, secret = config.client_id, config.client_secret
    return _basic_value(client_id, secret), _basic_value(quote_plus(client_id), quote_plus(secret))


def _anonymous(client: Any, method: str, uri: str, headers: dict[str, str], body: str) -> Prepared:
    """Nothing: the grant does not need a client."""
    return uri, headers, body


def _client_id_only(client: Any, method: str, uri: str, headers: dict[str, str], body: str) -> Prepared:
    """Return the client's id alone: it is public, or its certificate says who it is (RFC 8705 section 2)."""
    from authlib.common.urls import add_params_to_qs

    return uri, headers, add_params_to_qs(body, [("client_id", client.client_id)])


def _basic_value(client_id: str, client_secret: str) -> str:
    return base64.b64encode(f"{client_id}:{client_secret}".encode()).decode("ascii")


def _basic(
    client: Any, method: str, uri: str, headers: dict[str, str], body: str
) -> tuple[str, dict[str, str], str]:
    """Client credentials in a header, not form-encoded first and in UTF-8, as the reference sends them."""
    headers["Authorization"] = f"Basic {_basic_value(client.client_id, client.client_secret)}"
    return uri, headers, body


def _basic_encoded(
    client: Any, method: str, uri: str, headers: dict[str, str], body: str
) -> tuple[str, dict[str, str], str]:
    """Client credentials in a header, form-encoded first (RFC 6749 section 2.3.1)."""
    value = _basic_value(quote_plus(client.client_id), quote_plus(client.client_secret))
    headers["Authorization"] = f"Basic {value}"
    return uri, headers, body


def _post(
    client: Any, method: str, uri: str, headers: dict[str, str], body: str
) -> tuple[str, dict[str, str], str]:
    """Client credentials in the body; a public client sends no secret."""
    from authlib.common.urls import add_params_to_qs

    pairs = [("client_id", client.client_id)]
    if client.client_secret.strip():
        pairs.append(("client_secret", client.client_secret))
    return uri, headers, add_params_to_qs(body, pairs)
