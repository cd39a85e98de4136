"""What a request proves itself with: values that no output may show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bruscript.masking import Mask

if TYPE_CHECKING:
    from bruscript.http import OutgoingRequest

_SETTINGS = (
    "password",
    "token",
    "value",
    "secretAccessKey",
    "sessionToken",
    "consumerSecret",
    "accessToken",
    "accessTokenSecret",
    "privateKey",
    "clientToken",
    "clientSecret",
)
"""Settings of the auth modes that are secret; `value` is an API key's."""

_IN_URL = re.compile(r"://([^/?#:]*):([^/?#]+)@")
_MOST = 32


class RequestSecrets:
    """Tells a mask the secrets of each request's auth settings and URL.

    Of the first values alone: where every request has another token, a mask of all would cost more and more.
    The headers that carry them are masked by their names.
    """

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._told: set[str] = set()

    def tell(self, request: OutgoingRequest) -> None:
        """Tell those of `request`, as it is sent."""
        new = {value for value in _secrets(request) if len(value) >= Mask.shortest} - self._told
        if new and len(self._told) < _MOST:
            self._told |= new
            self._mask.add(*new)


def _secrets(request: OutgoingRequest) -> Iterator[str]:
    if request.auth.mode not in ("none", "oauth2"):
        config = request.auth.config
        yield from (str(config[name]) for name in _SETTINGS if config.get(name))
        if config.get("username") and config.get("password"):
            yield f"{config['username']}:{config['password']}"
    if "@" in request.url and (found := _IN_URL.search(request.url)):
        yield from (found[2], unquote(found[2]), unquote(f"{found[1]}:{found[2]}"))
