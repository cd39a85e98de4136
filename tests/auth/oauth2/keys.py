"""Keys for tests, made once, and a check of what they sign."""

from __future__ import annotations

import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def pem(key: Any) -> str:
    """A private key as it stands in a file."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


RSA = rsa.generate_private_key(65537, 2048)


KEYS: dict[str, Any] = {
    "RS": RSA,
    "PS": RSA,
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


def check_assertion(
    text: str, key: Any, algorithm: str, audience: str, who: str = "client"
) -> dict[str, Any]:
    """Check an assertion's signature, audience and lifetime, and return its claims."""
    claims = jwt.decode(
        text, key, algorithms=[algorithm], audience=audience, options={"require": ["exp", "iat", "jti"]}
    )
    assert claims["iss"] == who
    assert 0 < claims["exp"] - time.time() <= 300
    return claims
