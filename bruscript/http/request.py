"""A request as the client takes it: without anything left to resolve."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from bruscript.records import record

if TYPE_CHECKING:
    from bruscript.http.fence import Fence


@record(frozen=True)
class FileBody:
    """A file whose bytes are the body, read while they are sent. `path` is absolute.

    Where `root` is given, the file has to be in that directory when it is opened: `path` begins with it, and
    no link behind it is followed.
    """

    path: Path
    root: Path | None = None


@record(frozen=True)
class Part:
    """One field of a multipart body.

    `value` is the text, the bytes, or the `FileBody` to stream. `filename` defaults to the file's own name;
    `content_type` to what that name suggests, and to none for text. `headers` are further header lines.
    """

    name: str
    value: str | bytes | FileBody = field(repr=False)
    filename: str | None = None
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@record(frozen=True)
class MultipartBody:
    """A multipart body (RFC 2046, RFC 7578), streamed part by part.

    `boundary` is set where the user's content type names one; otherwise the client makes one and completes
    the request's `content-type` header with it.
    """

    parts: tuple[Part, ...] = ()
    boundary: str | None = None


@record
class AuthConfig:
    """An auth mode with its settings, templates resolved, under the names of the reference's JSON.

    `mode` is "none", "inherit" or a mode of `lang.auth_modes`. `source` is the file that it was written in,
    or inherited from.
    """

    mode: str = "none"
    config: dict[str, Any] = field(default_factory=dict, repr=False)
    source: Path | None = None


class Allowance(Protocol):
    """Memory that several requests share."""

    async def take(self, count: int) -> None:
        """Return when there is room for so many bytes more."""


@record
class OutgoingRequest:
    """A request ready for the wire; all templates are resolved and the body is final.

    `headers` keep their order and case; a name may repeat. `omit_headers` are lower-case names of default
    headers that the client must not add (a script deleted them, or there is no body that they would be
    about). `timeout_ms` is for each exchange, 0 is none. `max_redirects` counts hops.
    `forward_authorization` says whether `Authorization` goes along on a redirect to another origin; with None
    it does where the host stays the same and TLS is not left. `cookies` off sends none and keeps none.
    `max_body` is the most bytes that are read of the response, None for the client's own limit; `allowance`
    is asked for each of them before it is kept.
    `parse_json` off leaves `Response.data` a string. `warnings` are for the user.
    `sent_by` names who sends it, where that is not the collection (see `SentRequest`).
    `fence` says which hosts are in reach, None for all. `fenced` is when it is asked: before each hop, only
    where a redirect leads to another host than the first, or so from the first hop on that carries cookies in
    which scripts had a hand.
    """

    method: str
    url: str = field(repr=False)
    headers: list[tuple[str, str]] = field(default_factory=list, repr=False)
    body: bytes | FileBody | MultipartBody | None = field(default=None, repr=False)
    timeout_ms: int = 0
    follow_redirects: bool = True
    max_redirects: int = 5
    forward_authorization: bool | None = None
    auth: AuthConfig = field(default_factory=AuthConfig)
    omit_headers: frozenset[str] = frozenset()
    cookies: bool = True
    parse_json: bool = True
    max_body: int | None = None
    allowance: Allowance | None = field(default=None, repr=False)
    fence: Fence | None = field(default=None, repr=False)
    fenced: Literal["hops", "redirects", "cookies"] = "hops"
    sent_by: str = ""
    warnings: tuple[str, ...] = field(default=(), repr=False)

    def header(self, name: str) -> str | None:
        """Return the first value of the header `name`, in whatever case it is written.

        None where it is not set.
        """
        lower = name.lower()
        return next((value for key, value in self.headers if key.lower() == lower), None)
