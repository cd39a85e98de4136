"""NTLM over HTTP (MS-NTHT): three messages on one connection, made by pyspnego."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Generator
from typing import Any, ClassVar

import httpx

from bruscript.auth.digest import challenges
from bruscript.auth.scheme import Scheme, text
from bruscript.http.errors import RequestError


class NtlmAuth(Scheme):
    """Answers a 401 that offers NTLM (or Negotiate, which carries NTLM messages as well)."""

    own_connection: ClassVar[bool] = True

    def __init__(self, username: str, password: str, domain: str = "") -> None:
        self._username = f"{domain}\\{username}" if domain else username
        self._password = password

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> NtlmAuth:
        """From the settings `username`, `password` and `domain`."""
        return cls(text(config, "username"), text(config, "password"), text(config, "domain"))

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send; where NTLM is asked for: negotiate, be challenged, authenticate."""
        response = yield request
        scheme = _offer(response)
        if scheme is None:
            return
        import spnego

        try:
            context = spnego.client(
                self._username,
                self._password,
                hostname=request.url.host,
                service="HTTP",
                protocol="ntlm",
                # Our own build of the messages everywhere: what a system's GSSAPI has differs.
                options=spnego.NegotiateOptions.use_ntlm,
            )
            message = context.step()
            response = yield _with(request, scheme, message)
            challenge = _message(response, scheme)
            if challenge is None:
                return
            yield _with(request, scheme, context.step(challenge))
        except (spnego.exceptions.SpnegoError, struct.error, ValueError) as error:
            raise RequestError(f"NTLM authentication failed: {error}", "ERR_AUTH") from None


def _with(request: httpx.Request, scheme: str, message: bytes | None) -> httpx.Request:
    request.headers["Authorization"] = f"{scheme} {base64.b64encode(message or b'').decode('ascii')}"
    return request


def _offer(response: httpx.Response) -> str | None:
    if response.status_code != 401:
        return None
    offered = {
        scheme.lower()
        for header in response.headers.get_list("www-authenticate")
        for scheme, _ in challenges(header)
    }
    return "NTLM" if "ntlm" in offered else "Negotiate" if "negotiate" in offered else None


def _message(response: httpx.Response, scheme: str) -> bytes | None:
    for header in response.headers.get_list("www-authenticate"):
        for piece in header.split(","):
            name, _, encoded = piece.strip().partition(" ")
            if name.lower() == scheme.lower() and encoded:
                try:
                    return base64.b64decode(encoded, validate=True)
                except binascii.Error:
                    return None
    return None
