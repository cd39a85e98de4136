"""The base of every auth mode."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

import httpx

from bruscript.http.wire import raw_headers
from bruscript.unicode import well_formed

Redirects = Literal["forward", "same-origin", "first"]


class Scheme(httpx.Auth):
    """An auth mode as a flow that yields requests and is sent their responses.

    `redirects` says which redirects the client applies it to: "first" means only the first request,
    "same-origin" those to the same scheme, host and port, "forward" also others if the request's settings
    forward its authorization. A scheme with `own_connection` authorises a connection, so it gets its own.
    `warnings` are reported with the response. `header` is the header, if any, that it sets whatever the
    server says: scripts and reports see it.
    """

    redirects: ClassVar[Redirects] = "forward"
    own_connection: ClassVar[bool] = False
    warnings: tuple[str, ...] = ()
    header: tuple[str, str] | None = None

    def __repr__(self) -> str:
        # Never the attributes: they are credentials.
        return f"<{type(self).__name__}>"


class Unsigned(Scheme):
    """Sends the request as it is, because `reason`, and warns of it."""

    def __init__(self, reason: str) -> None:
        self.warnings = (reason,)


def body_chunks(request: httpx.Request) -> Iterable[bytes]:
    """Return the body, piece by piece, without using it up: files are read as often as they are asked for."""
    assert isinstance(request.stream, Iterable), "the client sends no other streams"
    return request.stream


def set_header(request: httpx.Request, name: str, value: str) -> None:
    """Set a header in place of any of its name; RequestError for an invalid name."""
    [(_, content)] = raw_headers([(name, value)])
    request.headers[name] = content.decode("latin-1")


def text(config: dict[str, object], key: str) -> str:
    """Return a setting as text; "" where it is missing or null."""
    value = config.get(key)
    return "" if value is None else well_formed(str(value))
