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
_SHORTEST, _NO_WORD = 8, 20
"""Characters that a secret has at least, one of letters alone rather more: of a token `test` or a password
`password` every other word of a report would be blanked.
"""


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
        new = set(_secrets(request)) - self._told
        if new and len(self._told) < _MOST:
            self._told |= new
            self._mask.add(*new)


def _secrets(request: OutgoingRequest) -> Iterator[str]:
    if request.auth.mode not in ("none", "oauth2"):
        config = request.auth.config
        yield from filter(_is_telling, (str(config[name]) for name in _SETTINGS if config.get(name)))
        if config.get("username") and config.get("password"):
            yield f"{config['username']}:{config['password']}"
    if "@" in request.url and (found := _IN_URL.search(request.url)):
        user, password = found.groups()
        # A short one as it stands in the URL, and in the header that comes of it.
        yield from (password, unquote(password)) if _is_telling(password) else (f":{password}@",)
        yield unquote(f"{user}:{password}")


def _is_telling(value: str) -> bool:
    return len(value) >= (_NO_WORD if value.isalpha() else _SHORTEST)
