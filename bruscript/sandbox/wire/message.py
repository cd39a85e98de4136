"""A job on its way to the isolate, and the words for the limits that it may meet."""

from __future__ import annotations

import struct

_HEAD = struct.Struct("<dIBHIQ")
_HAS_BODY, _FRESH, _LATER = 1, 2, 4
_ALONG = 1 << 18
"""Bytes of a response's body that go along with their job; of a larger one a script gets what it looks at."""

PIECE = 1 << 20
"""Bytes of a body that are handed over at once."""


class Message:
    """A job as the isolate takes it: its JSON ({steps, state}), the response's bytes, a step's limit in
    seconds.

    `fresh` asks that nothing else ever runs in the isolate that ran it; `steps` is how many there are.
    `body_size` is the size of the response's body in bytes, None without a response. The body is in `body`,
    or waits in the parent until a script looks at it.
    """

    def __init__(
        self,
        json: bytes,
        body: bytes | None,
        limit: float,
        fresh: bool = False,
        steps: int = 1,
        body_size: int | None = None,
    ) -> None:
        self.json = json
        self.body = body
        self.body_size = body_size if body is None else len(body)
        self.limit = limit
        self.fresh = fresh
        self.steps = steps
        self.owner = 0
        """Whose it is: an isolate that ran another's is not for this one."""

    def pack(self) -> bytes:
        """Return all of it as bytes; a large body stays behind."""
        size = self.body_size or 0
        later = size > _ALONG
        flags = (_HAS_BODY if self.body_size is not None else 0) | (_FRESH if self.fresh else 0)
        flags |= _LATER if later else 0
        head = _HEAD.pack(self.limit, len(self.json), flags, self.steps, size, self.owner)
        return b"".join((head, self.json, (not later and self.body) or b""))

    @classmethod
    def unpack(cls, packed: bytes) -> Message:
        """Return what `pack` packed."""
        limit, length, flags, steps, size, owner = _HEAD.unpack_from(packed)
        start = _HEAD.size
        json = packed[start : start + length]
        body = packed[start + length :] if flags & _HAS_BODY and not flags & _LATER else None
        job = cls(json, body, limit, bool(flags & _FRESH), steps, size if flags & _HAS_BODY else None)
        job.owner = owner
        return job


def overrun(limit: float) -> str:
    """Return the error's text for a script that met the limit of `limit` seconds."""
    return f"The script ran longer than its time limit of {limit:g} s (script timeout)"


def exhausted(size: int) -> str:
    """Return the error's text for a script that met the limit of `size` MiB."""
    return f"The script needed more than its memory limit of {size} MiB (script memory)"
