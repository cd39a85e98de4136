"""What differs between the requests that two runs sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any
from urllib.parse import unquote, urldefrag

from bruscript.comparison.arrival import Arrival
from bruscript.comparison.reports import Difference
from bruscript.comparison.variation import IGNORED, form, header_form, same, without_boundary

_SHOWN = 160
_BEFORE = 40
_SIMILAR = 0.6
_MISSING = "not sent"


@dataclass(frozen=True)
class Sent:
    """A request, and the file it came from as far as that is known."""

    arrival: Arrival
    file: str = ""

    def __str__(self) -> str:
        place = f" ({self.file})" if self.file else ""
        return f"{self.arrival.method} {self.arrival.url}{place}"


def sent(arrivals: Sequence[Arrival], report: Any) -> list[Sent]:
    """The arrivals of a run with the files of the results in its report whose URL they have."""
    results = [
        (
            str((result.get("request") or {}).get("method")),
            urldefrag(str((result.get("request") or {}).get("url"))).url,
            str((result.get("test") or {}).get("filename") or ""),
        )
        for iteration in (report if isinstance(report, list) else [report])
        for result in iteration["results"]
    ]
    found, position = [], 0
    for arrival in arrivals:
        for ahead in range(position, len(results)):
            method, url, file = results[ahead]
            if method == arrival.method and _readable(url) == _readable(arrival.url):
                found.append(Sent(arrival, file))
                position = ahead
                break
        else:
            found.append(Sent(arrival))
    return found


def compare_wire(
    theirs: Sequence[Sent], ours: Sequence[Sent], again: Sequence[Sent] = ()
) -> Iterator[Difference]:
    """The differences of what was sent, in the order of the reference's requests.

    `again` is what a second run of ours sent: what varies there varies by nature.
    """
    second = {id(mine): other for mine, other in _pairs(ours, again) if mine and other}
    for left, right in _pairs(theirs, ours):
        label = str(right or left)
        if left is None or right is None:
            sides = [side.arrival.url if side else _MISSING for side in (left, right)]
            yield Difference(label, "sent", *sides, evidence=(left, right))
            continue
        repeat = second.get(id(right))
        for what, mine, other in _differences(left.arrival, right.arrival, repeat and repeat.arrival):
            yield Difference(label, what, mine, other, evidence=(left, right))


def _differences(theirs: Arrival, ours: Arrival, again: Arrival | None) -> Iterator[tuple[str, str, str]]:
    if theirs.method != ours.method:
        yield "method", theirs.method, ours.method
    if not same(theirs.url, ours.url, again and again.url):
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
        yield f"header {name}", *(", ".join(side) if side else _MISSING for side in (left, right))


def _host_is_the_urls(arrival: Arrival) -> bool:
    default = {"http": ":80", "https": ":443"}[arrival.scheme]
    hosts = arrival.values("host")
    return len(hosts) == 1 and hosts[0].lower().removesuffix(default) == arrival.authority.lower().removesuffix(
        default
    )


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
        shown = text[start : start + _SHOWN]
        before, after = "…" if start else "", "…" if start + _SHOWN < len(text) else ""
        sides.append(f"{before}{shown}{after}" if text else "empty")
    return sides[0], sides[1]


def _pairs(left: Sequence[Sent], right: Sequence[Sent]) -> Iterator[tuple[Sent | None, Sent | None]]:
    """Which request belongs to which: those of one method and path in order, then what is similar."""
    groups: dict[tuple[str, ...], tuple[list[Sent], list[Sent]]] = defaultdict(lambda: ([], []))
    for side, requests in enumerate((left, right)):
        for item in requests:
            groups[_key(item.arrival)][side].append(item)
    partner: dict[int, Sent] = {}
    for mine, others in groups.values():
        for one, other in _aligned(mine, others, _print) if len(mine) != len(others) else zip(mine, others):
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
    matcher = SequenceMatcher(None, [key(item) for item in left], [key(item) for item in right], autojunk=False)
    for _, start, end, first, last in matcher.get_opcodes():
        yield from zip(left[start:end], right[first:last])  # noqa: B905


def _key(arrival: Arrival) -> tuple[str, ...]:
    return arrival.method, form(_readable(arrival.url.partition("?")[0]))


def _print(item: Sent) -> tuple[str, ...]:
    return form(item.arrival.url), form(_body(item.arrival))


def _readable(url: str) -> str:
    return unquote(unquote(url)).removesuffix("/")


def _nearest(item: Sent, others: Sequence[Sent]) -> Sent | None:
    if item.file:
        for other in others:
            if other.file == item.file:
                return other

    def similarity(other: Sent) -> float:
        return SequenceMatcher(None, str(item), str(other), autojunk=False).ratio()

    best = max(others, key=similarity, default=None)
    return best if best is not None and similarity(best) >= _SIMILAR else None
