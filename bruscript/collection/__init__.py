"""A directory of `.bru` files as a tree: collection, folders, requests, and their environments."""

from __future__ import annotations

from bruscript.collection.environment import Environment, ExternalSecret, Variable
from bruscript.collection.loader import load
from bruscript.collection.tree import Collection, Folder, Request, SkippedFile

__all__ = [
    "Collection",
    "Environment",
    "ExternalSecret",
    "Folder",
    "Request",
    "SkippedFile",
    "Variable",
    "load",
]
