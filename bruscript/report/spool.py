"""Keeps texts out of memory until they can be written in order."""

from __future__ import annotations

import codecs
import tempfile
from array import array
from collections.abc import Iterable, Iterator

from bruscript.unicode import utf8

_IN_MEMORY = 8 * 1024 * 1024
_PIECE = 1 << 20


class Spool:
    """Texts under a key each, kept in a temporary file beyond a few MiB, given back in the order of the keys.

    A key is two numbers; texts with one key stay in the order in which they came. A run of many iterations
    finishes them in any order and may be larger than memory; its reports list them by index.
    """

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by close()
        # Of each text: its key, where it begins and how long it is. 32 bytes.
        self._texts = array("q")

    def add(self, first: int, second: int, pieces: Iterable[str]) -> None:
        """Keep the text that comes in `pieces` under the key (`first`, `second`)."""
        start = self._file.seek(0, 2)
        for piece in pieces:
            self._file.write(utf8(piece))
        self._texts.extend((first, second, start, self._file.tell() - start))

    def __iter__(self) -> Iterator[tuple[tuple[int, int], Iterator[str]]]:
        """Yield each key, and its text in pieces, which have to be taken before the next text."""
        texts = self._texts

        def key(at: int) -> tuple[int, int]:
            return texts[at], texts[at + 1]

        for at in sorted(range(0, len(texts), 4), key=key):
            yield key(at), self._pieces(texts[at + 2], texts[at + 3])

    def _pieces(self, start: int, length: int) -> Iterator[str]:
        self._file.seek(start)
        decoder = codecs.getincrementaldecoder("utf-8")()
        while length > 0:
            data = self._file.read(min(length, _PIECE))
            length -= len(data)
            yield decoder.decode(data)

    def close(self) -> None:
        """Discard everything."""
        self._file.close()
