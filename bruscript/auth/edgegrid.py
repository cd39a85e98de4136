"""Akamai EdgeGrid (EG1-HMAC-SHA256), as Akamai's own clients sign."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import uuid
from collections.abc import Generator
from dataclasses import field
from datetime import datetime, timezone
from typing import Any, ClassVar

import httpx

from bruscript.auth.scheme import (
    Redirects,
    Scheme,
    body_chunks,
    set_header,
    text,
)
from bruscript.http.errors import RequestError
from bruscript.http.url import parse_url
from bruscript.http.wire import address_of, target_of
from bruscript.records import record

_MAX_BODY = 131072
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@record(frozen=True)
class EdgeGridSettings:
    """Tokens and options of EdgeGrid; `max_body` is how many bytes of a POST's body are hashed."""

    access_token: str = field(repr=False)
    client_token: str = field(repr=False)
    client_secret: str = field(repr=False)
    nonce: str = ""
    timestamp: str = ""
    base_url: str = ""
    headers_to_sign: tuple[str, ...] = ()
    max_body: int = _MAX_BODY


class EdgeGridAuth(Scheme):
    """Signs each request to the origin that it was meant for."""

    redirects: ClassVar[Redirects] = "same-origin"

    def __init__(self, settings: EdgeGridSettings) -> None:
        self._settings = settings

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> EdgeGridAuth:
        """From the settings `accessToken`, `clientToken`, `clientSecret`, which are needed, and `nonce`,
        `timestamp`, `baseURL`, `headersToSign` (names with commas between), `maxBodySize` (bytes).

        Raises RequestError where a needed one is empty, and for a size that is not a number.
        """
        for key in ("accessToken", "clientToken", "clientSecret"):
            if not text(config, key).strip():
                raise RequestError(f"Akamai EdgeGrid: {key} is required", "ERR_AUTH")
        limit = text(config, "maxBodySize").strip()
        if limit and not re.fullmatch(r"\d+(\.\d*)?", limit, re.ASCII):
            raise RequestError(
                f"Akamai EdgeGrid: `maxBodySize` is `{limit}`, expected a number of bytes", "ERR_AUTH"
            )
        return cls(
            EdgeGridSettings(
                access_token=text(config, "accessToken"),
                client_token=text(config, "clientToken"),
                client_secret=text(config, "clientSecret"),
                nonce=text(config, "nonce").strip(),
                timestamp=text(config, "timestamp").strip(),
                base_url=text(config, "baseURL").strip(),
                headers_to_sign=tuple(
                    name.strip().lower() for name in text(config, "headersToSign").split(",") if name.strip()
                ),
                max_body=int(float(limit or 0)) or _MAX_BODY,
            )
        )

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Set `Authorization`."""
        set_header(request, "Authorization", self.signature(request))
        yield request

    def signature(self, request: httpx.Request) -> str:
        """Return the value of `Authorization` for `request`."""
        settings = self._settings
        nonce = settings.nonce or str(uuid.uuid4())
        timestamp = settings.timestamp or datetime.now(timezone.utc).strftime("%Y%m%dT%H:%M:%S+0000")
        origin = address_of(request)
        if settings.base_url:
            match = _SCHEME.match(settings.base_url)
            origin = parse_url(settings.base_url if match else f"{origin.scheme}://{settings.base_url}")
        start = (
            f"EG1-HMAC-SHA256 client_token={settings.client_token};access_token={settings.access_token};"
            f"timestamp={timestamp};nonce={nonce};"
        )
        headers = [
            f"{name}:{' '.join(request.headers[name].split())}"
            for name in settings.headers_to_sign
            if name in request.headers
        ]
        to_sign = "\t".join(
            [
                request.method,
                origin.scheme,
                origin.netloc,
                target_of(request),
                "\t".join(headers),
                self._body_hash(request),
                start,
            ]
        )
        key = _hmac(timestamp, settings.client_secret)
        return f"{start}signature={_hmac(to_sign, key)}"

    def _body_hash(self, request: httpx.Request) -> str:
        """Return the hash of the body's beginning; of a POST's only, as Akamai has it."""
        if request.method != "POST":
            return ""
        digest = hashlib.sha256()
        remaining = self._settings.max_body
        empty = True
        for chunk in body_chunks(request):
            digest.update(chunk[:remaining])
            remaining -= len(chunk[:remaining])
            empty = False
            if not remaining:
                break
        return "" if empty else base64.b64encode(digest.digest()).decode("ascii")


def _hmac(data: str, key: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), data.encode(), "sha256")).decode("ascii")
