"""What we and the reference make of the same answers."""

from __future__ import annotations

import asyncio
import codecs
import gzip
import json
import zlib

import brotli
import pytest
from apps.raw import raw_server, response
from compat.known import Known, assert_equal
from compat.reference import run_reference

import bruscript

pytestmark = pytest.mark.reference

TEXT = "grün"
BE = codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")
JSON = "Content-Type: application/json"
ANSWERS = {
    "json": response(b'{"a": [1, 2.5, "x", null]}', JSON),
    "json-number": response(b"1.0", JSON),
    "json-string": response(b'"quoted"', JSON),
    "json-as-text": response(b'{"a": 1}', "Content-Type: text/plain"),
    "json-bom": response(b'\xef\xbb\xbf{"a": 1}', JSON),
    "json-broken": response(b"{'a': 1}", JSON),
    "json-nan": response(b"[NaN]", JSON),
    "json-duplicate": response(b'{"a": 1, "a": 2}', JSON),
    "latin-1": response(TEXT.encode("latin-1"), "Content-Type: text/plain; charset=ISO-8859-1"),
    "windows-1252": response("€".encode("cp1252"), "Content-Type: text/html; charset=windows-1252"),
    "shift-jis": response("語".encode("shift_jis"), "Content-Type: text/html; charset=shift_jis"),
    "gbk": response("语".encode("gbk"), "Content-Type: text/html; charset=gbk"),
    "koi8": response("ж".encode("koi8-r"), "Content-Type: text/html; charset=KOI8-R"),
    "utf-16": response(TEXT.encode("utf-16"), "Content-Type: text/plain; charset=utf-16"),
    "utf-16le": response(TEXT.encode("utf-16-le"), "Content-Type: text/plain; charset=utf-16le"),
    "utf16-be": response(BE, "Content-Type: text/plain; charset=utf16-be"),
    "utf-16be-without-mark": response(BE[2:], "Content-Type: text/plain; charset=UTF-16BE"),
    "utf-16be-as-utf-16": response(BE, "Content-Type: text/plain; charset=utf-16"),
    "utf-32": response(TEXT.encode("utf-32"), "Content-Type: text/plain; charset=utf-32"),
    "utf-32be": response(
        codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"), "Content-Type: text/plain; charset=utf-32be"
    ),
    "utf-16-as-utf-8": response(BE, "Content-Type: text/plain; charset=utf-8"),
    "utf-16-as-latin-1": response(BE, "Content-Type: text/plain; charset=iso-8859-1"),
    "utf-16-without-charset": response(BE, "Content-Type: text/plain"),
    "utf-16le-as-utf-16be": response(TEXT.encode("utf-16"), "Content-Type: text/plain; charset=utf-16be"),
    "utf-8-as-latin-1": response(
        codecs.BOM_UTF8 + TEXT.encode(), "Content-Type: text/plain; charset=iso-8859-1"
    ),
    "quoted-charset": response(TEXT.encode("latin-1"), 'Content-Type: text/plain; charset="latin1"'),
    "unknown-charset": response(TEXT.encode(), "Content-Type: text/plain; charset=none-such"),
    "broken-utf-8": response(b"a\xff\xc3b", "Content-Type: text/plain"),
    "binary": response(bytes(range(256)), "Content-Type: application/octet-stream"),
    "empty": response(b"", JSON),
    "no-content": b"HTTP/1.1 204 No Content\r\nx-a: b\r\n\r\n",
    "no-reason": b"HTTP/1.1 200 \r\ncontent-length: 2\r\n\r\nok",
    "odd-reason": response(b"ok", status="299 Very Own Reason"),
    "gzip": response(gzip.compress(b'{"z": 1}'), JSON, "Content-Encoding: gzip"),
    "deflate": response(zlib.compress(b'{"z": 1}'), JSON, "Content-Encoding: deflate"),
    "br": response(brotli.compress(b'{"z": 1}'), JSON, "Content-Encoding: br"),
    "chunked": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
    "repeated": response(
        b"ok", "X-A: 1", "x-a: 2", "Set-Cookie: a=1", "Set-Cookie: b=2", "ETag: 1", "ETag: 2"
    ),
    "error": response(b'{"error": true}', JSON, status="500 Internal Server Error"),
    "not-found": response(b"nothing", status="404 Not Found"),
}
# Texts whose byte-order mark says something else than their content type.
MARKED = (
    "utf-16-as-utf-8",
    "utf-16-as-latin-1",
    "utf-16-without-charset",
    "utf-16le-as-utf-16be",
    "utf-8-as-latin-1",
)
KNOWN = dict.fromkeys(
    MARKED, Known("A byte-order mark says how a text is decoded", lambda theirs: {**theirs, "data": TEXT})
)


async def answer(request, writer):
    writer.write(ANSWERS[request.target.rpartition("/")[2]])


@pytest.fixture
def collection(tmp_path):
    (tmp_path / "bruno.json").write_text(
        json.dumps({"version": "1", "name": "responses", "type": "collection"})
    )
    for number, name in enumerate(ANSWERS):
        (tmp_path / f"{name}.bru").write_text(
            f"meta {{\n  name: {name}\n  type: http\n  seq: {number + 1}\n}}\n\n"
            f"get {{\n  url: {{{{process.env.ECHO}}}}/{name}\n  body: none\n  auth: none\n}}\n"
        )
    return tmp_path


async def test_answers_mean_the_same(collection, monkeypatch):
    async with raw_server(answer) as server:
        monkeypatch.setenv("ECHO", server.url)
        (report,) = await asyncio.to_thread(run_reference, collection)
        ours = await bruscript.load(collection).arun(noproxy=True)
    expected = {result["name"]: result["response"] for result in report["results"]}
    found = {result.name: _facts(result.response) for result in ours.results}
    assert expected.keys() == ANSWERS.keys()
    assert_equal({name: _facts(theirs) for name, theirs in expected.items()}, found, KNOWN)


def _facts(response):
    return {key: response.get(key) for key in ("status", "statusText", "data", "size", "headers")}
