"""A client's configuration, which applies to everything it sends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bruscript.lang.place import KeyPath
from bruscript.records import record

if TYPE_CHECKING:
    from bruscript.http.pac import Evaluator


@record(frozen=True, kw_only=True)
class ClientConfig:
    """Settings of a client.

    `verify` off accepts any certificate. `cacert` is a PEM file whose certificates are trusted beside the
    system's, or alone with `ignore_truststore`. `client_certs` is the list `clientCertificates.certs` and
    `proxy` the object `proxy` of bruno.json, templates resolved; `base_dir` is the directory that relative
    paths in them are relative to, and `where` says where the settings under some keys are, such as
    `bruno.json:4:12`; "" if that is not known. `noproxy` goes past every proxy. `cookies` off keeps no jar.
    `http2` offers HTTP/2 to servers with TLS. `evaluator` creates what runs the script of a proxy
    auto-config file. `app` is an ASGI or WSGI application that takes every request in place of the network;
    `lifespan` off is for one that is running already. `max_body` is the limit of a response's decoded body,
    in bytes: a larger one is refused rather than allowed to exhaust the memory.
    """

    verify: bool = True
    cacert: Path | None = None
    ignore_truststore: bool = False
    client_certs: list[dict[str, Any]] = field(default_factory=list, repr=False)
    proxy: dict[str, Any] | None = field(default=None, repr=False)
    where: Callable[[KeyPath], str] = field(default=lambda keys: "", repr=False)
    noproxy: bool = False
    cookies: bool = True
    http2: bool = False
    base_dir: Path = field(default_factory=Path)
    evaluator: Callable[[], Evaluator] | None = None
    app: Any = None
    lifespan: bool = True
    max_body: int = 512 * 1024 * 1024
