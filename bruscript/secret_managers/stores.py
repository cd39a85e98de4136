"""Which manager keeps which store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bruscript.secret_managers.account import PREFIXES, Account
from bruscript.secret_managers.errors import SecretError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bruscript.http import ClientConfig
    from bruscript.secret_managers.exchange import Exchange
    from bruscript.secret_managers.manager import Manager


def manager_of(
    store: str, accounts: Mapping[str, Account], env_file: Path | None, exchange: Exchange, tls: ClientConfig
) -> Manager:
    """Return the manager of `store`, with its account of `env_file`. Raises SecretError without an account.

    A key vault needs no account: Azure's own command says who signed in.
    """
    # Each is imported where it is used: a run has one manager.
    account = accounts.get(store)
    if account is None and store == "azure-key-vault":
        from bruscript.secret_managers.azure import AzureCli

        return AzureCli(Account(store, env_file or Path(), {}), exchange, tls)
    if account is None:
        others = f", only those of {' and '.join(accounts)}" if accounts else ""
        raise SecretError(f"{env_file} has no settings of {store} ({PREFIXES[store]}…){others}")
    if store == "hashicorp-vault-server":
        from bruscript.secret_managers.vault import VaultServer

        return VaultServer(account, exchange)
    if store == "hashicorp-vault-cloud":
        from bruscript.secret_managers.vault_cloud import VaultCloud

        return VaultCloud(account, exchange)
    if store == "aws-secrets-manager":
        from bruscript.secret_managers.aws import AwsSecretsManager

        return AwsSecretsManager(account, exchange)
    if store == "gcp-secrets-manager":
        from bruscript.secret_managers.google import GoogleSecretManager

        return GoogleSecretManager(account, exchange)
    from bruscript.secret_managers.azure import AzureKeyVault

    return AzureKeyVault(account, exchange)
