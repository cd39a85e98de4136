"""OAuth 2.0: grants, the token's life, its store.

`TokenManager` is the entry; `TokenStore` is the protocol for keeping tokens elsewhere. They are loaded when
they are asked for: most collections have no OAuth 2.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bruscript.auth.oauth2.errors import OAuth2Error, TokenStoreError

if TYPE_CHECKING:
    from bruscript.auth.oauth2.authorization import Authorization
    from bruscript.auth.oauth2.config import Config
    from bruscript.auth.oauth2.manager import TokenManager
    from bruscript.auth.oauth2.options import ManagerOptions
    from bruscript.auth.oauth2.store import MemoryTokenStore, TokenKey, TokenStore
    from bruscript.auth.oauth2.stores import open_store

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

_MODULES = {
    "Config": "config",
    "Authorization": "authorization",
    "ManagerOptions": "options",
    "TokenManager": "manager",
    **dict.fromkeys(("MemoryTokenStore", "TokenKey", "TokenStore"), "store"),
    "open_store": "stores",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
