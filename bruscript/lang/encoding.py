"""From a file's bytes to its text."""

from __future__ import annotations

from bruscript.lang.errors import BruSyntaxError, visible
from bruscript.unicode import wide_encoding


class EncodingError(BruSyntaxError):
    """A file is in UTF-16 or UTF-32."""

    def __str__(self) -> str:
        # Without its first line, which in such a file may be all of it.
        return visible(f"{self.filename or 'line'}:1:1: {self.message}\n{self.hint}")


def decoded(data: bytes, filename: str | None = None) -> str:
    """Return the text of a file: bytes that are not UTF-8 become U+FFFD, as the reference reads them.

    Raises EncodingError for UTF-16 and UTF-32, of which nothing could be read.
    """
    encoding = wide_encoding(data)
    if encoding is None:
        return data.decode("utf-8", "replace")
    name = encoding[:6].upper()
    raise EncodingError(
        f"the file is in {name}, not in UTF-8", line=1, column=1, filename=filename, hint="Save it as UTF-8."
    )
