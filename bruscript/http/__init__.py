"""The HTTP client: requests out, responses in, cookies and connections kept between them.

`Client` is loaded when it is asked for: it brings httpx along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bruscript.http.config import ClientConfig
from bruscript.http.cookies import Cookie, CookieJar
from bruscript.http.errors import RequestError
from bruscript.http.request import AuthConfig, FileBody, MultipartBody, OutgoingRequest, Part
from bruscript.http.response import Response

if TYPE_CHECKING:
    from bruscript.http.client import Client
    from bruscript.http.fence import Fence

__all__ = [
    "AuthConfig",
    "Client",
    "ClientConfig",
    "Cookie",
    "CookieJar",
    "Fence",
    "FileBody",
    "MultipartBody",
    "OutgoingRequest",
    "Part",
    "RequestError",
    "Response",
]


def __getattr__(name: str) -> Any:
    if name == "Client":
        from bruscript.http.client import Client

        return Client
    if name == "Fence":
        from bruscript.http.fence import Fence

        return Fence
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
