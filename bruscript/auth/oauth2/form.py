"""Forms: what a token request sends, and the parameters that are added to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from bruscript.auth.oauth2.parameters import Parameter
from bruscript.auth.oauth2.urls import with_query


def by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the pairs as an object; a name that occurs more than once has a list."""
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in values:
            earlier = values[name]
            values[name] = [*(earlier if isinstance(earlier, list) else [earlier]), value]
        else:
            values[name] = value
    return values


def add_parameters(
    additional: Sequence[Parameter], url: str, headers: dict[str, str], body: str
) -> tuple[str, list[tuple[str, str]], str]:
    """Add the additional parameters where each is to be sent, all of them, in their order.

    A header and a body field replace the standard one of the same name, the query is added to.
    """
    by_place: dict[str, list[tuple[str, str]]] = {"headers": [], "queryparams": [], "body": []}
    for parameter in additional:
        place = parameter.send_in if parameter.send_in in by_place else "body"
        by_place[place].append((parameter.name, parameter.value))
    own_headers = {name.lower() for name, _ in by_place["headers"]}
    lines = [(name, value) for name, value in headers.items() if name.lower() not in own_headers]
    form = _replaced(parse_qsl(body, keep_blank_values=True), by_place["body"])
    # The reference's form encoding writes a space as %20.
    text = urlencode(form, quote_via=quote, safe="")
    return with_query(url, by_place["queryparams"]), lines + by_place["headers"], text


def _replaced(pairs: list[tuple[str, str]], others: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return `pairs` with `others`, which replace those of the same name in place."""
    names = {name for name, _ in others}
    result: list[tuple[str, str]] = []
    placed: set[str] = set()
    for name, value in pairs:
        if name not in names:
            result.append((name, value))
        elif name not in placed:
            placed.add(name)
            result += [pair for pair in others if pair[0] == name]
    return result + [pair for pair in others if pair[0] not in placed]
