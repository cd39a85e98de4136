"""The base of all secret managers."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import field
from typing import TYPE_CHECKING, Any

from bruscript.records import record
from bruscript.secret_managers.errors import SecretError

if TYPE_CHECKING:
    from bruscript.secret_managers.account import Account
    from bruscript.secret_managers.exchange import Exchange


@record
class Reading:
    """The value of an identifier: text, a number, or an object of values by key.

    `problems` are what could not be read of it.
    """

    value: Any = field(repr=False)
    problems: list[str] = field(default_factory=list)


class Manager(ABC):
    """One store, asked with one account."""

    def __init__(self, account: Account, exchange: Exchange) -> None:
        self.account = account
        self.exchange = exchange

    @abstractmethod
    async def sign_in(self) -> None:
        """Prepare for reading, e.g. get a token. Raises SecretError if nothing can be read."""

    @abstractmethod
    async def read(self, identifier: str) -> Reading:
        """Return what the store has under `identifier`. Raises SecretError."""


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects in a list of a manager's answer."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


async def read_each(names: Iterable[str], read: Callable[[str], Awaitable[Any]]) -> Reading:
    """Return the values of all `names`, each read separately; unreadable ones are left out and reported."""

    async def one(name: str) -> Any:
        try:
            return await read(name)
        except SecretError as error:
            return error

    remaining = list(names)
    values = await asyncio.gather(*map(one, remaining))
    reading = Reading({})
    for name, value in zip(remaining, values, strict=True):
        if isinstance(value, SecretError):
            reading.problems.append(f"{name} cannot be read: {value.message}")
        else:
            reading.value[name] = value
    return reading
