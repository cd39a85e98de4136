"""The auth modes of both formats, and the keys of those whose blocks hold only texts."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "awsv4": ("accessKeyId", "secretAccessKey", "sessionToken", "service", "region", "profileName"),
    "basic": ("username", "password"),
    "wsse": ("username", "password"),
    "bearer": ("token",),
    "digest": ("username", "password"),
    "ntlm": ("username", "password", "domain"),
}
"""The modes with only a few texts, and their keys, in the order in which Bruno writes `.bru` files."""

EDGEGRID_TEXTS: Final = (
    *("accessToken", "clientToken", "clientSecret", "nonce", "timestamp", "baseURL", "headersToSign"),
)
"""The texts of Akamai EdgeGrid."""

MODES: Final = (*TEXTS, "apikey", "oauth1", "oauth2", "akamai-edgegrid")
"""The modes that authorize a request."""


def config_key(mode: str) -> str:
    """Return what Bruno's JSON calls the configuration of a mode."""
    return "akamaiEdgegrid" if mode == "akamai-edgegrid" else mode
