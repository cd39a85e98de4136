"""Dynamic values that need no word lists: identifiers, times, numbers, addresses."""

from __future__ import annotations

import string
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Final

from bruscript.dynamic.choice import ALPHANUMERIC, HEX, chance, integer, one, pick, weighted

_DAY: Final = 24 * 3600 * 1000
_WORD: Final = frozenset(string.ascii_letters + string.digits + "_")


def iso(moment: datetime) -> str:
    """Return a moment as JavaScript's `toISOString` writes it: UTC, milliseconds, `Z`."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _within(start: int, end: int) -> str:
    """Return a moment between two distances from now, in milliseconds."""
    return iso(_now() + timedelta(milliseconds=integer(start, end)))


def _nanoid() -> str:
    kinds = ((ALPHANUMERIC, 62), ("_-", 2))
    return "".join(one(weighted(kinds)) for _ in range(21))


def _ipv4() -> str:
    return ".".join(map(str, integer(0, 2**32 - 1).to_bytes(4, "big")))


def _ipv6() -> str:
    return ":".join(pick(HEX, 4).lower() for _ in range(8))


def _mac() -> str:
    digits = [f"{integer(0, 15):x}" for _ in range(12)]
    return ":".join(map("".join, zip(digits[::2], digits[1::2], strict=True)))


def _password() -> str:
    password = ""
    while len(password) < 15:
        character = chr(integer(0, 94) + 33)
        if character in _WORD:
            password += character
    return password


def _degrees(limit: int) -> str:
    return f"{integer(-limit * 10_000, limit * 10_000) / 10_000:.4f}".rstrip("0").rstrip(".")


def _price() -> str:
    """Return a price from 1.00 to 1000.00; most end in 9 or 5."""
    price = integer(100, 100_000) / 100
    ending = weighted(((9, 5), (5, 3), (0, 1), (integer(0, 9), 1)))
    cent = (1 / 10) ** 2
    rounded = price - price * 100 % 10 * cent + ending * cent
    return f"{rounded if 1 <= rounded <= 1000 else price:.2f}"


def semver() -> str:
    """Return a version: `3.14.1`."""
    return f"{integer(0, 9)}.{integer(0, 20)}.{integer(0, 20)}"


def hex_color() -> str:
    """Return a colour: `#1d2e9b`."""
    return f"#{pick(HEX, 6).lower()}"


PLAIN: Final[dict[str, Callable[[], str]]] = {
    # Of the system's generator: they have to be unique where processes share a seed.
    "guid": lambda: str(uuid.uuid4()),
    "randomUUID": lambda: str(uuid.uuid4()),
    "timestamp": lambda: str(int(_now().timestamp())),
    "isoTimestamp": lambda: iso(_now()),
    "randomNanoId": _nanoid,
    "randomAlphaNumeric": lambda: pick(ALPHANUMERIC, 1),
    "randomBoolean": lambda: "true" if chance() else "false",
    "randomInt": lambda: str(integer(0, 1000)),
    "randomHexColor": hex_color,
    "randomIP": lambda: _ipv4() if chance() else _ipv6(),
    "randomIPV4": _ipv4,
    "randomIPV6": _ipv6,
    "randomMACAddress": _mac,
    "randomPassword": _password,
    "randomProtocol": lambda: one(("http", "https")),
    "randomSemver": semver,
    "randomLatitude": lambda: _degrees(90),
    "randomLongitude": lambda: _degrees(180),
    "randomBankAccount": lambda: pick(string.digits, 8),
    "randomPrice": _price,
    "randomDateFuture": lambda: _within(1000, 365 * _DAY),
    "randomDatePast": lambda: _within(-365 * _DAY, -1000),
    "randomDateRecent": lambda: _within(-_DAY, -1000),
}
"""How to make each value, by name."""
