"""What arrives at a server from us and from the reference, byte for byte."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from apps.raw import raw_server, response
from compat.known import assert_equal, replaced
from compat.reference import run_in_place

import bruscript

pytestmark = pytest.mark.reference
COLLECTION = Path(__file__).parents[2] / "fixtures" / "http"
CHALLENGE = 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", opaque="o"'


async def answer(request, writer):
    path = request.target.partition("?")[0]
    if path.startswith("/redirect/"):
        reply = response(b"", f"Location: /landed/{path[-3:]}", status=f"{path[-3:]} Moved")
    elif path == "/endless":
        reply = response(b"", "Location: /endless", status="302 Found")
    elif path == "/cookie/set":
        reply = response(b"", "Set-Cookie: a=1; Path=/cookie", "Set-Cookie: b=2; Path=/elsewhere")
    elif path == "/cookie/redirect":
        reply = response(b"", "Location: /cookie/there", "Set-Cookie: c=3; Path=/cookie", status="302 Found")
    elif path == "/auth/digest" and not request.header("authorization"):
        reply = response(b"", CHALLENGE, status="401 Unauthorized")
    elif request.request_line.startswith("HEAD"):
        reply = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"
    else:
        reply = response(b"ok")
    writer.write(reply)


def variables(server):
    return {
        "ECHO": server.url,
        "ECHO_HOST": server.url.removeprefix("http://"),
        "ECHO_PORT": str(server.port),
        "TOKEN": "t0ken",
    }


async def from_reference(server):
    await asyncio.to_thread(run_in_place, COLLECTION, "-r", env=variables(server))


async def from_us(server, monkeypatch):
    for name, value in variables(server).items():
        monkeypatch.setenv(name, value)
    result = await bruscript.load(COLLECTION).arun(noproxy=True)
    assert [found.error for found in result.results if found.error] == []


@pytest.fixture
async def arrivals(monkeypatch):
    """What came from the reference and from us, in pairs; at one server, for signatures cover its port."""
    async with raw_server(answer) as server:
        await from_reference(server)
        theirs, server.arrived = server.arrived, []
        await from_us(server, monkeypatch)
    assert len(theirs) == len(server.arrived) == 58
    return list(zip(theirs, server.arrived, strict=True))


# What differs by its nature from one run to the next, or is told in docs/differences.md.
CHANGES = [
    (r"127\.0\.0\.1:\d+", "HOST"),
    (r"(?m)^User-Agent: (bruno-runtime/4\.1\.0|bruscript/[\d.]+)", "User-Agent: US"),
    (r"(?m)^request-start-time: \d{13}", "request-start-time: NOW"),
    (r"-{26}[0-9a-f]{24}", "BOUNDARY"),
    (r'PasswordDigest="[^"]+", Nonce="[0-9a-f]{32}", Created="[^"]+"', "WSSE"),
    (r"X-Amz-Date: \d{8}T\d{6}Z", "X-Amz-Date: NOW"),
    (r"AKID/\d{8}/(\S+) SignedHeaders=\S+ Signature=[0-9a-f]{64}", r"AKID/TODAY/\1 SIGNED"),
]


def normal(arrived) -> tuple[str, list[str], bytes]:
    """Request line, headers and body; `Host`, which we send first, stands where the reference has it."""
    text = arrived.head.decode("latin-1")
    for pattern, replacement in CHANGES:
        text = re.sub(pattern, replacement, text)
    lines = text.split("\r\n")[:-2]
    if "Digest " in text:
        lines = [digest(line) if line.startswith("Authorization") else line for line in lines]
    body = re.sub(rb"-{26}[0-9a-f]{24}", b"BOUNDARY", arrived.body)
    return lines[0], sorted(lines[1:]), body


def digest(line: str) -> str:
    """A digest answer's fields without what is random; quotes around words are a matter of taste."""
    fields = re.sub(r'(response|cnonce)="[0-9a-f]+"', r"\1", line.replace('"auth"', "auth"))
    fields = fields.replace('"00000001"', "00000001").replace(', algorithm="MD5"', "")
    return ", ".join(sorted(fields.removeprefix("Authorization: Digest ").split(", ")))


# Told in docs/differences.md: the reference leaves these requests without their key, or breaks them.
BETTER = ("/auth/key?x=1", "/multipart-mixed")
KNOWN = {
    "/p?q=a b/c&r= &s=ü": replaced("With `encodeUrl`, what is encoded already stays", "&r=%2520&", "&r=%20&")
}
UNORDERED = ("host", "authorization", "x-amz-date", "x-amz-security-token", "content-length")


def by_name(sides) -> dict[str, tuple[str, list[str], bytes]]:
    """What arrived, by the target however often that is encoded; " again" where there was one like it."""
    named = {}
    for side in sides:
        name = unquote(unquote(side.target))
        while name in named:
            name += " again"
        if not name.startswith(BETTER):
            named[name] = normal(side)
    return named


async def test_the_same_requests_arrive(arrivals):
    theirs, ours = zip(*arrivals, strict=True)
    assert_equal(by_name(theirs), by_name(ours), KNOWN)
    for expected, found in zip(theirs, ours, strict=True):
        names, order = ([line.partition(":")[0] for line in side.lines] for side in (found, expected))
        keep = [name for name in order if name.lower() not in UNORDERED]
        assert [name for name in names if name.lower() not in UNORDERED] == keep
