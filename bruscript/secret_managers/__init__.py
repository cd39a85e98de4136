"""Secret managers: HashiCorp Vault, AWS Secrets Manager, Azure Key Vault, Google Secret Manager.

An environment declares which secrets it wants (`vars:externalsecrets:STORE`), a file of `BRUNO_…` settings
who asks for them. `fetch_secrets` returns the variables. Nothing here is imported before a run
needs it.
"""

from __future__ import annotations

from bruscript.secret_managers.errors import SecretError
from bruscript.secret_managers.fetch import Fetched, fetch_secrets

__all__ = ["Fetched", "SecretError", "fetch_secrets"]
