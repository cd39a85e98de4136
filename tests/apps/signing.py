"""Runs an auth mode over a request as the client would, without sending it."""

from __future__ import annotations

from typing import Any

import httpx

from bruscript.auth import build_auth
from bruscript.http import AuthConfig
from bruscript.http.body import stream_of
from bruscript.http.url import parse_url
from bruscript.http.wire import new_request


def outgoing(method: str, url: str, headers: dict[str, str] | None = None, body: bytes | None = None):
    """An `httpx.Request` in the form in which the client hands it to a flow."""
    address = parse_url(url)
    raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return new_request(method, address, [(b"Host", address.netloc.encode()), *raw], stream_of(body))


def authorised(mode: str, settings: dict[str, Any], request: httpx.Request, **options) -> httpx.Request:
    """The first request that the flow of `mode` sends."""
    return next(build_auth(AuthConfig(mode, settings), **options).sync_auth_flow(request))
