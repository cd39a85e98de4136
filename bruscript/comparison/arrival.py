"""One request as it arrived."""

from __future__ import annotations

from typing import BinaryIO
from urllib.parse import urlsplit

from bruscript.records import record

Headers = list[tuple[str, str]]


@record(frozen=True)
class Arrival:
    """A request that a run sent: `raw` is the body with its framing, `body` without."""

    method: str
    scheme: str
    authority: str
    target: str
    headers: Headers
    body: bytes = b""
    raw: bytes = b""

    @property
    def url(self) -> str:
        """The whole URL, the port left out where it is the scheme's own."""
        default = {"http": ":80", "https": ":443"}[self.scheme]
        return f"{self.scheme}://{self.authority.removesuffix(default)}{self.target}"

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def host(self) -> str:
        """The name or address of the server, in lower case."""
        return urlsplit(f"//{self.authority}").hostname or ""

    @property
    def port(self) -> int:
        """The port of the server."""
        return urlsplit(f"//{self.authority}").port or {"http": 80, "https": 443}[self.scheme]

    def values(self, name: str) -> list[str]:
        """Return the values of a header, in order."""
        return [value for key, value in self.headers if key.lower() == name]


Exchange = tuple[Arrival, bytes | None]
"""A request and the bytes of its response, if there was one."""


def read_head(stream: BinaryIO) -> tuple[str, Headers, bytes] | None:
    """Read a start line and headers; give them and the bytes, or None where the peer has closed."""
    raw = line = stream.readline(1 << 20)
    while line in (b"\r\n", b"\n"):
        raw = line = stream.readline(1 << 20)
    if not line:
        return None
    start, headers = line.decode("latin-1").rstrip("\r\n"), []
    while (line := stream.readline(1 << 20)) not in (b"\r\n", b"\n"):
        if not line:
            return None
        raw += line
        name, _, value = line.decode("latin-1").partition(":")
        headers.append((name, value.strip()))
    return start, headers, raw + line


def read_body(stream: BinaryIO, headers: Headers) -> tuple[bytes, bytes] | None:
    """Read a body that its headers delimit: its content, and the bytes; None where they do not delimit it."""
    fields = {name.lower(): value for name, value in headers}
    if "chunked" in fields.get("transfer-encoding", "").lower():
        return _chunked(stream)
    if "content-length" not in fields:
        return None
    body = stream.read(int(fields["content-length"]))
    return body, body


def _chunked(stream: BinaryIO) -> tuple[bytes, bytes]:
    content, raw = b"", b""
    while True:
        line = stream.readline(1 << 16)
        raw += line
        size = int(line.split(b";")[0], 16)
        if not size:
            break
        chunk = stream.read(size)
        content += chunk
        raw += chunk + stream.readline()
    while (line := stream.readline(1 << 16)) not in (b"\r\n", b"\n", b""):
        raw += line
    return content, raw + line
