"""A job on its way to the isolate, and the words for the limits that it may meet."""

from __future__ import annotations

import struct

_HEAD = struct.Struct("<dIBH")
_HAS_BODY, _FRESH = 1, 2


class Message:
    """A job as the isolate takes it: its JSON ({steps, state}), the response's bytes, a step's limit in
    seconds.

    `fresh` asks that nothing else ever runs in the isolate that ran it; `steps` is how many there are.
    """

    def __init__(
        self, json: bytes, body: bytes | None, limit: float, fresh: bool = False, steps: int = 1
    ) -> None:
        self.json = json
        self.body = body
        self.limit = limit
        self.fresh = fresh
        self.steps = steps

    def pack(self) -> bytes:
        """All of it as bytes."""
        flags = (_HAS_BODY if self.body is not None else 0) | (_FRESH if self.fresh else 0)
        return b"".join(
            (_HEAD.pack(self.limit, len(self.json), flags, self.steps), self.json, self.body or b"")
        )

    @classmethod
    def unpack(cls, packed: bytes) -> Message:
        """What `pack` packed."""
        limit, length, flags, steps = _HEAD.unpack_from(packed)
        start = _HEAD.size
        body = packed[start + length :] if flags & _HAS_BODY else None
        return cls(packed[start : start + length], body, limit, bool(flags & _FRESH), steps)


def overrun(limit: float) -> str:
    """The error's text for a script that met the limit of `limit` seconds."""
    return f"The script ran longer than its time limit of {limit:g} s (--script-timeout)"


def exhausted(size: int) -> str:
    """The error's text for a script that met the limit of `size` MiB."""
    return f"The script needed more than its memory limit of {size} MiB (--script-memory)"
