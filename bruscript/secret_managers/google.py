"""Google Secret Manager."""

from __future__ import annotations

import base64
import json
import re
import time
from typing import Any
from urllib.parse import quote

from bruscript.secret_managers.errors import SecretError
from bruscript.secret_managers.manager import Manager, Reading, objects, read_each
from bruscript.secret_managers.values import read_text

_HOST = "https://secretmanager.googleapis.com/"
_LIFE = 3600
# An id, with the domain that old ones have, or a number. Anything else in one would ask for another resource.
_PROJECT = re.compile(
    r"(?:[a-z0-9-]+(?:\.[a-z0-9-]+)+:)?(?:[a-z][a-z0-9-]{4,28}[a-z0-9]|[0-9]{6,30})", re.ASCII
)


class GoogleSecretManager(Manager):
    """Projects of Google Cloud; an identifier is a project's id, for all its secrets."""

    _headers: dict[str, str]

    async def sign_in(self) -> None:
        """Sign a token with the service account's key; Google's APIs accept it directly."""
        account = self.account
        email = account.require("CLIENT_EMAIL", "It is client_email in the service account's JSON key.")
        key = account.require("PRIVATE_KEY", "It is private_key in the service account's JSON key.")
        token = signed_token(email, key.replace("\\n", "\n"))
        self.exchange.learn(token)
        self._headers = {"Authorization": f"Bearer {token}"}

    async def read(self, identifier: str) -> Reading:
        """Return the latest versions of a project's secrets, by name."""
        project = identifier.strip()
        if not _PROJECT.fullmatch(project):
            raise SecretError(f"{project!r} is not the id of a Google Cloud project")
        base = f"{_HOST}v1/projects/{project}/secrets"

        async def value(name: str) -> Any:
            url = f"{base}/{quote(name, safe='')}/versions/latest:access"
            answer = await self.exchange.json("GET", url, self._headers)
            payload = answer.get("payload")
            try:
                encoded = payload.get("data", "") if isinstance(payload, dict) else ""
                data = base64.b64decode(encoded, validate=True)
            except (ValueError, TypeError):
                raise SecretError(f"GET {url} answered with a payload that is not base64") from None
            return read_text(data.decode("utf-8", errors="replace"))

        return await read_each(await self._names(base), value)

    async def _names(self, base: str) -> list[str]:
        names: list[str] = []
        pages = self.exchange.pages(
            base, self._headers, "pageToken", lambda answer: answer.get("nextPageToken")
        )
        async for answer in pages:
            names += [str(secret.get("name")).rpartition("/")[2] for secret in objects(answer.get("secrets"))]
        return names


def signed_token(email: str, private_key: str) -> str:
    """Return a JWT (RS256) by which the service account `email` is known.

    Raises SecretError for an unusable key.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(private_key.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SecretError(
            "BRUNO_GCP_SECRETS_MANAGER_PRIVATE_KEY is not an RSA key in PEM",
            hint='Write it in double quotes, with \\n for line breaks: "-----BEGIN PRIVATE KEY-----\\nMII…"',
        )
    now = int(time.time())
    claims = {"iss": email, "sub": email, "aud": _HOST, "iat": now, "exp": now + _LIFE}
    signed = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}"
    return f"{signed}.{_base64url(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _part(value: dict[str, Any]) -> str:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
