"""The paths that `ignore` in bruno.json excludes from a collection."""

from __future__ import annotations

import posixpath
from typing import Any


class Ignored:
    """The files and folders that a collection's configuration leaves out, with everything below them.

    Each entry is a path relative to the collection's directory, as in Bruno's app; entries that are not text,
    or that lead out of the collection, mean nothing.
    """

    def __init__(self, config: Any) -> None:
        entries = config.get("ignore") if isinstance(config, dict) else None
        entries = entries if isinstance(entries, list) else []
        plain = (_plain(entry) for entry in entries if isinstance(entry, str))
        self._paths = frozenset(path for path in plain if path.partition("/")[0] not in (".", ".."))

    def covers(self, relpath: str) -> bool:
        """Return whether the path, relative to the collection and with `/`, is left out."""
        if not self._paths:
            return False
        parts = relpath.split("/")
        return any("/".join(parts[:size]) in self._paths for size in range(1, len(parts) + 1))


def _plain(entry: str) -> str:
    return posixpath.normpath(entry.strip().replace("\\", "/").strip("/") or ".")
