"""Bodies on their way out: each a stream that can be sent again on a redirect or after a challenge."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from typing import IO

import httpx

from bruscript.beneath import open_regular_beneath
from bruscript.http.errors import RequestError
from bruscript.http.media_types import media_type
from bruscript.http.request import FileBody, MultipartBody, Part
from bruscript.unicode import utf8

_CHUNK = 1 << 16
_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
_LINE_BREAKS = str.maketrans("\r\n", "  ")


class BodyStream(httpx.AsyncByteStream, httpx.SyncByteStream):
    """A body as pieces: bytes at hand and files that are read while they are sent.

    It is a stream of httpx's, sync and async. `pieces` are those bytes and files, `length` is the sum in
    bytes. Iterating anew begins at the beginning.
    """

    def __init__(self, pieces: list[bytes | FileBody]) -> None:
        self.pieces = pieces
        self.length = sum(len(piece) if isinstance(piece, bytes) else _size(piece) for piece in pieces)

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, bytes):
                yield piece
                continue
            with _open(piece) as file:
                while chunk := file.read(_CHUNK):
                    yield chunk

    async def __aiter__(self) -> AsyncIterator[bytes]:
        # Files are read on the loop: a page-cache read of 64 KiB costs less than a hop to a thread.
        for chunk in self:
            yield chunk


def stream_of(body: bytes | FileBody | MultipartBody | None, boundary: str = "") -> BodyStream:
    """Return the stream that sends `body`; `boundary` is for a multipart one.

    Raises RequestError for a file that cannot be read.
    """
    if body is None:
        return BodyStream([])
    if isinstance(body, bytes):
        return BodyStream([body] if body else [])
    if isinstance(body, FileBody):
        return BodyStream([body])
    return BodyStream(_multipart(body.parts, boundary))


def new_boundary() -> str:
    """Return a boundary that no body contains by chance, in the form that the reference's have."""
    return "-" * 26 + secrets.token_hex(12)


def _multipart(parts: tuple[Part, ...], boundary: str) -> list[bytes | FileBody]:
    if not parts:
        # Without parts there is no end either: the reference sends nothing.
        return []
    pieces: list[bytes | FileBody] = []
    for part in parts:
        pieces.append(_part_head(part, boundary))
        if isinstance(part.value, FileBody):
            pieces.append(part.value)
        else:
            pieces.append(utf8(part.value) if isinstance(part.value, str) else part.value)
        pieces.append(b"\r\n")
    pieces.append(f"--{boundary}--\r\n".encode())
    return pieces


def _part_head(part: Part, boundary: str) -> bytes:
    filename, content_type = part.filename, part.content_type
    if isinstance(part.value, FileBody):
        filename = part.value.path.name if filename is None else filename
    if filename is not None and not content_type:
        content_type = media_type(filename)
    disposition = f'form-data; name="{part.name.translate(_ESCAPES)}"'
    if filename is not None:
        disposition += f'; filename="{filename.translate(_ESCAPES)}"'
    lines = [f"--{boundary}", f"Content-Disposition: {disposition}"]
    if content_type:
        lines.append(f"Content-Type: {content_type.translate(_LINE_BREAKS)}")
    lines += [f"{name}: {value}" for name, value in part.headers]
    return utf8("\r\n".join([*lines, "", ""]))


def _size(body: FileBody) -> int:
    with _open(body) as file:
        return file.seek(0, 2)


def _open(body: FileBody) -> IO[bytes]:
    path = body.path
    try:
        if body.root is not None:
            return os.fdopen(open_regular_beneath(body.root, path), "rb")
        if path.exists() and not path.is_file():
            # A pipe would block, and a device never end.
            raise OSError(errno.EINVAL, "it is not a regular file")
        return path.open("rb")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RequestError(
            f"Cannot read {path} for the request's body: {reason}",
            "EACCES" if isinstance(error, PermissionError) else "ENOENT",
            hint="Paths in a body are relative to the collection's folder.",
        ) from None
