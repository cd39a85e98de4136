"""Opens a token store by what an option names."""

from __future__ import annotations

import os
from pathlib import Path

from bruscript.auth.oauth2.store import MemoryTokenStore, TokenStore

KEYRING = "keyring:"
"""The prefix of the name of a store in the keychain."""


def open_store(store: TokenStore | str | os.PathLike[str] | None) -> TokenStore:
    """Return a store: in memory for None, in a file for a path, or `store` itself.

    `keyring:NAME` is the system's keychain. Raises TokenStoreError where the file is there but is not a token
    store, and where there is no keychain.
    """
    if store is None:
        return MemoryTokenStore()
    if isinstance(store, str) and store.startswith(KEYRING):
        from bruscript.auth.oauth2.keyring_store import KeyringTokenStore

        return KeyringTokenStore(store.removeprefix(KEYRING) or "default")
    if isinstance(store, (str, os.PathLike)):
        from bruscript.auth.oauth2.file_store import FileTokenStore

        return FileTokenStore(Path(store))
    return store
