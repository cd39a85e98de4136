"""Digest access authentication (RFC 7616, and RFC 2069 for servers without qop)."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Generator
from typing import Any
from urllib.parse import quote

import httpx

from bruscript.auth.scheme import Scheme, Unsigned, body_chunks, text
from bruscript.http.wire import target_of
from bruscript.records import record

_ALGORITHMS = {
    "MD5": "md5",
    "SHA": "sha1",
    "SHA-256": "sha256",
    "SHA-512": "sha512",
    "SHA-512-256": "sha512_256",
}
# One parameter of a challenge, or the name of a scheme that begins the next one.
_PIECE = re.compile(
    r"""\s*(?:,\s*)*(?:
        (?P<name>[A-Za-z0-9!#$%&'*+.^_`|~-]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,"]*))
        |(?P<scheme>[A-Za-z0-9!#$%&'*+.^_`|~-]+)(?:\s+(?P<token>[A-Za-z0-9._~+/-]+=*)(?=\s*(?:,|\Z)))?
    )""",
    re.VERBOSE,
)


@record(frozen=True)
class Challenge:
    """The server's challenge. `algorithm` is as the server wrote it, `qop` a supported one or ""."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    qop: str = ""
    opaque: str | None = None
    stale: bool = False
    userhash: bool = False
    named_algorithm: bool = False

    @property
    def session(self) -> bool:
        """Whether the key is bound to nonce and client nonce (`-sess`)."""
        return self.algorithm.upper().endswith("-SESS")

    @property
    def hash_name(self) -> str:
        """The hash under the name that hashlib knows."""
        return _ALGORITHMS[self.algorithm.upper().removesuffix("-SESS")]


class DigestAuth(Scheme):
    """Answers a digest challenge; once more where the server says that its nonce was stale."""

    def __init__(self, username: str, password: str) -> None:
        self._username = username
        self._password = password

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Scheme:
        """From the settings `username` and `password`; without them the request is sent as it is."""
        username, password = text(config, "username"), text(config, "password")
        if not username.strip() or not password.strip():
            return Unsigned("Digest auth: username or password is empty, so no challenge is answered")
        return cls(username, password)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send, answer the challenge, and a second one if only the nonce was too old."""
        response = yield request
        for attempt in range(2):
            if response.status_code != 401:
                return
            challenge = first_challenge(response.headers.get_list("www-authenticate"))
            if challenge is None or (attempt and not challenge.stale):
                return
            # On the wire as UTF-8, which is what was hashed.
            request.headers["Authorization"] = self.answer(challenge, request).encode().decode("latin-1")
            response = yield request

    def answer(self, challenge: Challenge, request: httpx.Request, cnonce: str | None = None) -> str:
        """Return the value of `Authorization` that answers `challenge`."""
        cnonce = cnonce or secrets.token_hex(16)
        count = "00000001"
        target = target_of(request)

        def digest(data: str) -> str:
            return hashlib.new(challenge.hash_name, data.encode(), usedforsecurity=False).hexdigest()

        key = digest(f"{self._username}:{challenge.realm}:{self._password}")
        if challenge.session:
            key = digest(f"{key}:{challenge.nonce}:{cnonce}")
        method = f"{request.method}:{target}"
        if challenge.qop == "auth-int":
            body = hashlib.new(challenge.hash_name, usedforsecurity=False)
            for chunk in body_chunks(request):
                body.update(chunk)
            method += f":{body.hexdigest()}"
        counted = f"{count}:{cnonce}:{challenge.qop}:" if challenge.qop else ""
        response = digest(f"{key}:{challenge.nonce}:{counted}{digest(method)}")
        username = self._username
        if challenge.userhash:
            username = digest(f"{username}:{challenge.realm}")
        fields = [_username(username)]
        fields += [f"realm={_quoted(challenge.realm)}", f"nonce={_quoted(challenge.nonce)}"]
        fields += [f"uri={_quoted(target)}", f'response="{response}"']
        if challenge.named_algorithm:
            fields.append(f"algorithm={challenge.algorithm}")
        if challenge.opaque is not None:
            fields.append(f"opaque={_quoted(challenge.opaque)}")
        if challenge.qop:
            fields += [f"qop={challenge.qop}", f"nc={count}", f'cnonce="{cnonce}"']
        elif challenge.session:
            fields.append(f'cnonce="{cnonce}"')
        if challenge.userhash:
            fields.append("userhash=true")
        return "Digest " + ", ".join(fields)


def first_challenge(headers: list[str]) -> Challenge | None:
    """Return the first digest challenge of the `WWW-Authenticate` headers that can be answered."""
    for header in headers:
        for scheme, parameters in challenges(header):
            if scheme.lower() == "digest" and (challenge := _challenge(parameters)):
                return challenge
    return None


def challenges(header: str) -> list[tuple[str, dict[str, str]]]:
    """Return the challenges in a `WWW-Authenticate` header: scheme and parameters (RFC 9110, 11.6.1)."""
    result: list[tuple[str, dict[str, str]]] = []
    position = 0
    while match := _PIECE.match(header, position):
        position = match.end()
        if match["scheme"]:
            result.append((match["scheme"], {}))
        elif result:
            value = match["plain"] if match["quoted"] is None else re.sub(r"\\(.)", r"\1", match["quoted"])
            result[-1][1].setdefault(match["name"].lower(), value)
    return result


def _challenge(parameters: dict[str, str]) -> Challenge | None:
    algorithm = parameters.get("algorithm", "MD5")
    if "nonce" not in parameters or algorithm.upper().removesuffix("-SESS") not in _ALGORITHMS:
        return None
    offered = [option.strip().lower() for option in parameters.get("qop", "").split(",") if option.strip()]
    qop = next((option for option in ("auth", "auth-int") if option in offered), "")
    if offered and not qop:
        return None
    return Challenge(
        realm=parameters.get("realm", ""),
        nonce=parameters["nonce"],
        algorithm=algorithm,
        qop=qop,
        opaque=parameters.get("opaque"),
        stale=parameters.get("stale", "").lower() == "true",
        userhash=parameters.get("userhash", "").lower() == "true",
        named_algorithm="algorithm" in parameters,
    )


def _username(username: str) -> str:
    if username.isascii():
        return f"username={_quoted(username)}"
    return f"username*=UTF-8''{quote(username, safe='')}"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
