"""Small bodies that become large ones when they are decoded."""

from __future__ import annotations

import gzip
import struct
import sys
import zlib
from collections.abc import Callable

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["CODINGS", "bomb", "compress", "zstd"]

CODINGS = ["gzip", "deflate", "br", "zstd", "gzip, gzip", "zstd, br"]
"""What `bomb` knows: a `Content-Encoding` each."""

_PIECE = bytes(1 << 20)


def bomb(coding: str, mebibytes: int) -> bytes:
    """`mebibytes` of zeros in `coding`: a few kilobytes to a few hundred."""
    first, *rest = coding.split(", ")
    data = _MAKERS[first](mebibytes)
    for name in rest:
        data = compress(name, data)
    return data


def compress(coding: str, data: bytes) -> bytes:
    """`data` in one coding."""
    make: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "br": lambda data: brotli.compress(data, quality=5),
        "zstd": zstd.compress,
    }
    return make[coding](data)


def _gzip(mebibytes: int) -> bytes:
    check = 0
    for _ in range(mebibytes):
        check = zlib.crc32(_PIECE, check)
    size = mebibytes << 20 & 0xFFFFFFFF
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + _deflated(mebibytes) + struct.pack("<II", check, size)


def _deflated(mebibytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    # After a full flush the same input becomes the same bytes.
    piece = packer.compress(_PIECE) + packer.flush(zlib.Z_FULL_FLUSH)
    return piece * mebibytes + packer.flush()


def _brotli(mebibytes: int) -> bytes:
    packer = brotli.Compressor(quality=2, lgwin=16)
    return b"".join([*(packer.process(_PIECE) for _ in range(mebibytes)), packer.finish()])


def _zstd(mebibytes: int) -> bytes:
    """One frame of blocks of 128 KiB, each a byte that is repeated (RFC 8878, 3.1.1)."""
    block = (1 << 1 | (1 << 17) << 3).to_bytes(3, "little") + b"\0"
    return b"\x28\xb5\x2f\xfd\x00\x58" + block * (mebibytes * 8) + b"\x01\0\0"


_MAKERS = {"gzip": _gzip, "deflate": _deflated, "br": _brotli, "zstd": _zstd}
