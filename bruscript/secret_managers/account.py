"""The file of `--secrets-env-file`: with which account the secret managers are asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path

from bruscript.collection.dotenv import read_dotenv
from bruscript.errors import EnvironmentNotFoundError
from bruscript.files import readable_path
from bruscript.records import record
from bruscript.secret_managers.errors import SecretError

PREFIXES = {
    "hashicorp-vault-server": "BRUNO_HASHICORP_VAULT_SERVER_",
    "hashicorp-vault-cloud": "BRUNO_HASHICORP_VAULT_CLOUD_",
    "aws-secrets-manager": "BRUNO_AWS_SECRETS_MANAGER_",
    "azure-key-vault": "BRUNO_AZURE_KEY_VAULT_",
    "gcp-secrets-manager": "BRUNO_GCP_SECRETS_MANAGER_",
}
"""How the names of each store's settings begin. Bruno exports them so."""

_SECRET = ("TOKEN", "SECRET_ID", "PASSWORD", "CLIENT_SECRET", "SECRET_ACCESS_KEY", "PRIVATE_KEY")


@record(frozen=True)
class Account:
    """The settings for one store, by their names without the prefix, from `file`."""

    store: str
    file: Path
    settings: Mapping[str, str] = field(repr=False)

    def get(self, name: str) -> str:
        """Return the setting `name`, without blanks around it; "" where the file has none."""
        return self.settings.get(name, "").strip()

    def require(self, name: str, why: str) -> str:
        """Return the setting `name`.

        Raises SecretError, with `why` it is needed, where it is missing or empty.
        """
        value = self.get(name)
        if not value:
            raise SecretError(f"{self.file} has no {PREFIXES[self.store]}{name}", hint=why)
        return value

    def url(self, name: str, why: str) -> str:
        """Return the setting `name`, known to be an http or https URL, without the slash at its end."""
        value = self.require(name, why)
        if not value.lower().startswith(("http://", "https://")):
            raise SecretError(
                f"{PREFIXES[self.store]}{name} in {self.file} is {value!r}",
                hint="Expected a URL that begins with https:// or http://.",
            )
        return value.rstrip("/")

    @property
    def secrets(self) -> list[str]:
        """The settings that no report may show."""
        endings = tuple(f"_{name}" for name in _SECRET)
        return [value for name, value in self.settings.items() if f"_{name}".endswith(endings) and value]


def read_accounts(file: Path, resolve: Callable[[str], str]) -> dict[str, Account]:
    """Return the accounts of `file`, by store, their templates filled in by `resolve`.

    Raises EnvironmentNotFoundError where the file does not exist, InvalidFileError where it cannot be read.
    """
    if not file.exists():
        raise EnvironmentNotFoundError(f"Secrets env file not found: {readable_path(file)}")
    values = read_dotenv(file)
    accounts = {}
    for store, prefix in PREFIXES.items():
        own = {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}
        if own:
            accounts[store] = Account(store, file, {name: resolve(value) for name, value in own.items()})
    return accounts
