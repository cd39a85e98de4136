import pytest

from bruscript.http import FileBody, OutgoingRequest

pytestmark = pytest.mark.servers


async def test_nginx_compresses_and_we_undo_it(nginx, make_client):
    got = await make_client().send(OutgoingRequest("GET", nginx.plain + "/text.txt"))
    assert got.text == "squeeze me " * 1000
    assert "content-encoding" not in got.header_map
    assert got.header_map["transfer-encoding"] == "chunked"


async def test_ten_megabytes_come_whole_and_ranges_too(nginx, make_client):
    client = make_client()
    got = await client.send(OutgoingRequest("GET", nginx.plain + "/big.bin"))
    assert got.body == bytes(range(256)) * 40960
    part = await client.send(
        OutgoingRequest(
            "GET", nginx.plain + "/big.bin", [("Range", "bytes=256-259"), ("Accept-Encoding", "identity")]
        )
    )
    assert (part.status, part.body) == (206, b"\0\1\2\3")


async def test_head_has_headers_and_no_body(nginx, make_client):
    got = await make_client().send(OutgoingRequest("HEAD", nginx.plain + "/text.txt"))
    assert (got.status, got.body) == (200, b"")


async def test_a_large_file_is_taken(nginx, make_client, tmp_path):
    file = tmp_path / "upload"
    file.write_bytes(b"x" * 30_000_000)
    got = await make_client().send(OutgoingRequest("POST", nginx.plain + "/moved", body=FileBody(file)))
    assert got.status == 200


async def test_too_long_a_url_is_the_server_s_answer(nginx, make_client):
    got = await make_client().send(OutgoingRequest("GET", nginx.plain + "/" + "a" * 20000))
    assert got.status == 414
