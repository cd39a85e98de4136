"""Keeps texts out of memory until they can be written in order."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

_IN_MEMORY = 8 * 1024 * 1024


class Spool:
    """Texts under a number each, kept in a temporary file beyond a few MiB, given back in order of number.

    A run of many iterations finishes them in any order and may be larger than memory; its reports list them
    by index.
    """

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by close()
        self._places: dict[int, tuple[int, int]] = {}

    def add(self, number: int, text: str) -> None:
        """Keep `text` as `number`."""
        data = text.encode("utf-8", "replace")
        self._places[number] = (self._file.seek(0, 2), len(data))
        self._file.write(data)

    def __contains__(self, number: object) -> bool:
        return number in self._places

    def __iter__(self) -> Iterator[str]:
        for number in sorted(self._places):
            start, length = self._places[number]
            self._file.seek(start)
            yield self._file.read(length).decode()

    def close(self) -> None:
        """Give up what is kept."""
        self._file.close()
