"""Load tests: a collection as the tasks of Locust's users. Needs `bruscript[locust]`.

Locust is imported with the user's class alone: it changes the standard library, which the process that sends
the requests must not see.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bruscript.load.user import CollectionUser

__all__ = ["CollectionUser"]


def __getattr__(name: str) -> Any:
    if name != "CollectionUser":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module("bruscript.load.user").CollectionUser
