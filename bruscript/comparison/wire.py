"""Differences between the requests that two runs sent."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

from bruscript.comparison.arrival import Arrival, Exchange
from bruscript.comparison.reports import Difference
from bruscript.comparison.variation import IGNORED, form, header_form, same, without_boundary
from bruscript.records import record

_SHOWN = 160
_BEFORE = 40
_SIMILAR = 0.6
_HEAD = 16_384
NOT_SENT = "not sent"
"""The side of a difference that has no such request or header."""


@record(frozen=True)
class Sent:
    """A request, and the file it came from as far as that is known; the request that was redirected to it.

    `near` are the files of the requests before and after one whose file is not known: a script sent it.
    """

    arrival: Arrival
    file: str = ""
    redirected_from: Arrival | None = None
    near: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = f" ({self.file})" if self.file else ""
        return f"{self.arrival.method} {self.arrival.url}{place}"


def sent(exchanges: Sequence[Exchange], report: Any) -> list[Sent]:
    """Return the requests of a run with the files of the results in its report whose URL they have."""
    results = [
        (
            str((result.get("request") or {}).get("method")),
            urldefrag(str((result.get("request") or {}).get("url"))).url,
            str((result.get("test") or {}).get("filename") or ""),
        )
        for iteration in (report if isinstance(report, list) else [report])
        for result in iteration["results"]
    ]
    requests: list[Sent] = []
    position = 0
    for number, (arrival, _) in enumerate(exchanges):
        origin = _origin(arrival, exchanges[number - 1]) if number else None
        if origin and requests[-1].file:
            # A redirect, or once more with credentials.
            requests.append(Sent(arrival, requests[-1].file, origin))
            continue
        place = _place(arrival, results, position)
        if place is None:
            requests.append(Sent(arrival, "", origin))
        else:
            requests.append(Sent(arrival, results[place][2], origin))
            position = place + 1
    return [
        item if item.file else replace(item, near=_near(requests, number))
        for number, item in enumerate(requests)
    ]


def _near(items: Sequence[Sent], number: int) -> tuple[str, ...]:
    before = next((item.file for item in reversed(items[:number]) if item.file), "")
    after = next((item.file for item in items[number:] if item.file), "")
    return tuple(filter(None, (before, after)))


def _place(arrival: Arrival, results: Sequence[tuple[str, str, str]], start: int) -> int | None:
    """Return the number of the request's result, from `start` on."""
    for exact in (True, False):
        for number in range(start, len(results)):
            if _is(results[number], arrival, exact=exact):
                return number
    return None


def _is(result: tuple[str, str, str], arrival: Arrival, *, exact: bool) -> bool:
    """Return whether the result is that of the request; reports mask secrets in queries."""
    urls = [_readable(result[1]), _readable(arrival.url)]
    if not exact:
        urls = [url.partition("?")[0] for url in urls]
    return result[0] == arrival.method and urls[0] == urls[1]


def _origin(arrival: Arrival, before: Exchange) -> Arrival | None:
    """Return the request before, where its response leads to this one."""
    origin, response = before
    head = (response or b"")[:_HEAD].partition(b"\r\n\r\n")[0].decode("latin-1")
    status = head[len("HTTP/1.1 ") :][:3]
    if status in ("401", "407") and (origin.method, origin.url) == (arrival.method, arrival.url):
        return origin
    location = re.search(r"(?im)^location: *(\S+)", head)
    if not status.startswith("3") or not location:
        return None
    return origin if urljoin(origin.url, location[1]) == arrival.url else None


def compare_wire(
    theirs: Sequence[Sent], ours: Sequence[Sent], again: Sequence[Sent] = ()
) -> Iterator[Difference]:
    """Yield the differences of what was sent, in the order of the reference's requests.

    `again` is what a second run by bruscript sent: differences between both vary by nature.
    """
    second = {id(mine): other for mine, other in _pairs(ours, again) if mine and other}
    for left, right in _pairs(theirs, ours):
        label = str(right or left)
        if left is None or right is None:
            urls = [side.arrival.url if side else NOT_SENT for side in (left, right)]
            yield Difference(label, "sent", urls[0], urls[1], (left, right))
            continue
        for what, mine, other in _differences(left, right, second.get(id(right))):
            yield Difference(label, what, mine, other, evidence=(left, right))


def _differences(one: Sent, other: Sent, repeat: Sent | None) -> Iterator[tuple[str, str, str]]:
    theirs, ours, again = one.arrival, other.arrival, repeat.arrival if repeat else None
    if theirs.method != ours.method:
        yield "method", theirs.method, ours.method
    if not same(theirs.url, ours.url, again.url if again else None):
        yield "URL", theirs.url, ours.url
    yield from _headers(theirs, ours, again)
    sides = [_body(side) if side else None for side in (theirs, ours, again)]
    assert sides[0] is not None
    assert sides[1] is not None
    if not same(sides[0], sides[1], sides[2]):
        yield "body", *_excerpts(sides[0], sides[1])


def _headers(theirs: Arrival, ours: Arrival, again: Arrival | None) -> Iterator[tuple[str, str, str]]:
    names = dict.fromkeys(name.lower() for name, _ in (*theirs.headers, *ours.headers))
    for name in names:
        if name in IGNORED or (name == "host" and _host_is_the_urls(theirs) and _host_is_the_urls(ours)):
            continue
        left, right = theirs.values(name), ours.values(name)
        if name == "content-length" and left and right:
            # The body itself is compared.
            continue
        more = again.values(name) if again else []
        if len(left) == len(right) and all(
            same(
                header_form(name, left[number]),
                header_form(name, right[number]),
                header_form(name, more[number]) if len(more) == len(right) else None,
            )
            for number in range(len(left))
        ):
            continue
        yield f"header {name}", ", ".join(left) if left else NOT_SENT, ", ".join(right) if right else NOT_SENT


def _host_is_the_urls(arrival: Arrival) -> bool:
    default = {"http": ":80", "https": ":443"}[arrival.scheme]
    hosts = arrival.values("host")
    return len(hosts) == 1 and hosts[0].lower().removesuffix(
        default
    ) == arrival.authority.lower().removesuffix(default)


def _body(arrival: Arrival) -> str:
    content_type = ", ".join(arrival.values("content-type"))
    return without_boundary(content_type, arrival.body).decode("utf-8", "backslashreplace")


def _excerpts(left: str, right: str) -> tuple[str, str]:
    """Both texts around the place where they begin to differ."""
    length = min(len(left), len(right))
    first = next((number for number in range(length) if left[number] != right[number]), length)
    start = max(0, first - _BEFORE) if first + _BEFORE > _SHOWN else 0
    sides = []
    for text in (left, right):
        excerpt = text[start : start + _SHOWN]
        before, after = "…" if start else "", "…" if start + _SHOWN < len(text) else ""
        sides.append(f"{before}{excerpt}{after}" if text else "empty")
    return sides[0], sides[1]


def _pairs(left: Sequence[Sent], right: Sequence[Sent]) -> Iterator[tuple[Sent | None, Sent | None]]:
    """Yield which request belongs to which: those of one method and path in order, then what is similar."""
    groups: dict[tuple[str, ...], tuple[list[Sent], list[Sent]]] = defaultdict(lambda: ([], []))
    for side, requests in enumerate((left, right)):
        for item in requests:
            groups[_key(item.arrival)][side].append(item)
    partner: dict[int, Sent] = {}
    for mine, others in groups.values():
        for one, other in (
            _aligned(mine, others, _print) if len(mine) != len(others) else zip(mine, others, strict=False)
        ):
            partner[id(one)], partner[id(other)] = other, one
    lonely = [item for item in right if id(item) not in partner]
    for item in left:
        if id(item) not in partner and (nearest := _nearest(item, lonely)):
            lonely.remove(nearest)
            partner[id(item)], partner[id(nearest)] = nearest, item
    for item in left:
        yield item, partner.get(id(item))
    for item in right:
        if id(item) not in partner:
            yield None, item


def _aligned(
    left: list[Sent], right: list[Sent], key: Callable[[Sent], tuple[str, ...]]
) -> Iterator[tuple[Sent, Sent]]:
    matcher = SequenceMatcher(
        None, [key(item) for item in left], [key(item) for item in right], autojunk=False
    )
    for _, start, end, first, last in matcher.get_opcodes():
        yield from zip(left[start:end], right[first:last])  # noqa: B905


def _key(arrival: Arrival) -> tuple[str, ...]:
    return arrival.method, form(_readable(arrival.url.partition("?")[0]))


def _print(item: Sent) -> tuple[str, ...]:
    return item.file, form(item.arrival.url), form(_body(item.arrival))


def _readable(url: str) -> str:
    plain = re.sub(r"^(http://[^/?]*):80(?!\d)|^(https://[^/?]*):443(?!\d)", r"\1\2", url)
    return unquote(unquote(plain)).removesuffix("/")


def _nearest(item: Sent, others: Sequence[Sent]) -> Sent | None:
    if item.file:
        for other in others:
            if other.file == item.file:
                return other

    def similarity(other: Sent) -> float:
        return SequenceMatcher(None, str(item), str(other), autojunk=False).ratio()

    best = max(others, key=similarity, default=None)
    return best if best is not None and similarity(best) >= _SIMILAR else None
