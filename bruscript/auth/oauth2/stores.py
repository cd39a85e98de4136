"""Opens a token store by what an option names."""

from __future__ import annotations

import os
from pathlib import Path

from bruscript.auth.oauth2.store import MemoryTokenStore, TokenStore


def open_store(store: TokenStore | str | os.PathLike[str] | None) -> TokenStore:
    """A store: in memory for None, in a file for a path, or `store` itself.

    Raises TokenStoreError where the file is there but is not a token store.
    """
    if store is None:
        return MemoryTokenStore()
    if isinstance(store, (str, os.PathLike)):
        from bruscript.auth.oauth2.file_store import FileTokenStore

        return FileTokenStore(Path(store))
    return store
