"""Content codings, decoded in small steps: a body that grows too large is noticed before it fills memory."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

STEP = 1 << 18
"""Bytes that one step gives at most; brotli may give twice as much."""

MAX_LAYERS = 2
"""Maximum number of combined codings: each can multiply the size by a thousand."""

_INPUT = 1 << 13
"""Bytes that a decoder is given at once: it copies what it leaves of them, for each member of an archive."""

_WINDOW_LOG = 23
"""8 MiB, the most that this coding may ask a receiver to keep (RFC 9659)."""

_ALIASES = {"x-gzip": "gzip"}


class DecodingError(Exception):
    """The body cannot be decoded; the message says why, to be put after a colon."""


class TooLargeError(Exception):
    """The body, or what one of its codings made of it, is larger than the limit."""


class _Coding(Protocol):
    failure: type[Exception]
    """The exceptions of its library."""

    @property
    def complete(self) -> bool:
        """Whether the data may end here."""

    def decode(self, data: memoryview) -> Iterator[bytes]:
        """Take a piece of the coded data and return decoded data, a step at a time; b"" where nothing
        does.
        """


class Decoder:
    """Undoes `codings`, given in the order in which they were applied; none leaves the body as it is.

    `limit` is how many bytes the body may have, on the wire, between two codings, and in the end. Raises
    DecodingError if there are too many codings.
    """

    def __init__(self, codings: list[str], limit: int) -> None:
        if len(codings) > MAX_LAYERS:
            names = ", ".join(codings)
            raise DecodingError(
                f"it is encoded {len(codings)} times ({names}), and at most {MAX_LAYERS} are undone"
            )
        self._names = codings[::-1]
        self._layers = [_LAYERS[name]() for name in self._names]
        self._limit = limit
        self._sizes = [0] * (len(codings) + 1)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take a piece of the body and yield it decoded, only as far as it is asked for.

        A coded body comes in steps of about `STEP` bytes or fewer. Raises DecodingError and TooLargeError.
        """
        return self._undo(data, 0)

    def _undo(self, data: bytes, depth: int) -> Iterator[bytes]:
        self._sizes[depth] += len(data)
        if self._sizes[depth] > self._limit:
            raise TooLargeError
        if depth == len(self._layers):
            yield data
            return
        layer, view = self._layers[depth], memoryview(data)
        try:
            for start in range(0, len(view), _INPUT):
                for step in layer.decode(view[start : start + _INPUT]):
                    yield from self._undo(step, depth + 1)
        except layer.failure as error:
            raise DecodingError(f"it is not valid {self._names[depth]}{_reason(error)}") from None

    @property
    def complete(self) -> bool:
        """Whether the body may end here. One that ends early still counts as far as it goes, as in browsers;
        one of no bytes is never cut short.
        """
        return self._sizes[0] == 0 or all(layer.complete for layer in self._layers)


def codings_of(content_encoding: str) -> list[str] | None:
    """Return the codings that a `Content-Encoding` header names; None where one of them is not known here."""
    names = [name for piece in content_encoding.split(",") if (name := piece.strip().lower())]
    codings = [_ALIASES.get(name, name) for name in names if name != "identity"]
    return codings if all(coding in _LAYERS for coding in codings) else None


_MEMBER = b"\x1f\x8b"


class _Gzip:
    """RFC 1952. Members follow one another; anything after the last one is ignored."""

    failure: type[Exception] = zlib.error

    def __init__(self) -> None:
        self.complete = False
        self._member = zlib.decompressobj(31)
        self._behind = b""
        self._over = False

    def decode(self, data: memoryview) -> Iterator[bytes]:
        rest: bytes | memoryview = b"" if self._over else data
        while rest:
            if self.complete:
                # Two bytes, the second of which may still be on its way, say whether another member begins.
                rest = self._behind = self._behind + bytes(rest)
                self._over = not _MEMBER.startswith(rest[:2])
                if self._over or len(rest) < 2:
                    return
                self.complete, self._behind, self._member = False, b"", zlib.decompressobj(31)
            yield from _inflate(self._member, rest)
            self.complete = self._member.eof
            rest = self._member.unused_data if self.complete else b""


class _Deflate:
    """RFC 1950; and RFC 1951 alone, which servers send under the same name."""

    failure: type[Exception] = zlib.error

    def __init__(self) -> None:
        self._head = b""
        self._stream: zlib._Decompress | None = None

    @property
    def complete(self) -> bool:
        return self._stream is not None and self._stream.eof

    def decode(self, data: memoryview) -> Iterator[bytes]:
        if self._stream is None:
            self._head += bytes(data)
            if len(self._head) < 2:
                return iter(())
            first, second = self._head[:2]
            wrapped = first & 15 == zlib.DEFLATED and (first << 8 | second) % 31 == 0
            self._stream = zlib.decompressobj(15 if wrapped else -15)
            return _inflate(self._stream, self._head)
        return iter(()) if self._stream.eof else _inflate(self._stream, data)


def _inflate(stream: zlib._Decompress, data: bytes | memoryview) -> Iterator[bytes]:
    while True:
        step = stream.decompress(data, STEP)
        yield step
        data = stream.unconsumed_tail
        # A full step may have left something inside even where all of the input is taken.
        if stream.eof or (not data and len(step) < STEP):
            return


class _Brotli:
    """RFC 7932."""

    def __init__(self) -> None:
        import brotli

        self.failure: type[Exception] = brotli.error
        self._stream = brotli.Decompressor()

    @property
    def complete(self) -> bool:
        return bool(self._stream.is_finished())

    def decode(self, data: memoryview) -> Iterator[bytes]:
        step = self._stream.process(data, output_buffer_limit=STEP)
        yield step
        # A full step may have left something inside even where all of the input is taken.
        while not (self.complete or (self._stream.can_accept_more_data() and len(step) < STEP)):
            step = self._stream.process(b"", output_buffer_limit=STEP)
            yield step


class _Zstd:
    """RFC 8878. Frames follow one another."""

    def __init__(self) -> None:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd

        self.failure: type[Exception] = zstd.ZstdError
        self.complete = False
        options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _WINDOW_LOG}
        self._new_frame = partial(zstd.ZstdDecompressor, options=options)
        self._frame = self._new_frame()

    def decode(self, data: memoryview) -> Iterator[bytes]:
        rest: bytes | memoryview = data
        while rest:
            if self.complete:
                self._frame = self._new_frame()
            yield self._frame.decompress(rest, STEP)
            while not (self._frame.eof or self._frame.needs_input):
                yield self._frame.decompress(b"", STEP)
            self.complete = self._frame.eof
            rest = self._frame.unused_data if self.complete else b""


_LAYERS: dict[str, Callable[[], _Coding]] = {"gzip": _Gzip, "deflate": _Deflate, "br": _Brotli, "zstd": _Zstd}


def _reason(error: Exception) -> str:
    """Return the cause in the library's message, "Error -3 while decompressing data: invalid block type"."""
    reason = str(error).rpartition(": ")[2]
    return "" if reason == "decoder failed" else f" ({reason[:1].lower()}{reason[1:]})"
