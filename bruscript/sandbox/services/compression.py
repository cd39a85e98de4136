"""zlib, gzip, raw deflate and brotli for Node's zlib."""

from __future__ import annotations

import zlib
from typing import Any

from bruscript.sandbox.services.encoding import decode, encode
from bruscript.sandbox.services.errors import ServiceError

MAX_OUTPUT = 64 << 20
"""Maximum unpacked bytes: beyond it an archive counts as a bomb."""

_INPUT, _STEP = 1 << 13, 1 << 18
"""Bytes of input and output between checks of the limit."""

_WINDOW = {
    "deflate": 15,
    "inflate": 15,
    "gzip": 31,
    "gunzip": 31,
    "deflateRaw": -15,
    "inflateRaw": -15,
    "unzip": 47,
}
_PACKING = frozenset({"deflate", "gzip", "deflateRaw"})


def transform(kind: str, data: str, options: dict[str, Any]) -> str:
    """Pack or unpack: `kind` is a name of Node's (gzip, gunzip, deflate, inflate, …Raw, unzip, brotli…).

    `options`: `level`, `memLevel`, `strategy`, `dictionary`, `maxOutputLength` in bytes. Raises ServiceError.
    """
    content = decode(data)
    if kind in ("brotliCompress", "brotliDecompress"):
        return encode(_brotli(kind, content, options))
    window = _WINDOW.get(kind)
    if window is None:
        raise ServiceError(f"zlib.{kind} is not supported")
    dictionary = decode(options["dictionary"]) if options.get("dictionary") else None
    if kind in _PACKING:
        packer = zlib.compressobj(
            int(options.get("level", zlib.Z_DEFAULT_COMPRESSION)),
            zlib.DEFLATED,
            window,
            int(options.get("memLevel", 8)),
            int(options.get("strategy", zlib.Z_DEFAULT_STRATEGY)),
            *((dictionary,) if dictionary is not None else ()),
        )
        return encode(packer.compress(content) + packer.flush())
    return encode(_unpack(content, window, dictionary, options))


def _unpack(content: bytes, window: int, dictionary: bytes | None, options: dict[str, Any]) -> bytes:
    limit = _limit(options)
    output, rest = bytearray(), memoryview(content)
    while True:
        unpacker = zlib.decompressobj(window, zdict=dictionary) if dictionary else zlib.decompressobj(window)
        while rest and not unpacker.eof:
            # In pieces, because the data after a member is copied, and there may be very many members.
            piece = rest[:_INPUT]
            try:
                output += unpacker.decompress(piece, limit - len(output) + 1)
            except zlib.error as error:
                raise ServiceError(f"Z_DATA_ERROR: {_reason(error)}") from error
            _check_size(output, limit)
            rest = rest[len(piece) - len(unpacker.unused_data) :]
        if not unpacker.eof:
            raise ServiceError("Z_BUF_ERROR: unexpected end of file")
        # A gzip file may have several members; other formats end here.
        if window not in (31, 47) or bytes(rest[:2]) != b"\x1f\x8b":
            return bytes(output)


def _reason(error: zlib.error) -> str:
    return str(error).rpartition(": ")[2]


def _brotli(kind: str, content: bytes, options: dict[str, Any]) -> bytes:
    import brotli

    if kind == "brotliCompress":
        result: bytes = brotli.compress(content, quality=int(options.get("quality", 11)))
        return result
    limit = _limit(options)
    stream, output = brotli.Decompressor(), bytearray()
    try:
        step = stream.process(content, output_buffer_limit=_STEP)
        output += step
        while not stream.is_finished():
            _check_size(output, limit)
            if stream.can_accept_more_data() and len(step) < _STEP:
                raise ServiceError("Z_BUF_ERROR: unexpected end of file")
            step = stream.process(b"", output_buffer_limit=_STEP)
            output += step
    except brotli.error as error:
        raise ServiceError("ERR_BROTLI_DECODE: Decompression failed") from error
    _check_size(output, limit)
    return bytes(output)


def _limit(options: dict[str, Any]) -> int:
    return min(int(options.get("maxOutputLength") or MAX_OUTPUT), MAX_OUTPUT)


def _check_size(output: bytes | bytearray, limit: int) -> None:
    if len(output) > limit:
        raise ServiceError(f"ERR_BUFFER_TOO_LARGE: Cannot create a Buffer larger than {limit} bytes")
