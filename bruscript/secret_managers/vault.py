"""HashiCorp Vault, and servers with its API (OpenBao)."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import quote

from bruscript.secret_managers.errors import SecretError
from bruscript.secret_managers.manager import Manager, Reading

_METHODS = ("token", "app_role", "ldap")


class VaultServer(Manager):
    """A Vault server; an identifier is a path of its API, with the engine's mount: `secret/data/db`."""

    _url = ""
    _headers: dict[str, str]

    async def sign_in(self) -> None:
        """Use the configured token, or get one by AppRole or LDAP."""
        account = self.account
        self._url = account.url("URL", "It is the server's address: https://vault.example.com:8200")
        namespace = account.get("NAMESPACE") or os.environ.get("VAULT_NAMESPACE", "")
        self._headers = {"X-Vault-Namespace": namespace} if namespace else {}
        method = account.require("AUTH_METHOD", f"Expected one of {', '.join(_METHODS)}.")
        if method == "token":
            token = account.require("TOKEN", "The authentication method `token` needs it.")
        elif method == "app_role":
            token = await self._app_role()
        elif method == "ldap":
            token = await self._ldap()
        else:
            raise SecretError(
                f"The authentication method {method!r} in {account.file} is not supported",
                hint=f"Expected one of {', '.join(_METHODS)} in BRUNO_HASHICORP_VAULT_SERVER_AUTH_METHOD.",
            )
        self.exchange.learn(token)
        self._headers["X-Vault-Token"] = token

    async def read(self, identifier: str) -> Reading:
        """Return the data under a path.

        Of a versioned engine (KV version 2) the secret without its metadata.
        """
        path = identifier.lstrip("/").replace("#", "%23")
        answer = await self.exchange.json("GET", f"{self._url}/v1/{path}", self._headers, follow=True)
        data = answer.get("data")
        if isinstance(data, dict) and isinstance(data.get("metadata"), dict) and "data" in data:
            data = data["data"]
        if data is None:
            raise SecretError(f"{self._url}/v1/{path} holds no data")
        return Reading(data)

    async def _app_role(self) -> str:
        account = self.account
        body = {
            "role_id": account.require("APPROLE_ROLE_ID", "The authentication method `app_role` needs it.")
        }
        if secret := account.get("APPROLE_SECRET_ID"):
            body["secret_id"] = secret
        mount = account.get("APPROLE_MOUNT_PATH").strip("/") or "approle"
        return await self._login(f"auth/{mount}/login", body)

    async def _ldap(self) -> str:
        why = "The authentication method `ldap` needs it."
        name = self.account.require("LDAP_USERNAME", why)
        password = self.account.require("LDAP_PASSWORD", why)
        return await self._login(f"auth/ldap/login/{quote(name, safe='')}", {"password": password})

    async def _login(self, path: str, body: dict[str, str]) -> str:
        url = f"{self._url}/v1/{path}"
        answer = await self.exchange.json("POST", url, self._headers, body, follow=True)
        auth: Any = answer.get("auth")
        token = auth.get("client_token") if isinstance(auth, dict) else None
        if not isinstance(token, str) or not token:
            raise SecretError(f"POST {url} answered without a token (auth.client_token)")
        return token
