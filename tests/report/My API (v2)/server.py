"""An API with faults, for the tests of the reports."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from typing import Any

log = logging.getLogger("shop")
late: set[str] = set()

LOGO = bytes.fromhex("89504e470d0a1a0a0000000d49484452")


def rebuild() -> None:
    log.warning("the index has no lock")
    raise RuntimeError("the index is broken")


def answer(method: str, path: str, environ: dict[str, Any]) -> tuple[str, Any]:
    """Return the status and the value of the response."""
    if path == "/token":
        return "200 OK", {"token": "t0ken-of-the-sample-4711", "expires": 60}
    if path == "/products/7":
        return "200 OK", {"id": 7, "name": "Chair", "price": 49.5}
    if path == "/sum":
        return "200 OK", {"products": []}
    if path == "/index":
        rebuild()
    if path == "/late":
        first = path not in late
        late.add(path)
        return ("503 Service Unavailable", {"error": "starting"}) if first else ("200 OK", {})
    if path == "/logo":
        return "200 OK", LOGO
    return "404 Not Found", {"error": "no such product", "known": [7, 8, 9]}


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as WSGI applications do."""
    status, value = answer(environ["REQUEST_METHOD"], environ["PATH_INFO"], environ)
    kind = "image/png" if isinstance(value, bytes) else "application/json"
    start_response(status, [("Content-Type", kind)])
    return [value if isinstance(value, bytes) else json.dumps(value).encode()]
