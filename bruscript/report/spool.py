"""Keeps texts out of memory until they can be written in order."""

from __future__ import annotations

import codecs
import tempfile
from array import array
from collections.abc import Iterable, Iterator

_IN_MEMORY = 8 * 1024 * 1024
_PIECE = 1 << 20


class Spool:
    """Texts under a number each, kept in a temporary file beyond a few MiB, given back in order of number.

    A run of many iterations finishes them in any order and may be larger than memory; its reports list them
    by index.
    """

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by close()
        # Where each text begins and how long it is, -1 where there is none: 16 bytes an iteration.
        self._starts = array("q")
        self._lengths = array("q")

    def add(self, number: int, pieces: Iterable[str]) -> None:
        """Keep the text that comes in `pieces` as `number`."""
        missing = number + 1 - len(self._starts)
        if missing > 0:
            self._starts.extend([-1] * missing)
            self._lengths.extend([0] * missing)
        start = self._starts[number] = self._file.seek(0, 2)
        for piece in pieces:
            self._file.write(piece.encode("utf-8", "replace"))
        self._lengths[number] = self._file.tell() - start

    def __contains__(self, number: int) -> bool:
        return number < len(self._starts) and self._starts[number] >= 0

    def __iter__(self) -> Iterator[Iterator[str]]:
        """Yield each text in pieces, which have to be taken before the next text."""
        for start, length in zip(self._starts, self._lengths, strict=True):
            if start >= 0:
                yield self._pieces(start, length)

    def _pieces(self, start: int, length: int) -> Iterator[str]:
        self._file.seek(start)
        decoder = codecs.getincrementaldecoder("utf-8")()
        while length > 0:
            data = self._file.read(min(length, _PIECE))
            length -= len(data)
            yield decoder.decode(data)

    def close(self) -> None:
        """Give up what is kept."""
        self._file.close()
