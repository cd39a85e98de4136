"""What scripts unpack with Node's zlib: whole archives, and no bombs."""

import base64
import gzip

import brotli
import pytest
from apps.bombs import bomb
from apps.memory import memory_needed

from bruscript.sandbox.services.compression import transform
from bruscript.sandbox.services.errors import ServiceError


def unpack(kind, data, **options):
    return base64.b64decode(transform(kind, base64.b64encode(data).decode(), options))


def test_an_archive_of_many_members_is_unpacked_whole():
    members = [b"%d," % number for number in range(3000)]
    archive = b"".join(map(gzip.compress, members))
    assert unpack("gunzip", archive) == b"".join(members)
    assert unpack("unzip", archive + b"\0" * 9000) == b"".join(members)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (brotli.compress(b"hello")[:-2], "Z_BUF_ERROR: unexpected end of file"),
        (b"", "Z_BUF_ERROR: unexpected end of file"),
        (b"no brotli at all", "ERR_BROTLI_DECODE: Decompression failed"),
    ],
)
def test_broken_brotli_is_an_error(data, reason):
    with pytest.raises(ServiceError, match=f"^{reason}$"):
        unpack("brotliDecompress", data)


def test_brotli_gives_as_much_as_the_script_allows():
    data = brotli.compress(bytes(1000))
    assert unpack("brotliDecompress", data, maxOutputLength=1000) == bytes(1000)
    with pytest.raises(
        ServiceError, match="ERR_BUFFER_TOO_LARGE: Cannot create a Buffer larger than 999 bytes"
    ):
        unpack("brotliDecompress", data, maxOutputLength=999)


@pytest.mark.parametrize(("kind", "coding"), [("brotliDecompress", "br"), ("gunzip", "gzip")])
def test_a_bomb_takes_no_more_memory_than_its_limit(kind, coding):
    program = f"""
        import base64
        from apps.bombs import bomb
        from bruscript.sandbox.services.compression import transform
        from bruscript.sandbox.services.errors import ServiceError

        bombs = {{size: base64.b64encode(bomb({coding!r}, size)).decode() for size in (1, 256)}}

        async def work(size):
            try:
                transform({kind!r}, bombs[size], {{"maxOutputLength": 4 << 20}})
            except ServiceError as error:
                assert str(error).startswith("ERR_BUFFER_TOO_LARGE")
            else:
                assert size == 1
    """
    assert memory_needed(program, 256) < 24 << 20
    assert len(bomb(coding, 1)) < 1 << 16
