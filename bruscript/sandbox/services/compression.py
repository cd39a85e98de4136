"""zlib, gzip and raw deflate (and brotli where the package is there) for Node's zlib."""

from __future__ import annotations

import importlib
import zlib
from typing import Any

from bruscript.sandbox.services.encoding import decode, encode
from bruscript.sandbox.services.errors import ServiceError

MAX_OUTPUT = 64 << 20
"""The most bytes that are unpacked: beyond it an archive is taken for a bomb."""

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
    limit = min(int(options.get("maxOutputLength") or MAX_OUTPUT), MAX_OUTPUT)
    output = b""
    rest = content
    while rest or not output:
        unpacker = zlib.decompressobj(window, zdict=dictionary) if dictionary else zlib.decompressobj(window)
        try:
            output += unpacker.decompress(rest, limit - len(output) + 1)
        except zlib.error as error:
            raise ServiceError(f"Z_DATA_ERROR: {_reason(error)}") from error
        if len(output) > limit:
            raise ServiceError(f"ERR_BUFFER_TOO_LARGE: Cannot create a Buffer larger than {limit} bytes")
        if not unpacker.eof:
            raise ServiceError("Z_BUF_ERROR: unexpected end of file")
        # A gzip file may have several members; other formats end here.
        rest = unpacker.unused_data if window in (31, 47) and unpacker.unused_data[:2] == b"\x1f\x8b" else b""
        if not rest:
            break
    return output


def _reason(error: zlib.error) -> str:
    return str(error).rpartition(": ")[2]


def _brotli(kind: str, content: bytes, options: dict[str, Any]) -> bytes:
    for name in ("brotli", "brotlicffi"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        made: bytes
        if kind == "brotliCompress":
            made = module.compress(content, quality=int(options.get("quality", 11)))
            return made
        try:
            made = module.decompress(content)
        except module.error as error:
            raise ServiceError("ERR_BROTLI_DECODE: Decompression failed") from error
        if len(made) > MAX_OUTPUT:
            raise ServiceError(f"ERR_BUFFER_TOO_LARGE: Cannot create a Buffer larger than {MAX_OUTPUT} bytes")
        return made
    raise ServiceError("brotli needs the Python package 'brotli': pip install brotli")
