"""Reading a response's body: bounded, and without keeping others waiting."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from bruscript.http.decoding import Decoder, DecodingError, TooLargeError, codings_of
from bruscript.http.errors import RequestError

if TYPE_CHECKING:
    import io

    import httpx

    from bruscript.http.request import Allowance

_TURN = 0.01
"""Seconds of decoding after which others have their turn: requests, time limits, cancellation."""


async def read_body(
    response: httpx.Response,
    into: io.BytesIO,
    place: str,
    limit: int,
    allowance: Allowance | None = None,
) -> list[str]:
    """Read the body that `place` sent and undo its codings, both no further than `limit` bytes.

    What has come is in `into` at any time. Return warnings; raise RequestError for a body that is larger or
    broken.
    """
    try:
        decoder = Decoder(codings_of(response.headers.get("content-encoding", "")) or [], limit)
        turn = time.monotonic()
        async for chunk in response.aiter_raw():
            for piece in decoder.feed(chunk):
                if allowance is not None:
                    await allowance.take(len(piece))
                into.write(piece)
                if time.monotonic() - turn > _TURN:
                    await asyncio.sleep(0)
                    turn = time.monotonic()
    except TooLargeError:
        into.truncate(0)
        raise RequestError(
            f"The response of {place} is larger than {size(limit)}, the most that is read",
            "ERR_BODY_TOO_LARGE",
        ) from None
    except DecodingError as error:
        raise RequestError(
            f"The response of {place} cannot be decompressed: {error}", "Z_DATA_ERROR"
        ) from None
    if decoder.complete:
        return []
    return [
        f"The response of {place} ended before its compressed data did; only what had arrived by then counts"
    ]


def size(count: int) -> str:
    """Return `count` bytes in the largest unit that needs no fraction: "64 MiB"."""
    units = ["bytes", "KiB", "MiB", "GiB"]
    while count and count % 1024 == 0 and len(units) > 1:
        count //= 1024
        del units[0]
    return f"{count} {units[0]}"
