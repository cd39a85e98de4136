"""Writes scripts' changes to variables back to their files.

`persist` is the same for every format; a format is a class with the methods of `VariablesFile`.
"""

from __future__ import annotations

from bruscript.collection.writeback.changes import Changes
from bruscript.collection.writeback.persist import (
    PersistError,
    persist_collection,
    persist_environment,
    stored_variables,
)

__all__ = ["Changes", "PersistError", "persist_collection", "persist_environment", "stored_variables"]
