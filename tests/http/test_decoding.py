"""Content codings: what they give, where they end, and how little they need on the way."""

import asyncio
import gzip
import zlib

import brotli
import pytest
from apps.bombs import CODINGS, bomb, compress, zstd
from apps.memory import memory_needed
from apps.raw import raw_server, response

from bruscript.http import Client, ClientConfig, OutgoingRequest, RequestError, reading
from bruscript.http.decoding import STEP, Decoder, DecodingError, TooLargeError, codings_of

TEXT = b"".join(b'{"number": %d, "square": %d}\n' % (n, n * n) for n in range(4000))
MEBIBYTE = 1 << 20


def decoder_of(coding: str, limit: int) -> Decoder:
    codings = codings_of(coding)
    assert codings is not None
    return Decoder(codings, limit)


def decoded(coding, data, size=None, limit=1 << 30):
    decoder = decoder_of(coding, limit)
    size = size or len(data) or 1
    output = b"".join(
        step for start in range(0, len(data), size) for step in decoder.feed(data[start : start + size])
    )
    return output, decoder.complete


def encoded(coding, data):
    for name in coding.split(", "):
        data = compress(name, data)
    return data


@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
@pytest.mark.parametrize("coding", CODINGS)
def test_pieces_of_any_size_give_the_body(coding, size):
    assert decoded(coding, encoded(coding, TEXT), size) == (TEXT, True)


def test_deflate_comes_with_and_without_its_wrapping():
    assert decoded("deflate", zlib.compress(TEXT)[2:-4]) == (TEXT, True)
    assert decoded("deflate", zlib.compress(TEXT)[2:-4], 1) == (TEXT, True)


@pytest.mark.parametrize("size", [1, 3, 1 << 20])
@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_what_was_compressed_in_parts_is_whole_again(coding, size):
    parts = b"".join(compress(coding, part) for part in (TEXT, b"", b"and more"))
    assert decoded(coding, parts, size) == (TEXT + b"and more", True)


@pytest.mark.parametrize("size", [1, 1 << 20])
@pytest.mark.parametrize("behind", [b"\0" * 100, b"\x1f", b"\x1fx\x1f\x8b", b"x" * 20_000], ids=len)
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_what_comes_behind_the_end_is_left_out(coding, behind, size):
    assert decoded(coding, compress(coding, TEXT) + behind, size) == (TEXT, True)


@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_that_ends_early_counts_as_far_as_it_goes(coding):
    output, complete = decoded(coding, encoded(coding, TEXT)[:-3])
    assert TEXT.startswith(output)
    assert not complete
    assert decoded(coding, b"") == (b"", True)


@pytest.mark.parametrize("coding", CODINGS)
def test_steps_are_small_and_nothing_is_decoded_that_is_not_asked_for(coding):
    data = bomb(coding, 1 << 12 if coding == "zstd" else 64)
    steps = decoder_of(coding, 1 << 40).feed(data)
    sizes = [len(step) for step, _ in zip(steps, range(50), strict=False)]
    assert max(sizes) <= 2 * STEP
    assert sum(sizes) >= MEBIBYTE


@pytest.mark.parametrize("mebibytes", [1, 3])
@pytest.mark.parametrize("coding", CODINGS)
def test_what_a_few_bytes_grow_into_is_complete(coding, mebibytes):
    output, complete = decoded(coding, bomb(coding, mebibytes))
    assert (len(output), complete) == (mebibytes * MEBIBYTE, True)


@pytest.mark.parametrize("coding", CODINGS)
def test_the_limit_holds_to_the_byte(coding):
    data = encoded(coding, TEXT)
    assert decoded(coding, data, limit=len(TEXT)) == (TEXT, True)
    with pytest.raises(TooLargeError):
        decoded(coding, data, limit=len(TEXT) - 1)


def test_the_limit_holds_on_the_wire_and_between_two_codings():
    empty = gzip.compress(b"", mtime=0) * 1000
    with pytest.raises(TooLargeError):
        decoded("gzip", empty, limit=len(empty) - 1)
    with pytest.raises(TooLargeError):
        decoded("gzip, gzip", gzip.compress(empty), limit=len(empty) - 1)
    assert decoded("gzip, gzip", gzip.compress(empty), limit=len(empty)) == (b"", True)


def test_two_codings_are_undone_and_no_more():
    with pytest.raises(DecodingError, match=r"encoded 3 times \(gzip, br, gzip\), and at most 2 are undone"):
        Decoder(["gzip", "br", "gzip"], 100)


@pytest.mark.parametrize(
    ("header", "codings"),
    [
        ("", []),
        ("identity", []),
        ("GZip", ["gzip"]),
        ("x-gzip , identity", ["gzip"]),
        ("deflate,, br", ["deflate", "br"]),
        ("gzip, rot13", None),
    ],
)
def test_names_of_codings(header, codings):
    assert codings_of(header) == codings


@pytest.mark.parametrize(
    ("coding", "data", "words"),
    [
        ("gzip", b"no gzip", r"it is not valid gzip \(incorrect header check\)"),
        ("gzip", gzip.compress(TEXT)[:-8] + bytes(8), r"it is not valid gzip \(incorrect data check\)"),
        ("deflate", b"\xff\xff\xff", r"it is not valid deflate \(invalid block type\)"),
        ("br", b"no brotli at all", "it is not valid br$"),
        ("br", brotli.compress(b"1") + b"2", "it is not valid br$"),
        ("zstd", b"no zstd at all", r"it is not valid zstd \(unknown frame descriptor\)"),
        ("br, gzip", gzip.compress(b"no brotli at all", mtime=0), "it is not valid br$"),
        ("zstd", b"\x28\xb5\x2f\xfd\x00\x88", r"not valid zstd \(frame requires too much memory"),
    ],
)
def test_what_is_wrong_is_said(coding, data, words):
    with pytest.raises(DecodingError, match=words):
        decoded(coding, data)


def test_a_window_that_other_decoders_accept_is_accepted():
    options: dict[int, int] = {zstd.CompressionParameter.window_log: 23}
    assert decoded("zstd", zstd.compress(TEXT, options=options)) == (TEXT, True)


# Over the network


@pytest.fixture
async def client():
    client = Client(ClientConfig(noproxy=True, max_body=64 * MEBIBYTE))
    yield client
    await client.aclose()


def coded(coding, data):
    return response(data, f"Content-Encoding: {coding}")


@pytest.mark.parametrize("coding", CODINGS)
async def test_a_bomb_is_refused(client, coding):
    async with raw_server(coded(coding, bomb(coding, 64))) as server:
        with pytest.raises(RequestError) as refused:
            await client.send(OutgoingRequest("GET", server.url, max_body=MEBIBYTE))
    assert refused.value.code == "ERR_BODY_TOO_LARGE"
    assert refused.value.message == (
        f"The response of 127.0.0.1:{server.port} is larger than 1 MiB, the most that is read"
    )


async def test_a_redirect_s_own_body_is_bounded_too(client):
    redirect = response(bomb("br", 8), "Content-Encoding: br", "Location: /next", status="302 Found")
    async with raw_server(redirect, response(b"fine")) as server:
        with pytest.raises(RequestError, match="larger than 1 MiB"):
            await client.send(OutgoingRequest("GET", server.url, max_body=MEBIBYTE))


async def test_a_body_that_is_cut_off_is_warned_of(client):
    async with raw_server(coded("gzip", gzip.compress(TEXT)[:-8])) as server:
        got = await client.send(OutgoingRequest("GET", server.url))
    assert got.body == TEXT
    assert got.warnings == [
        f"The response of 127.0.0.1:{server.port} ended before its compressed data did; "
        "only what had arrived by then counts"
    ]


async def test_the_answer_to_head_has_no_body_to_decode(client):
    async with raw_server(coded("gzip", b"")) as server:
        got = await client.send(OutgoingRequest("HEAD", server.url))
    assert (got.body, got.warnings) == (b"", [])


async def test_too_many_codings_are_an_error_of_the_request(client):
    async with raw_server(coded("gzip, gzip, br", brotli.compress(b""))) as server:
        with pytest.raises(RequestError, match="cannot be decompressed: it is encoded 3 times"):
            await client.send(OutgoingRequest("GET", server.url))


async def test_others_have_their_turn_while_a_body_is_decoded(client, monkeypatch):
    monkeypatch.setattr(reading, "_TURN", 0)
    turns = 0

    async def count():
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with raw_server(coded("zstd", bomb("zstd", 32))) as server:
        counting = asyncio.create_task(count())
        got = await client.send(OutgoingRequest("GET", server.url))
        counting.cancel()
    assert got.size == 32 * MEBIBYTE
    assert turns >= got.size // STEP


def endless(self, data):
    while True:
        yield b""


async def test_the_timeout_holds_while_a_body_is_decoded(client, monkeypatch):
    monkeypatch.setattr(Decoder, "feed", endless)
    async with raw_server() as server:
        with pytest.raises(RequestError, match="timeout of 100ms exceeded"):
            await client.send(OutgoingRequest("GET", server.url, timeout_ms=100))


async def test_decoding_can_be_cancelled(client, monkeypatch):
    began = asyncio.Event()

    def feed(self, data):
        began.set()
        return endless(self, data)

    monkeypatch.setattr(Decoder, "feed", feed)
    async with raw_server() as server:
        sending = asyncio.create_task(client.send(OutgoingRequest("GET", server.url)))
        await began.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending


@pytest.mark.parametrize("coding", ["gzip, gzip", "br", "zstd, br"])
def test_a_bomb_takes_no_more_memory_than_the_limit(coding):
    # 256 MiB, of which 32 MiB may come.
    program = f"""
        from apps.bombs import bomb
        from apps.raw import raw_server, response
        from bruscript.http import Client, ClientConfig, OutgoingRequest, RequestError

        bombs = {{size: response(bomb({coding!r}, size), "Content-Encoding: {coding}") for size in (1, 256)}}

        async def work(size):
            client = Client(ClientConfig(noproxy=True, max_body=32 << 20))
            async with raw_server(bombs[size]) as server:
                try:
                    await client.send(OutgoingRequest("GET", server.url))
                except RequestError as error:
                    assert error.code == "ERR_BODY_TOO_LARGE"
                else:
                    assert size == 1
            await client.aclose()
    """
    assert memory_needed(program, 256) < 56 * MEBIBYTE
