"""Dynamic values that Python makes by itself: identifiers, times, numbers, addresses."""

from __future__ import annotations

import ipaddress
import random
import string
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Final

from bruscript.dynamic.choice import pick

_NANOID: Final = string.ascii_letters + string.digits + "_-"
_HEX: Final = "0123456789abcdef"


def iso(moment: datetime) -> str:
    """A moment as JavaScript's `toISOString` writes it: UTC, milliseconds, `Z`."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _within(start: timedelta, end: timedelta) -> str:
    return iso(_now() + start + (end - start) * random.random())


def _ipv4() -> str:
    return str(ipaddress.IPv4Address(random.getrandbits(32)))


def _ipv6() -> str:
    return ":".join(pick(_HEX, 4) for _ in range(8))


def _degrees(limit: int) -> str:
    return f"{random.uniform(-limit, limit):.4f}".rstrip("0").rstrip(".")


PLAIN: Final[dict[str, Callable[[], str]]] = {
    "guid": lambda: str(uuid.uuid4()),
    "timestamp": lambda: str(int(_now().timestamp())),
    "isoTimestamp": lambda: iso(_now()),
    "randomUUID": lambda: str(uuid.uuid4()),
    "randomNanoId": lambda: pick(_NANOID, 21),
    "randomAlphaNumeric": lambda: pick(string.ascii_letters + string.digits, 1),
    "randomBoolean": lambda: random.choice(("true", "false")),
    "randomInt": lambda: str(random.randint(0, 1000)),
    "randomHexColor": lambda: f"#{pick(_HEX, 6)}",
    "randomIP": lambda: random.choice((_ipv4, _ipv6))(),
    "randomIPV4": _ipv4,
    "randomIPV6": _ipv6,
    "randomMACAddress": lambda: ":".join(pick(_HEX, 2) for _ in range(6)),
    "randomPassword": lambda: pick(string.ascii_letters + string.digits + "_", 15),
    "randomProtocol": lambda: random.choice(("http", "https")),
    "randomSemver": lambda: f"{random.randint(0, 9)}.{random.randint(0, 20)}.{random.randint(0, 20)}",
    "randomLatitude": lambda: _degrees(90),
    "randomLongitude": lambda: _degrees(180),
    "randomBankAccount": lambda: pick(string.digits, 8),
    "randomPrice": lambda: f"{random.randint(1, 999)}.{random.randint(0, 99):02}",
    "randomDateFuture": lambda: _within(timedelta(seconds=1), timedelta(days=365)),
    "randomDatePast": lambda: _within(timedelta(days=-365), timedelta(seconds=-1)),
    "randomDateRecent": lambda: _within(timedelta(days=-1), timedelta(seconds=-1)),
    "randomWeekday": lambda: datetime(2024, 1, random.randint(1, 7)).strftime("%A"),
    "randomMonth": lambda: datetime(2024, random.randint(1, 12), 1).strftime("%B"),
}
"""How to make each value, by name."""
