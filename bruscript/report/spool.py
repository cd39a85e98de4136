"""Keeps texts out of memory until they can be written in order."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterator

_IN_MEMORY = 8 * 1024 * 1024


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

    def add(self, number: int, text: str) -> None:
        """Keep `text` as `number`."""
        data = text.encode("utf-8", "replace")
        missing = number + 1 - len(self._starts)
        if missing > 0:
            self._starts.extend([-1] * missing)
            self._lengths.extend([0] * missing)
        self._starts[number] = self._file.seek(0, 2)
        self._lengths[number] = len(data)
        self._file.write(data)

    def __contains__(self, number: int) -> bool:
        return number < len(self._starts) and self._starts[number] >= 0

    def __iter__(self) -> Iterator[str]:
        for start, length in zip(self._starts, self._lengths, strict=True):
            if start >= 0:
                self._file.seek(start)
                yield self._file.read(length).decode()

    def close(self) -> None:
        """Give up what is kept."""
        self._file.close()
