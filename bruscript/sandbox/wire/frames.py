"""The frames that a worker and its parent exchange: kind, number, length, payload."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

JOB, ANSWER = 1, 2
"""To the worker: a job (`Message.pack`), the answer to the call of that number (ASCII JSON)."""

STEP, DONE, CALL, CALL_SYNC, FAIL, CANCEL, BEGUN, BODY = 3, 4, 5, 6, 7, 8, 9, 10
"""To the parent: a step's outcome, that of a job's last step, host calls, a limit that ended the worker,
a call that the script gave up; that it has taken the job: whatever ends it from here on is this job's doing;
and where in the response's body the piece begins that a script waits for.
"""

MAX_PAYLOAD = 1 << 28
"""Bytes. A frame that claims more comes from a compromised worker."""

_HEADER = struct.Struct("<BII")


class ProtocolError(Exception):
    """The other side sent an invalid frame, or closed the pipe."""


def head(kind: int, ident: int, payload: bytes) -> bytes:
    """Return what comes before the payload of a frame."""
    return _HEADER.pack(kind, ident, len(payload))


def size(payload: bytes) -> int:
    """Bytes of a frame with this payload."""
    return _HEADER.size + len(payload)


def encode(kind: int, ident: int, payload: bytes) -> bytes:
    """One frame."""
    return head(kind, ident, payload) + payload


class Frames:
    """Cuts what arrives in pieces into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Add a piece; gives the (kind, number, payload) that are whole. Raises ProtocolError."""
        buffer = self._buffer
        buffer += data
        while len(buffer) >= _HEADER.size:
            kind, ident, length = _HEADER.unpack_from(buffer)
            if length > MAX_PAYLOAD:
                raise ProtocolError("a frame is too long")
            end = _HEADER.size + length
            if len(buffer) < end:
                return
            payload = bytes(buffer[_HEADER.size : end])
            del buffer[:end]
            yield kind, ident, payload


def read_frame(fd: int) -> tuple[int, int, bytes]:
    """Read one frame from a blocking descriptor. Raises ProtocolError at its end."""
    kind, ident, length = _HEADER.unpack(_read(fd, _HEADER.size))
    return kind, ident, _read(fd, length)


def _read(fd: int, count: int) -> bytes:
    if count == 0:
        return b""
    first = os.read(fd, count)
    if len(first) == count:
        return first
    parts = bytearray(first)
    while len(parts) < count:
        # A closed pipe reads as nothing, again and again.
        part = os.read(fd, min(count - len(parts), 1 << 20)) if first else b""
        if not part:
            raise ProtocolError("the pipe is closed")
        parts += part
    return bytes(parts)


def write_frame(fd: int, kind: int, ident: int, payload: bytes) -> None:
    """Write one frame to a blocking descriptor."""
    rest = memoryview(encode(kind, ident, payload))
    while rest:
        rest = rest[os.write(fd, rest) :]
