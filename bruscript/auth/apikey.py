"""An API key in a header or in the query."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar
from urllib.parse import quote_plus, unquote_plus

import httpx

from bruscript.auth.scheme import Redirects, Scheme, set_header, text
from bruscript.http.errors import RequestError
from bruscript.http.wire import set_target, target_of
from bruscript.lang.choices import CHOICES, wrong_value


class ApiKeyAuth(Scheme):
    """Sends the key in the header of its name."""

    def __init__(self, key: str, value: str) -> None:
        self._key = key
        self._value = value

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> ApiKeyAuth | None:
        """From the settings `key`, `value` and `placement` (header or queryparams).

        As in the reference a key without a name is not sent, nor one without a placement. Raises RequestError
        for any other placement.
        """
        key, placement = text(config, "key"), text(config, "placement").strip()
        if not key or not placement:
            return None
        choices = CHOICES["auth:apikey"]["placement"]
        if placement not in choices:
            raise RequestError(f"API key: {wrong_value('placement', placement, choices)}", "ERR_AUTH")
        kind = ApiKeyQueryAuth if placement == "queryparams" else cls
        return kind(key, text(config, "value"))

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Set the header."""
        set_header(request, self._key, self._value)
        yield request


class ApiKeyQueryAuth(ApiKeyAuth):
    """Sends the key as a query parameter, in place of one of the same name."""

    redirects: ClassVar[Redirects] = "first"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Set the parameter."""
        set_target(request, with_parameter(target_of(request), self._key, self._value))
        yield request


def with_parameter(url: str, key: str, value: str) -> str:
    """Return a URL with this parameter, in place of one of the same name; the rest stays as it is written."""
    path, _, query = url.partition("?")
    pairs = [pair for pair in query.split("&") if pair]
    other_pairs = [pair for pair in pairs if unquote_plus(pair.partition("=")[0]) != key]
    other_pairs.append(f"{quote_plus(key)}={quote_plus(value)}")
    return f"{path}?{'&'.join(other_pairs)}"
