"""Temporary files of scripts: a directory of the run's own."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from bruscript.sandbox.services.permissions import Policy

if TYPE_CHECKING:
    import tempfile

VARIABLES = ("TMPDIR", "TEMP", "TMP") if os.name == "nt" else ("TMPDIR",)
"""The environment variables that name the directory for temporary files."""


class TemporaryFiles:
    """A directory that scripts may read and write, made at its first use, and removed by `close`.

    Nobody else may look into it, other runs included, and the machine's own directory for temporary files
    stays closed.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._lock = threading.Lock()
        self._directory: tempfile.TemporaryDirectory[str] | None = None

    def path(self) -> str:
        """Return the directory, its links resolved. Raises OSError where it cannot be made."""
        with self._lock:
            if self._directory is None:
                # Imported here: most runs have no such file.
                import tempfile

                self._directory = tempfile.TemporaryDirectory(
                    prefix="bruscript-run-", ignore_cleanup_errors=True
                )
                self._policy.grant(self._directory.name)
            return os.path.realpath(self._directory.name)

    def close(self) -> None:
        """Remove the directory with all that is in it."""
        with self._lock:
            if self._directory is not None:
                self._directory.cleanup()
                self._directory = None
