"""The source of an import: the text of a file or a URL."""

from __future__ import annotations

import os
from typing import Final
from urllib.parse import urlsplit

from bruscript.errors import BruscriptError, InvalidFileError, PathNotFoundError
from bruscript.files import read_file

_TIMEOUT_S: Final = 30.0
_MOST: Final = 100 << 20
"""Bytes. The largest public specification is a tenth of it."""


def is_url(source: str) -> bool:
    """Return whether a source is fetched over HTTP."""
    return source.lower().startswith(("http://", "https://"))


def read_source(source: str, *, insecure: bool = False) -> str:
    """Return the text of a file or URL, decoded as UTF-8 and without a byte order mark.

    `insecure` skips the check of the server's certificate. Raises BruscriptError.
    """
    data = _fetch(source, insecure) if is_url(source) else _read(source)
    # YAML and JSON are UTF-8, or UTF-16 with a mark.
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        kind = "UTF-8" if encoding == "utf-8-sig" else "UTF-16"
        raise InvalidFileError(f"{redacted_source(source)}: byte {error.start + 1} is not {kind}") from None


def redacted_source(source: str) -> str:
    """Return a source as messages name it: a URL without its account, query and fragment."""
    if not is_url(source):
        return source
    parts = urlsplit(source)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _read(source: str) -> bytes:
    try:
        return read_file(source, piped=True)
    except FileNotFoundError:
        raise PathNotFoundError(f"File not found: {source}") from None
    except IsADirectoryError:
        raise InvalidFileError(f"{source} is a directory", hint="Name the file to import.") from None
    except OSError as error:
        message = f"Cannot read {source}: {error.strerror or error}"
        if os.path.isdir(source):
            message = f"{source} is a directory"
        raise InvalidFileError(message) from None


def _fetch(source: str, insecure: bool) -> bytes:
    import httpx

    url = redacted_source(source)
    try:
        with (
            httpx.Client(verify=not insecure, follow_redirects=True, timeout=_TIMEOUT_S) as client,
            client.stream("GET", source) as response,
        ):
            if not response.is_success:
                status = f"{response.status_code} {response.reason_phrase}".strip()
                raise BruscriptError(f"{url} answered {status}")
            data = bytearray()
            for piece in response.iter_bytes():
                data += piece
                if len(data) > _MOST:
                    raise BruscriptError(f"{url} sent more than {_MOST >> 20} MiB")
            return bytes(data)
    except httpx.InvalidURL as error:
        raise BruscriptError(f"{url} is not a valid URL: {error}") from None
    except httpx.TimeoutException:
        raise BruscriptError(f"{url} did not answer within {_TIMEOUT_S:g} seconds") from None
    except httpx.HTTPError as error:
        hint = None
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            hint = "If you trust the server, pass --insecure."
        raise BruscriptError(f"Cannot fetch {url}: {error}", hint=hint) from None
