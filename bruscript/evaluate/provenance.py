"""The author of a request's parts: the collection's files, or a script.

Requests of the files alone are sent as written. What a script influenced is subject to the permissions of
scripts, and so it has to be known which text is whose, and on which variables a text depends.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any


class Authored(str):
    """A text as a file of the collection has it. Whatever a script sets is a plain `str`."""

    __slots__ = ()


def authored(value: Any) -> Any:
    """Return a JSON value with every text in it, keys included, marked as the author's."""
    if isinstance(value, str):
        return Authored(value)
    if isinstance(value, dict):
        return {authored(key): authored(item) for key, item in value.items()}
    if isinstance(value, list):
        return [authored(item) for item in value]
    return value


def retained(old: Any, new: Any) -> Any:
    """Return `new` with the texts that are as in `old` taken from there: they are still their author's."""
    if isinstance(new, str):
        return old if isinstance(old, str) and old == new else new
    if isinstance(new, dict) and isinstance(old, dict):
        names = {name: name for name in old}
        return {names.get(name, name): retained(old.get(name), item) for name, item in new.items()}
    if isinstance(new, list) and isinstance(old, list):
        # An entry that has moved is the same entry.
        pairs = ((next((each for each in old if each == item), None), item) for item in new)
        return [item if same is None else same for same, item in pairs]
    return new


class Withheld(dict[str, Any]):
    """Variables as scripts may see them, where some of the process's are withheld from scripts.

    The author's templates (`Authored`) see `everything`, except by way of what scripts have set (`touched`).
    """

    def __init__(
        self, visible: Mapping[str, Any], everything: Mapping[str, Any], touched: frozenset[str]
    ) -> None:
        super().__init__(visible)
        self.everything = everything
        self.touched = touched
        self.mark = secrets.token_hex(16)
        """Return a placeholder for a value until everything else is resolved; no script can know it."""
        self.filled_in: dict[str, str] = {}
        """The values that were withheld from scripts and filled in for the author, each with its template."""
