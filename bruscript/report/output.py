"""Where a report goes: a file that appears whole or not at all, or the standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from bruscript.errors import BruscriptError
from bruscript.files import Replacement, sweep
from bruscript.unicode import utf8, well_formed

STDOUT = "-"


class OutputDirectoryError(BruscriptError):
    """The directory that a report should be written to is not there."""

    exit_code = 2


class StandardOutput:
    """The standard output, written as UTF-8 whatever the encoding of `sys.stdout` is.

    A stream in its place that takes only texts, as notebooks have, gets the text.
    """

    def write(self, text: str) -> None:
        """Write well-formed text, behind all that was written to `sys.stdout`, at once. Raises OSError."""
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None:
            sys.stdout.write(well_formed(text))
        else:
            sys.stdout.flush()
            buffer.write(utf8(text))
        self.flush()

    def flush(self) -> None:
        """Pass everything on. Raises OSError."""
        sys.stdout.flush()


class Output:
    """A text file written beside its place and moved there by `commit`, so that no half report is ever seen.

    `-` is the standard output, written as it comes; so is a `live` file, for readers that follow it. Without
    `commit`, `close` leaves nothing behind.
    Raises OutputDirectoryError where the directory is missing or cannot be written to.
    """

    def __init__(self, target: str | Path, *, live: bool = False) -> None:
        self.target = str(target)
        self._live = live
        self.done = False
        """Whether the whole report is in its place."""
        self._replacement: Replacement | None = None
        self._stream = StandardOutput() if self.target == STDOUT else self._open(Path(target))

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
        """Append `text`, well-formed."""
        with self._errors_named():
            self._stream.write(well_formed(text))
            if self._live:
                self._stream.flush()

    @contextmanager
    def _errors_named(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            name = "to the standard output" if self.target == STDOUT else self.target
            raise OutputDirectoryError(f"Cannot write {name}: {error.strerror}") from None

    def commit(self) -> None:
        """Move the report to its place. Raises OutputDirectoryError if it cannot be written."""
        with self._errors_named():
            self._stream.flush()
            if self._replacement is not None:
                self._replacement.commit()
        self.done = self.target != STDOUT

    def close(self) -> None:
        """Close the file; without a commit it is removed."""
        if not isinstance(self._stream, StandardOutput):
            # Closing writes the rest, to a disk that may be full: that was reported by then.
            with suppress(OSError):
                self._stream.close()
        if self._replacement is not None:
            self._replacement.close()
