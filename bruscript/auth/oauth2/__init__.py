"""OAuth 2.0: grants, the token's life, its store.

`TokenManager` is the entry; `TokenStore` is the protocol for keeping tokens elsewhere.
"""

from __future__ import annotations

from bruscript.auth.oauth2.config import Config
from bruscript.auth.oauth2.errors import OAuth2Error, TokenStoreError
from bruscript.auth.oauth2.manager import Authorization, ManagerOptions, TokenManager
from bruscript.auth.oauth2.store import MemoryTokenStore, TokenKey, TokenStore, open_store

__all__ = [
    "Authorization",
    "Config",
    "ManagerOptions",
    "MemoryTokenStore",
    "OAuth2Error",
    "TokenKey",
    "TokenManager",
    "TokenStore",
    "TokenStoreError",
    "open_store",
]
