"""The key that tokens are bound to, and the proofs that it is held (DPoP, RFC 9449)."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from bruscript.auth.oauth2.errors import OAuth2Error
from bruscript.auth.oauth2.jwt_claims import claims_of

FIELD = "dpop_key"
"""The field of stored credentials that holds the key which their token is bound to."""


NONCES = 3
"""How many nonces one request tries: its server may replace one while the proof is on its way."""


class ProofKey:
    """A private key on P-256, and the nonces that servers want in the next proof.

    `text` is the key as a JWK, None for a new one. Raises OAuth2Error for what is not a key.
    """

    def __init__(self, text: str | None = None) -> None:
        from joserfc.errors import JoseError
        from joserfc.jwk import ECKey

        try:
            self._key = ECKey.generate_key("P-256") if text is None else ECKey.import_key(json.loads(text))
        except (ValueError, TypeError, KeyError, JoseError):
            raise OAuth2Error(
                f"OAuth 2.0: the {FIELD} that is kept with the token is not a key.", hint="Reset the token."
            ) from None
        self._nonces: dict[tuple[str, str], str] = {}

    def __repr__(self) -> str:
        return "<ProofKey>"

    @property
    def text(self) -> str:
        """The private key as a JWK."""
        return json.dumps(self._key.as_dict(private=True), sort_keys=True)

    def proof(self, method: str, url: str, token: str = "", nonce: str = "") -> str:
        """Return the proof for one request (section 4.2); `token` is the one that goes with it.

        Its nonce is `nonce`, or else the server's last.
        """
        from authlib.common.security import generate_token
        from joserfc import jwt

        parts = urlsplit(url)
        claims: dict[str, Any] = {
            "jti": generate_token(32),
            "htm": method.upper(),
            "htu": urlunsplit((parts.scheme, parts.netloc, parts.path or "/", "", "")),
            "iat": int(time.time()),
        }
        if token:
            digest = hashlib.sha256(token.encode("ascii")).digest()
            claims["ath"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if nonce := nonce or self._nonces.get(_origin(url), ""):
            claims["nonce"] = nonce
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self._key.as_dict(private=False)}
        return jwt.encode(header, claims, self._key)

    def learn(self, url: str, headers: Mapping[str, Any], proof: str) -> str:
        """Take the nonce of the response to `proof` (sections 8 and 9).

        Returns that nonce if it is another than the proof's, else "". Whether other requests have learned it
        meanwhile does not count.
        """
        nonce = headers.get("dpop-nonce")
        if not isinstance(nonce, str) or not nonce:
            return ""
        self._nonces[_origin(url)] = nonce
        return "" if (claims_of(proof) or {}).get("nonce") == nonce else nonce


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
