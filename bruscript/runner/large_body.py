"""Bodies of responses that are too large to be parsed unless they are read."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bruscript.http.response import JSON_DECODER, parse_json
from bruscript.runner.json_stream import Begin, End, LongText, Some, Whole, events

if TYPE_CHECKING:
    from bruscript.http import Response
    from bruscript.masking import Mask

LARGE = 1 << 20
"""Bytes: a larger body is kept as received, since parsed JSON takes ten to thirty times as much."""

_PIECE = 1 << 18


class LargeBody:
    """The body of `response`, of which no more is in memory than its bytes."""

    def __init__(self, response: Response) -> None:
        self._response = response

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self._response.size

    @property
    def value(self) -> Any:
        """Its value: JSON, or text."""
        text = "".join(self.text())
        return parse_json(text) if self._response.parse_json else text

    def text(self) -> Iterator[str]:
        """Yield the text in pieces."""
        body = memoryview(self._response.body)
        try:
            decoder = codecs.getincrementaldecoder(self._response.charset)("replace")
        except LookupError:
            yield self._response.text
            return
        first = True
        for start in range(0, max(len(body), 1), _PIECE):
            piece = decoder.decode(bytes(body[start : start + _PIECE]), start + _PIECE >= len(body))
            if first and piece:
                piece, first = piece.removeprefix("\ufeff"), False
            yield piece

    @cached_property
    def is_json(self) -> bool:
        """Whether it is JSON; looks at all of it."""
        if not self._response.parse_json:
            return False
        try:
            for event in events(self.text(), JSON_DECODER):
                if isinstance(event, LongText):
                    for _ in event.pieces:
                        pass
        except ValueError:
            return False
        return True


class MaskedBody:
    """A large body as outputs may show it: without secrets, and in pieces."""

    def __init__(self, body: LargeBody, mask: Mask) -> None:
        self._body = body
        self._mask = mask

    @property
    def size(self) -> int:
        """How many bytes were received, decoded."""
        return self._body.size

    def __str__(self) -> str:
        return "".join(self.text())

    def text(self, indent: int | None = None) -> Iterator[str]:
        """Yield the text; of JSON, laid out with `indent` blanks a level."""
        if self._body.is_json:
            yield from self._json(indent, 0)
        else:
            yield from self._mask.stream(self._body.text())

    def json(self, indent: int | None = None, level: int = 0) -> Iterator[str]:
        """Yield it as a value in JSON that is `level` blanks deep: JSON as it is, text as a string."""
        if self._body.is_json:
            yield from self._json(indent, level)
        else:
            yield from quoted(self.text())

    def _json(self, indent: int | None, level: int) -> Iterator[str]:
        # Of each list and object that is open, the innermost last: the bracket, and its name.
        outer: list[tuple[str, str | None]] = []
        first = True
        for event in events(self._body.text(), JSON_DECODER):
            line = "" if indent is None else "\n" + " " * (level + indent * len(outer))
            if isinstance(event, Whole):
                yield _dump(self._mask.mask(event.value), indent).replace("\n", line or "\n")
                continue
            if isinstance(event, End):
                bracket, _ = outer.pop()
                yield "" if first or indent is None else line[:-indent]
                yield {"[": "]", "{": "}"}[bracket]
                first = False
                continue
            name = outer[-1][1] if outer else None
            if not first:
                yield "," if indent else ", "
            if isinstance(event, Some):
                first = False
                values = event.values
                # In a list under the name of a sensitive header, the name counts for each item.
                pieces = (
                    self._mask.mask(values)
                    if name is None or isinstance(values, dict)
                    else self._under(name, values)
                )
                text = _dump(pieces, indent)
                yield text[1:-2].replace("\n", line[: -indent or None]) if indent else text[1:-1]
                continue
            yield line if outer else ""
            if event.key is not None:
                name = event.key
                yield _dump(next(iter(self._mask.mask({name: None})))) + ": "
            first = isinstance(event, Begin)
            if isinstance(event, Begin):
                yield event.bracket
                outer.append((event.bracket, name if event.bracket == "[" else None))
            elif name is not None and self._under(name, "x") != "x":
                for _ in event.pieces:
                    pass
                yield _dump(self._under(name, "x"))
            else:
                yield from quoted(self._mask.stream(event.pieces))

    def _under(self, name: str, value: Any) -> Any:
        """Return `value` without secrets; under the name of a sensitive header it is one itself."""
        return next(iter(self._mask.mask({name: value}).values()))


def _dump(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def quoted(pieces: Iterator[str]) -> Iterator[str]:
    """Yield a text in pieces as a JSON string in pieces."""
    yield '"'
    for piece in pieces:
        yield json.dumps(piece, ensure_ascii=False)[1:-1]
    yield '"'


class LargeResponse(dict[str, Any]):
    """A response as results have it, whose `data` is parsed when it is looked at.

    Code that only writes it takes `as_is`, where a `LargeBody` replaces it.
    """

    def as_is(self) -> dict[str, Any]:
        """Return it with its body as received, unless that was parsed or replaced."""
        return {key: dict.__getitem__(self, key) for key in self.keys()}

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        if isinstance(value, LargeBody):
            value = self[key] = value.value
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """As `dict.get`."""
        return self[key] if key in self else default  # noqa: SIM401 - it is what this one replaces

    def items(self) -> Any:
        """As `dict.items`."""
        self["data"]
        return super().items()

    def values(self) -> Any:
        """As `dict.values`."""
        self["data"]
        return super().values()

    def __iter__(self) -> Iterator[str]:
        # With this method `dict(response)` asks for each value instead of copying them.
        return super().__iter__()

    def __eq__(self, other: object) -> bool:
        self["data"]
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other


def opened(response: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a result's response with its body parsed, which stays as it is in the result."""
    if not isinstance(response, LargeResponse):
        return dict(response)
    copy = response.as_is()
    if isinstance(copy["data"], LargeBody):
        copy["data"] = copy["data"].value
    return copy


def reported(response: Response) -> dict[str, Any]:
    """Return a response as results have it."""
    large = len(response.body) > LARGE
    report = {
        "status": response.status,
        "statusText": response.status_text,
        "headers": response.header_map,
        "data": LargeBody(response) if large else response.data,
        "url": response.url,
        "responseTime": response.duration_ms,
        "duration": response.duration_ms,
        "size": len(response.body),
    }
    return LargeResponse(report) if large else report
