"""The key that assertions are signed with: from a file, a variable or the environment."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from bruscript.auth.oauth2.errors import OAuth2Error, clean
from bruscript.auth.oauth2.extensions import Extensions
from bruscript.files import read_file
from bruscript.lang.choices import KEY_ALGORITHMS

_CURVES = {
    "P-256": "ES256",
    "P-384": "ES384",
    "P-521": "ES512",
    "Ed25519": "EdDSA",
    "Ed448": "EdDSA",
}


@contextmanager
def without_warnings() -> Iterator[None]:
    """Keep the library's opinion of a key or an algorithm off standard error.

    Both are agreed with the server, which refuses what it finds too weak.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def private_key(more: Extensions) -> tuple[Any, str, str]:
    """Return the private key, the algorithm and the key's id ("" if it has none).

    The key is PEM or a JWK, as text or as `@file(path)`. Raises OAuth2Error, without the key's text.
    """
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, OKPKey, RSAKey

    text, place = _text(more)
    try:
        if text.startswith("{"):
            from joserfc.jwk import JWKRegistry

            key = JWKRegistry.import_key(json.loads(text))
        else:
            key = _from_pem(text)
        private = isinstance(key, (RSAKey, ECKey, OKPKey)) and key.is_private
    except (ValueError, TypeError, KeyError, JoseError):
        raise OAuth2Error(
            f"OAuth 2.0: private_key{place} is not a private key.",
            hint="It is PEM without a password, or a JWK; @file(PATH) reads it from a file.",
        ) from None
    if not private:
        raise OAuth2Error(f"OAuth 2.0: private_key{place} is a public key.")
    algorithm = more.signing_algorithm or _default(key)
    if algorithm not in KEY_ALGORITHMS:
        raise OAuth2Error(
            f"OAuth 2.0: signing_algorithm is {algorithm!r}; for a private key it is one of "
            f"{', '.join(KEY_ALGORITHMS)}."
        )
    suitable = _suitable(key)
    if algorithm not in suitable:
        curve = str(key.dict_value.get("crv") or "")
        kind = f"a key on {curve}" if curve else f"an {key.key_type} key"
        can = f"it signs with {', '.join(suitable)}" if suitable else "it cannot sign here"
        raise OAuth2Error(f"OAuth 2.0: private_key{place} is {kind}, not one for {algorithm}; {can}.")
    return key, algorithm, more.private_key_id or str(key.dict_value.get("kid") or "")


def _default(key: Any) -> str:
    if key.key_type == "RSA":
        return str(key.dict_value.get("alg") or "RS256")
    return _CURVES.get(str(key.dict_value.get("crv")), "EdDSA" if key.key_type == "OKP" else "ES256")


def _suitable(key: Any) -> list[str]:
    """Return the algorithms that `key` can sign with (RFC 7518 section 3.1, RFC 8037 section 3.1)."""
    if key.key_type == "RSA":
        return [algorithm for algorithm in KEY_ALGORITHMS if algorithm.startswith(("RS", "PS"))]
    algorithm = _CURVES.get(str(key.dict_value.get("crv")))
    return [algorithm] if algorithm else []


@contextmanager
def signing(what: str) -> Iterator[None]:
    """Report what the library refuses as an error of `what`, the setting that holds the key."""
    from joserfc.errors import JoseError

    try:
        yield
    except (JoseError, ValueError, TypeError) as error:
        reason = clean(getattr(error, "description", None) or error, 120)
        raise OAuth2Error(f"OAuth 2.0: {what} cannot sign the assertion: {reason}") from None


@lru_cache(maxsize=4)  # to check an RSA key takes 40 ms
def _from_pem(text: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
    from joserfc.jwk import ECKey, OKPKey, RSAKey

    data = text.encode()
    loaded: Any = load_pem_public_key(data) if "PUBLIC KEY" in text else load_pem_private_key(data, None)
    if isinstance(loaded, (rsa.RSAPrivateKey, rsa.RSAPublicKey)):
        return RSAKey.import_key(text)
    if isinstance(loaded, (ec.EllipticCurvePrivateKey, ec.EllipticCurvePublicKey)):
        return ECKey.import_key(text)
    return OKPKey.import_key(text)


def _text(more: Extensions) -> tuple[str, str]:
    """Return the text of the key, and its source for a message."""
    value = more.private_key
    if not value:
        raise OAuth2Error("OAuth 2.0: private_key is empty, and the signature needs it.")
    path = more.private_key_file
    if path is not None:
        try:
            return read_file(path).decode("utf-8").strip(), f" ({path})"
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise OAuth2Error(f"OAuth 2.0: private_key cannot be read from {path}: {reason}.") from None
    # One line, as environment variables and .env files have it.
    return value.replace("\\n", "\n").strip(), ""
