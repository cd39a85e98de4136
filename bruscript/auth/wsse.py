"""WSSE UsernameToken in the header `X-WSSE`, in the reference's form."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Generator
from datetime import datetime, timezone
from typing import Any

import httpx

from bruscript.auth.scheme import Scheme, set_header, text


class WsseAuth(Scheme):
    """Sends a digest of nonce, time and password.

    As servers of `X-WSSE` expect it, the digest is the Base64 of SHA-1's hexadecimal digits, and the nonce
    is sent as it is hashed.
    """

    def __init__(self, username: str, password: str) -> None:
        self._username = username
        self._password = password
        self.header: tuple[str, str] = ("X-WSSE", self._token())

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> WsseAuth:
        """From the settings `username` and `password`."""
        return cls(text(config, "username"), text(config, "password"))

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Set `X-WSSE`, anew for every request."""
        set_header(request, *self.header)
        self.header = ("X-WSSE", self._token())
        yield request

    def _token(self) -> str:
        nonce = secrets.token_hex(16)
        created = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        digest = hashlib.sha1(f"{nonce}{created}{self._password}".encode(), usedforsecurity=False)
        encoded = base64.b64encode(digest.hexdigest().encode()).decode("ascii")
        return (
            f'UsernameToken Username="{self._username}", PasswordDigest="{encoded}", '
            f'Nonce="{nonce}", Created="{created}"'
        )
