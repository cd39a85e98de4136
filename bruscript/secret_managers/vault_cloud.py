"""HCP Vault Secrets, HashiCorp's hosted service."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from bruscript.secret_managers.errors import SecretError
from bruscript.secret_managers.manager import Manager, Reading, objects

_AUDIENCE = "https://api.hashicorp.cloud"


class VaultCloud(Manager):
    """The apps of one project; an identifier is an app's name, up to the first slash in it."""

    _apps = ""
    _headers: dict[str, str]

    async def sign_in(self) -> None:
        """Get a token for the service principal."""
        account = self.account
        method = account.get("AUTH_METHOD") or "client_credentials"
        if method != "client_credentials":
            raise SecretError(
                f"The authentication method {method!r} in {account.file} is not supported",
                hint="Expected client_credentials in BRUNO_HASHICORP_VAULT_CLOUD_AUTH_METHOD.",
            )
        endpoint = account.url(
            "SECRETS_ENDPOINT", "For example https://api.cloud.hashicorp.com/secrets/2023-11-28"
        )
        organization = account.require("ORGANIZATION_ID", "It is on the organization's settings page.")
        project = account.require("PROJECT_ID", "It is on the project's settings page.")
        self._apps = (
            f"{endpoint}/organizations/{quote(organization, safe='')}/projects/{quote(project, safe='')}/apps"
        )
        form = {
            "grant_type": "client_credentials",
            "client_id": account.require("CLIENT_ID", "A service principal's key has it."),
            "client_secret": account.require("CLIENT_SECRET", "A service principal's key has it."),
            "audience": _AUDIENCE,
        }
        url = account.url("TOKEN_ENDPOINT", "For example https://auth.idp.hashicorp.com/oauth2/token")
        answer = await self.exchange.json("POST", url, {}, form=form)
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise SecretError(f"POST {url} answered without access_token")
        self.exchange.learn(token)
        self._headers = {"Authorization": f"Bearer {token}"}

    async def read(self, identifier: str) -> Reading:
        """Return all secrets of an app, by name."""
        url = f"{self._apps}/{quote(identifier.split('/')[0], safe='')}/open"
        values: dict[str, Any] = {}
        async for answer in self.exchange.pages(url, self._headers, "pagination.next_page_token", _next_page):
            for secret in objects(answer.get("secrets")):
                if secret.get("name"):
                    version = secret.get("version")
                    values[str(secret["name"])] = version.get("value") if isinstance(version, dict) else None
        return Reading(values)


def _next_page(answer: dict[str, Any]) -> Any:
    pagination = answer.get("pagination")
    return pagination.get("next_page_token") if isinstance(pagination, dict) else None
