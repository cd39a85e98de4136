"""Configurations for the clients that server.mjs knows, and their keys."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from auth.oauth2.keys import KEYS
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey, OKPKey, RSAKey

from bruscript.auth.oauth2 import Authorization, ManagerOptions, TokenManager
from bruscript.http import Client, OutgoingRequest, Response

HERE = Path(__file__).parent
KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC_KEYS = [
    ECKey.import_key(KEY.public_key()).as_dict(private=False, use="sig", alg="ES256", kid="key-1"),
    RSAKey.import_key(KEYS["RS"].public_key()).as_dict(private=False),
    OKPKey.import_key(KEYS["EdDSA"].public_key()).as_dict(private=False),
]


def count(idp: str) -> int:
    return httpx.get(f"{idp}/count").json()["tokenRequests"]


def block(idp: str, grant: str, **more: Any) -> dict[str, Any]:
    return {
        "grantType": grant,
        "accessTokenUrl": f"{idp}/token",
        "authorizationUrl": f"{idp}/auth",
        "credentialsPlacement": "basic_auth_header",
        "tokenHeaderPrefix": "Bearer",
        **more,
    }


def native(idp: str, **more: Any) -> dict[str, Any]:
    offline = [{"name": "prompt", "value": "consent", "enabled": True}]
    return block(
        idp,
        "authorization_code",
        clientId="native",
        credentialsPlacement="body",
        callbackUrl="http://127.0.0.1:0/callback",
        scope="openid offline_access",
        pkce=True,
        oauth2_additional_parameters_auth_req_queryparams=offline,
        **more,
    )


def machine(idp: str, **more: Any) -> dict[str, Any]:
    return block(
        idp, "client_credentials", clientId="machine", clientSecret="machine-secret-1", scope="read", **more
    )


def browse(monkeypatch: pytest.MonkeyPatch, *options: str) -> None:
    monkeypatch.setenv("BROWSER", f"{sys.executable} {HERE / 'consent.py'} %s {' '.join(options)}")
    monkeypatch.setattr("webbrowser._tryorder", None)


async def call(
    client: Client, manager: TokenManager, settings: dict[str, Any], url: str
) -> tuple[Authorization | None, Response]:
    authorization = await manager.authorize(settings)
    auth = authorization.auth if authorization else None
    return authorization, await client.send(OutgoingRequest("GET", url), auth)


def manager(client: Client, **options: Any) -> TokenManager:
    return TokenManager(None, client.send, ManagerOptions(timeout=600, notify=lambda text: None, **options))
