"""An authorization server's metadata (OpenID Connect Discovery, RFC 8414)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bruscript.auth.oauth2.config import Config
from bruscript.auth.oauth2.errors import OAuth2Error, clean
from bruscript.auth.oauth2.urls import check_url, is_http_url, redacted_url

if TYPE_CHECKING:
    from bruscript.auth.oauth2.endpoint import Endpoint

Metadata = dict[str, Any]

_OWN = {"access_token_url": "token_endpoint", "authorization_url": "authorization_endpoint"}
_PUSHED = {"pushed_authorization_url": "pushed_authorization_request_endpoint"}
_MORE = {
    "device_authorization_url": "device_authorization_endpoint",
    "revocation_url": "revocation_endpoint",
    "introspection_url": "introspection_endpoint",
}

_REQUIRED = {
    "authorization_code": {"access_token_url", "authorization_url", "pushed_authorization_url"},
    "implicit": {"authorization_url", "pushed_authorization_url"},
    "device_code": {"access_token_url", "device_authorization_url"},
}
"""The URLs that grants need; the others need the token URL."""
_OF_GRANTS = ("", "device_authorization_url")


class Discovery:
    """Fetches each issuer's metadata once. It belongs to one event loop."""

    def __init__(self) -> None:
        self._metadata: dict[str, Metadata] = {}
        self._unread: dict[str, list[str]] = {}
        self._turn = asyncio.Lock()

    async def metadata(self, endpoint: Endpoint, needed: str = "") -> Metadata:
        """Return the metadata of the configuration's `issuer`, {} without one. Raises OAuth2Error.

        `needed` is the key of the block for a URL without which there is nothing to do. OpenID Connect's
        document need not have it (it knows of no revocation) where the one of RFC 8414 does: then that is
        read too, and only then.
        """
        issuer = endpoint.config.more.issuer
        if not issuer:
            return {}
        async with self._turn:
            if issuer not in self._metadata:
                self._unread[issuer] = _urls(issuer)
                self._metadata[issuer] = await _fetch(issuer, endpoint, self._unread[issuer])
            metadata, unread = self._metadata[issuer], self._unread[issuer]
            name = "" if getattr(endpoint.config.more, needed, "") else _MORE.get(needed, "")
            while name and not metadata.get(name) and unread:
                other, _ = await endpoint.read("issuer", unread.pop(0))
                if other and _names(other, issuer):
                    metadata[name] = other.get(name)
        return metadata


def completed(config: Config, metadata: Metadata, needed: str = "") -> Config:
    """Return `config` with the URLs that it leaves to its issuer.

    `needed` is the key of the one that something else than the grant needs. Raises OAuth2Error if one that is
    needed is not a URL.
    """
    required = _REQUIRED.get(config.grant_type, {"access_token_url"}) if needed in _OF_GRANTS else {needed}
    more_names = dict(_MORE)
    if metadata.get("require_pushed_authorization_requests") is True:
        more_names |= _PUSHED
    own: dict[str, Any] = _missing_urls(config, _OWN, metadata, required)
    more: dict[str, Any] = _missing_urls(config.more, more_names, metadata, required)
    if config.more.client_authentication == "tls_client_auth":
        # RFC 8705 section 5: these want the certificate.
        aliases = metadata.get("mtls_endpoint_aliases") or {}
        if not isinstance(aliases, dict):
            raise _unusable("mtls_endpoint_aliases", aliases, metadata, "an object")
        aliases = {**aliases, "issuer": metadata["issuer"]}
        own |= _present(_missing_urls(config, _OWN, aliases, required))
        more |= _present(_missing_urls(config.more, _MORE, aliases, required))
    more |= {
        "known_issuer": metadata.get("issuer") if "{tenantid}" not in str(metadata.get("issuer")) else "",
        "names_issuer": metadata.get("authorization_response_iss_parameter_supported") is True,
    }
    return replace(config, **own, more=replace(config.more, **more))


def _missing_urls(
    settings: object, names: dict[str, str], metadata: Metadata, required: set[str]
) -> dict[str, Any]:
    return {
        key: _url(name, metadata, key in required)
        for key, name in names.items()
        if not getattr(settings, key)
    }


def _present(urls: dict[str, Any]) -> dict[str, Any]:
    return {key: url for key, url in urls.items() if url}


def _url(name: str, metadata: Metadata, required: bool) -> str:
    url = metadata.get(name)
    if url is None or url == "":
        return ""
    if isinstance(url, str) and is_http_url(url.strip()):
        return url.strip()
    if required:
        raise _unusable(name, url, metadata, "a URL that starts with http:// or https://")
    return ""


def _unusable(name: str, value: object, metadata: Metadata, expected: str) -> OAuth2Error:
    shown = clean(json.dumps(value, ensure_ascii=False), 80)
    issuer = redacted_url(str(metadata.get("issuer")))
    return OAuth2Error(
        f"OAuth 2.0: {name} in the metadata of the issuer {issuer} is {shown}, not {expected}.",
        hint="Set the URLs in the auth:oauth2 block: they win over the metadata.",
    )


async def _fetch(issuer: str, endpoint: Endpoint, unread: list[str]) -> Metadata:
    """Read one document after the other until there is one; takes those that were read out of `unread`."""
    check_url("issuer", issuer)
    nameless = ""
    tried: list[str] = []
    while unread:
        metadata, status = await endpoint.read("issuer", url := unread.pop(0))
        tried.append(f"{redacted_url(url)} ({status})")
        if metadata is None:
            continue
        if not metadata.get("issuer"):
            # Some other JSON, such as an error.
            nameless = nameless or url
            continue
        if not _names(metadata, issuer):
            raise OAuth2Error(
                f"OAuth 2.0: {redacted_url(url)} describes another issuer than {redacted_url(issuer)}: "
                f"{redacted_url(str(metadata['issuer']))!r}.",
                hint="Set `issuer` to the server's own value, if you trust it.",
            )
        return metadata
    hint = f"Tried {', '.join(tried)}. Without metadata give the URLs themselves."
    base, well_known, _ = issuer.partition("/.well-known/")
    if well_known:
        hint = f"The issuer is what stands before /.well-known: {redacted_url(base)}"
    if nameless:
        raise OAuth2Error(
            f"OAuth 2.0: {redacted_url(nameless)} does not name an issuer, so it is not the metadata of "
            f"{redacted_url(issuer)}.",
            hint=hint,
        )
    raise OAuth2Error(
        f"OAuth 2.0: no metadata of the issuer {redacted_url(issuer)} was found.",
        hint=hint,
    )


def _names(metadata: Metadata, issuer: str) -> bool:
    issuer_name = str(metadata.get("issuer") or "")
    # Entra's issuers of several tenants leave a place for the tenant.
    return issuer_name.rstrip("/") == issuer.rstrip("/") or "{tenantid}" in issuer_name


def _urls(issuer: str) -> list[str]:
    from authlib.oauth2.rfc8414 import get_well_known_url

    urls = [
        f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        get_well_known_url(issuer.rstrip("/"), True),
        get_well_known_url(issuer.rstrip("/"), True, "openid-configuration"),
        # Where a site has its authorization server below a path and cannot answer for what is above it.
        f"{issuer.rstrip('/')}/.well-known/oauth-authorization-server",
    ]
    return list(dict.fromkeys(urls))
