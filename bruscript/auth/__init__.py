"""The auth modes, each an httpx.Auth; OAuth 2.0 has its own package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bruscript.http.errors import RequestError
from bruscript.lang.auth_modes import MODES
from bruscript.near import near_word

if TYPE_CHECKING:
    import httpx

    from bruscript.http.request import AuthConfig

_UNAUTHORISED = frozenset({"", "none", "inherit", "oauth2"})


def build_auth(config: AuthConfig, base_dir: Path | None = None) -> httpx.Auth | None:
    """Return the flow for `config`; None for a mode that changes nothing, and for oauth2 (see `oauth2`).

    Paths in the configuration are relative to `base_dir`. Raises RequestError for an unknown mode and for a
    configuration that cannot be used.
    """
    mode, settings = config.mode, config.config
    if mode in _UNAUTHORISED:
        return None
    # Imported one by one: a run needs few of them, and some bring large libraries along.
    if mode == "basic":
        from bruscript.auth.basic import BasicAuth

        return BasicAuth.from_config(settings)
    if mode == "bearer":
        from bruscript.auth.bearer import BearerAuth

        return BearerAuth.from_config(settings)
    if mode == "apikey":
        from bruscript.auth.apikey import ApiKeyAuth

        return ApiKeyAuth.from_config(settings)
    if mode == "wsse":
        from bruscript.auth.wsse import WsseAuth

        return WsseAuth.from_config(settings)
    if mode == "digest":
        from bruscript.auth.digest import DigestAuth

        return DigestAuth.from_config(settings)
    if mode == "ntlm":
        from bruscript.auth.ntlm import NtlmAuth

        return NtlmAuth.from_config(settings)
    if mode == "awsv4":
        from bruscript.auth.awsv4 import AwsV4Auth

        return AwsV4Auth.from_config(settings)
    if mode == "oauth1":
        from bruscript.auth.oauth1 import OAuth1Auth

        return OAuth1Auth.from_config(settings, base_dir or Path())
    if mode in ("akamai-edgegrid", "akamaiEdgegrid"):
        from bruscript.auth.edgegrid import EdgeGridAuth

        return EdgeGridAuth.from_config(settings)
    raise _unknown(mode)


def _unknown(mode: str) -> RequestError:
    names = ("none", "inherit", *MODES)
    near = near_word(mode.lower(), names)
    hint = f"did you mean {near!r}?" if near else f"the modes are {', '.join(names)}"
    return RequestError(f"Unknown auth mode {mode!r}: {hint}", "ERR_AUTH")
