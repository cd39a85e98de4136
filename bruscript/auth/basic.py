"""Basic authentication (RFC 7617)."""

from __future__ import annotations

import base64
from collections.abc import Generator
from typing import Any

import httpx

from bruscript.auth.scheme import Scheme, text


class BasicAuth(Scheme):
    """Sends user name and password, in UTF-8, with the first request."""

    def __init__(self, username: str, password: str) -> None:
        credentials = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
        self.header: tuple[str, str] = ("Authorization", f"Basic {credentials}")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> BasicAuth:
        """From the settings `username` and `password`."""
        return cls(text(config, "username"), text(config, "password"))

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Set `Authorization`."""
        name, value = self.header
        request.headers[name] = value
        yield request
