"""Where a report goes: a file that appears whole or not at all, or the standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from bruscript.errors import BruscriptError
from bruscript.files import Replacement, sweep

STDOUT = "-"


class OutputDirectoryError(BruscriptError):
    """The directory that a report should be written to is not there."""

    exit_code = 2


class Output:
    """A text file written beside its place and moved there by `commit`, so that no half report is ever seen.

    `-` is the standard output, written as it comes; so is a `live` file, for readers that follow it. Without
    `commit`, `close` leaves nothing behind.
    Raises OutputDirectoryError where the directory is missing or cannot be written to.
    """

    def __init__(self, target: str, *, live: bool = False) -> None:
        self.target = target
        self._live = live
        self.done = False
        """Whether the whole report is in its place."""
        self._replacement: Replacement | None = None
        self.stream: IO[str] = sys.stdout
        if target != STDOUT:
            self.stream = self._open(Path(target))

    def _open(self, path: Path) -> IO[str]:
        directory = path.parent
        if not directory.is_dir():
            raise OutputDirectoryError(
                f"Output directory {directory} does not exist", hint="Create it first, or name another file."
            )
        if path.is_dir():
            raise OutputDirectoryError(f"{path} is a directory: name a file in it for the report")
        try:
            if self._live or (path.exists() and not path.is_file()):
                # A pipe or a device, such as /dev/stdout: it cannot be replaced, only written to.
                return path.open("w", encoding="utf-8", newline="\n")
            sweep(directory)
            self._replacement = Replacement(path)
        except OSError as error:
            raise OutputDirectoryError(f"Cannot write {path}: {error.strerror}") from None
        return self._replacement.stream

    def write(self, text: str) -> None:
        """Append `text`; lone surrogates, which no UTF-8 file can hold, become question marks."""
        with self._errors_named():
            self._write(text)

    @contextmanager
    def _errors_named(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            name = "to the standard output" if self.target == STDOUT else self.target
            raise OutputDirectoryError(f"Cannot write {name}: {error.strerror}") from None

    def _write(self, text: str) -> None:
        try:
            self.stream.write(text)
        except UnicodeEncodeError:
            self.stream.write(text.encode("utf-8", "replace").decode())
        if self._live or self.target == STDOUT:
            self.stream.flush()

    def commit(self) -> None:
        """Move the report to its place. Raises OutputDirectoryError if it cannot be written."""
        with self._errors_named():
            self.stream.flush()
            if self._replacement is not None:
                self._replacement.commit()
        self.done = self.target != STDOUT

    def close(self) -> None:
        """Close the file; without a commit it is removed."""
        if self.target != STDOUT:
            # Closing writes the rest, to a disk that may be full: that was reported by then.
            with suppress(OSError):
                self.stream.close()
        if self._replacement is not None:
            self._replacement.close()
