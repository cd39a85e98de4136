"""Random choices.

They draw from Python's `random` in the order in which @faker-js/faker, the library of the reference, draws
from the same generator: after `random.seed(n)` values are those of the reference after `faker.seed([n])`.
"""

from __future__ import annotations

import math
import random
import string
from collections.abc import Sequence
from typing import Final, TypeVar

T = TypeVar("T")

ALPHANUMERIC: Final = string.digits + string.ascii_lowercase + string.ascii_uppercase
HEX: Final = "0123456789abcdefABCDEF"


def integer(low: int, high: int) -> int:
    """Return an integer from `low` to `high`, both included."""
    if low == high:
        return low
    return math.floor(random.random() * (high - low + 1) + low)


def chance(probability: float = 0.5) -> bool:
    """Return True with a probability."""
    return random.random() < probability


def one(choices: Sequence[T]) -> T:
    """Return one of the choices."""
    return choices[integer(0, len(choices) - 1)]


def weighted(choices: Sequence[tuple[T, int]]) -> T:
    """Return one of the choices, which are pairs of a value and its weight."""
    point = random.random() * sum(weight for _, weight in choices)
    reached = 0
    for value, weight in choices:
        reached += weight
        if point < reached:
            return value
    return choices[-1][0]


def shuffled(choices: Sequence[T]) -> list[T]:
    """Return the choices in random order."""
    order = list(choices)
    for last in range(len(order) - 1, 0, -1):
        other = integer(0, last)
        order[last], order[other] = order[other], order[last]
    return order


def pick(characters: str, count: int) -> str:
    """Return `count` random characters."""
    return "".join(one(characters) for _ in range(count))
