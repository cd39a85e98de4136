"""Azure Key Vault."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from bruscript.secret_managers.errors import SecretError
from bruscript.secret_managers.manager import Manager, Reading, objects, read_each

if TYPE_CHECKING:
    from bruscript.http.config import ClientConfig
    from bruscript.secret_managers.account import Account
    from bruscript.secret_managers.exchange import Exchange

RESOURCE = "https://vault.azure.net"
_AUTHORITY = "https://login.microsoftonline.com"
_VERSION = "7.4"
# Anything else in a name would send the token to another host than a vault's.
_NAME = re.compile(r"(?=.{3,24}\Z)[A-Za-z](?:-?[A-Za-z0-9])+\Z", re.ASCII)


class AzureKeyVault(Manager):
    """Key vaults of Azure's public cloud; an identifier is a vault's name, for all its secrets."""

    _headers: dict[str, str]

    async def sign_in(self) -> None:
        """Get a token for the application with the configured client secret."""
        account = self.account
        why = "An application with a client secret has it, see its page in Microsoft Entra."
        tenant = account.require("TENANT_ID", why)
        form = {
            "grant_type": "client_credentials",
            "client_id": account.require("CLIENT_ID", why),
            "client_secret": account.require("CLIENT_SECRET", why),
            "scope": f"{RESOURCE}/.default",
        }
        authority = (os.environ.get("AZURE_AUTHORITY_HOST") or _AUTHORITY).rstrip("/")
        authority = authority if "://" in authority else f"https://{authority}"
        url = f"{authority}/{quote(tenant, safe='')}/oauth2/v2.0/token"
        answer = await self.exchange.json("POST", url, {}, form=form)
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise SecretError(f"POST {url} answered without access_token")
        self._use(token)

    def _use(self, token: str) -> None:
        self.exchange.learn(token)
        self._headers = {"Authorization": f"Bearer {token}"}

    async def read(self, identifier: str) -> Reading:
        """Return the enabled secrets of a vault, by name."""
        if not _NAME.match(identifier):
            raise SecretError(
                f"{identifier!r} is not the name of a key vault",
                hint="3 to 24 letters, digits and single hyphens; the name alone, without .vault.azure.net.",
            )
        vault = f"https://{identifier}.vault.azure.net"

        async def value(name: str) -> Any:
            url = f"{vault}/secrets/{quote(name, safe='')}?api-version={_VERSION}"
            return (await self.exchange.json("GET", url, self._headers)).get("value")

        return await read_each(await self._names(vault), value)

    async def _names(self, vault: str) -> list[str]:
        url = f"{vault}/secrets?api-version={_VERSION}"
        names: list[str] = []
        previous: set[str] = set()
        while url and url not in previous:
            previous.add(url)
            answer = await self.exchange.json("GET", url, self._headers)
            names += [
                urlsplit(str(secret.get("id"))).path.rpartition("/")[2]
                for secret in objects(answer.get("value"))
                if isinstance(secret.get("attributes"), dict) and secret["attributes"].get("enabled")
            ]
            url = str(answer.get("nextLink") or "")
            if url and urlsplit(url)[:2] != urlsplit(vault)[:2]:
                raise SecretError(
                    f"{vault} continues its list at {urlsplit(url).netloc}; the token was not sent there"
                )
        return names


class AzureCli(AzureKeyVault):
    """The same, signed in as Azure's own command `az` is."""

    def __init__(self, account: Account, exchange: Exchange, tls: ClientConfig) -> None:
        super().__init__(account, exchange)
        self._tls = tls

    async def sign_in(self) -> None:
        """Ask `az` for a token."""
        from bruscript.secret_managers.azure_cli import access_token

        self._use(await access_token(RESOURCE, self._tls))
