"""A bearer token that the user has already (RFC 6750)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import httpx

from bruscript.auth.scheme import Scheme, set_header, text


class BearerAuth(Scheme):
    """Sends the token in `Authorization`."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> BearerAuth:
        """From the setting `token`."""
        return cls(text(config, "token"))

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Set `Authorization`."""
        set_header(request, "Authorization", self._header)
        yield request
