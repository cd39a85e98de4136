"""Secrets in the requests that were sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bruscript.comparison.arrival import Arrival
from bruscript.masking import SENSITIVE_HEADERS, Mask
from bruscript.masking.names import is_secret_name

_LARGEST = 1 << 20
_SCHEME = re.compile(r"[A-Za-z][\w-]*")


def mask_of(arrivals: Iterable[Arrival]) -> Mask:
    """Return a mask for the credentials that the requests carry: in headers, queries, forms and JSON."""
    mask = Mask()
    for arrival in arrivals:
        for value in _secrets(arrival):
            mask.learn(value, "request")
    return mask


def _secrets(arrival: Arrival) -> Iterator[str]:
    for name, value in arrival.headers:
        if name.lower() in SENSITIVE_HEADERS or is_secret_name(name):
            scheme, _, credentials = value.partition(" ")
            yield credentials.strip() if _SCHEME.fullmatch(scheme) and credentials else value
    for name, value in parse_qsl(urlsplit(arrival.target).query):
        if is_secret_name(name):
            yield value
    if len(arrival.body) > _LARGEST:
        return
    text = arrival.body.decode("utf-8", "replace")
    media_type = "".join(arrival.values("content-type"))
    if "json" in media_type:
        with suppress(ValueError, RecursionError):
            yield from _secret_values(json.loads(text))
    elif "urlencoded" in media_type:
        yield from (value for name, value in parse_qsl(text) if is_secret_name(name))


def _secret_values(value: Any) -> Iterator[str]:
    items = value.items() if isinstance(value, dict) else ()
    for name, item in items:
        if isinstance(item, str) and is_secret_name(name):
            yield item
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _secret_values(item)
