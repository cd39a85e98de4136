"""OAuth 1.0 (RFC 5849) with body hash, on Authlib's signature base string."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Generator
from dataclasses import field
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlencode

import httpx

from bruscript.auth.scheme import (
    Redirects,
    Scheme,
    body_chunks,
    set_header,
    text,
)
from bruscript.files import read_file
from bruscript.http.errors import RequestError
from bruscript.http.wire import address_of, set_target, target_of
from bruscript.lang.choices import CHOICES, is_valid, wrong_value
from bruscript.records import record

_METHODS = {
    "HMAC-SHA1": "sha1",
    "HMAC-SHA256": "sha256",
    "HMAC-SHA512": "sha512",
    "RSA-SHA1": "sha1",
    "RSA-SHA256": "sha256",
    "RSA-SHA512": "sha512",
    "PLAINTEXT": "sha1",
}
_FORM = "application/x-www-form-urlencoded"
Pairs = list[tuple[str, str]]


@record(frozen=True)
class OAuth1Settings:
    """A consumer, perhaps a token, and how to sign. `placement` is header, query or body."""

    consumer_key: str
    consumer_secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    token_secret: str = field(default="", repr=False)
    callback: str = ""
    verifier: str = field(default="", repr=False)
    method: str = "HMAC-SHA1"
    private_key: str = field(default="", repr=False)
    timestamp: str = ""
    nonce: str = ""
    version: str = "1.0"
    realm: str = ""
    placement: str = "header"
    body_hash: bool = False


class OAuth1Auth(Scheme):
    """Signs each request to the origin that it was meant for."""

    redirects: ClassVar[Redirects] = "same-origin"

    def __init__(self, settings: OAuth1Settings) -> None:
        self._settings = settings

    @classmethod
    def from_config(cls, config: dict[str, Any], base_dir: Path) -> OAuth1Auth:
        """From the settings of the block, in the names of the reference's JSON (`consumerKey` and so on).

        A key of `privateKeyType` file is read from `base_dir`. Raises RequestError for a value outside its
        fixed set, and for a missing key.
        """
        method = text(config, "signatureMethod") or "HMAC-SHA1"
        placement = text(config, "placement") or "header"
        body_hash = text(config, "includeBodyHash").strip()
        for name, value in (
            ("signature_method", method),
            ("placement", placement),
            ("include_body_hash", body_hash or "false"),
        ):
            choices = CHOICES["auth:oauth1"][name]
            if not is_valid(value, choices):
                raise RequestError(f"OAuth 1.0: {wrong_value(name, value, choices)}", "ERR_AUTH")
        key = text(config, "privateKey")
        if key and text(config, "privateKeyType") == "file":
            try:
                key = read_file(base_dir / key).decode()
            except (OSError, UnicodeError) as error:
                raise RequestError(f"OAuth 1.0: cannot read the private key: {error}", "ERR_AUTH") from None
        if method.startswith("RSA-") and not key:
            raise RequestError(f"OAuth 1.0: {method} needs a private key (private_key)", "ERR_AUTH")
        return cls(
            OAuth1Settings(
                consumer_key=text(config, "consumerKey"),
                consumer_secret=text(config, "consumerSecret"),
                token=text(config, "accessToken"),
                token_secret=text(config, "accessTokenSecret"),
                callback=text(config, "callbackUrl"),
                verifier=text(config, "verifier"),
                method=method,
                private_key=key.replace("\\n", "\n"),
                timestamp=text(config, "timestamp"),
                nonce=text(config, "nonce"),
                version=text(config, "version") or "1.0",
                realm=text(config, "realm"),
                placement=placement,
                body_hash=body_hash.lower() == "true",
            )
        )

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Put the signed parameters where they belong."""
        form = request.headers.get("content-type", "").startswith(_FORM)
        parameters = self._parameters()
        if self._settings.body_hash and not form:
            parameters.append(("oauth_body_hash", self._body_hash(request)))
        others = _query_pairs(target_of(request))
        if form and (request.method not in ("GET", "HEAD") or self._settings.placement == "body"):
            others += _form_pairs(request)
        parameters.append(("oauth_signature", self.signature(request, parameters, others)))
        if self._settings.placement == "query":
            self._into_query(request, parameters)
        elif self._settings.placement == "body":
            self._into_body(request, parameters, form)
        else:
            set_header(request, "Authorization", self._header(parameters))
        yield request

    def signature(self, request: httpx.Request, parameters: Pairs, others: Pairs) -> str:
        """Return the signature over `parameters` (of the protocol) and `others` (of query and form)."""
        # Imported here: Authlib takes 20 ms, and OAuth 1.0 is rare.
        from authlib.oauth1.rfc5849 import signature as rfc5849

        settings = self._settings
        if settings.method == "PLAINTEXT":
            return str(rfc5849.plaintext_signature(settings.consumer_secret, settings.token_secret))
        # Authlib decodes the protocol's own parameters before it signs them.
        pairs = [(name, rfc5849.escape(value)) for name, value in parameters]
        pairs += [(n, rfc5849.escape(v) if n.startswith("oauth_") else v) for n, v in others]
        url = str(address_of(request)).partition("?")[0]
        base = rfc5849.construct_base_string(request.method, url, pairs)
        return self._sign(base.encode(), rfc5849.escape)

    def _sign(self, base: bytes, escape: Any) -> str:
        settings = self._settings
        name = _METHODS[settings.method]
        if settings.method.startswith("HMAC-"):
            key = f"{escape(settings.consumer_secret)}&{escape(settings.token_secret)}".encode()
            return base64.b64encode(hmac.digest(key, base, name)).decode("ascii")
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding, rsa

        try:
            private = _private_key(settings.private_key)
        except (ValueError, TypeError) as error:
            raise RequestError(f"OAuth 1.0: the private key cannot be used: {error}", "ERR_AUTH") from None
        if not isinstance(private, rsa.RSAPrivateKey):
            raise RequestError(f"OAuth 1.0: {settings.method} needs an RSA key", "ERR_AUTH")
        algorithm: hashes.HashAlgorithm = getattr(hashes, name.upper())()
        return base64.b64encode(private.sign(base, padding.PKCS1v15(), algorithm)).decode("ascii")

    def _parameters(self) -> Pairs:
        settings = self._settings
        parameters = [
            ("oauth_consumer_key", settings.consumer_key),
            ("oauth_nonce", settings.nonce or secrets.token_hex(16)),
            ("oauth_signature_method", settings.method),
            ("oauth_timestamp", settings.timestamp or str(int(time.time()))),
            ("oauth_version", settings.version),
        ]
        optional = (
            ("oauth_token", settings.token),
            ("oauth_callback", settings.callback),
            ("oauth_verifier", settings.verifier),
        )
        return parameters + [(name, value) for name, value in optional if value]

    def _body_hash(self, request: httpx.Request) -> str:
        digest = hashlib.new(_METHODS[self._settings.method], usedforsecurity=False)
        for chunk in body_chunks(request):
            digest.update(chunk)
        return base64.b64encode(digest.digest()).decode("ascii")

    def _header(self, parameters: Pairs) -> str:
        from authlib.oauth1.rfc5849.util import escape

        fields = [f'{name}="{escape(value)}"' for name, value in sorted(parameters)]
        if self._settings.realm:
            realm = self._settings.realm.replace("\\", "\\\\").replace('"', '\\"')
            fields.insert(0, f'realm="{realm}"')
        return "OAuth " + ", ".join(fields)

    @staticmethod
    def _into_query(request: httpx.Request, parameters: Pairs) -> None:
        target = target_of(request)
        joint = "&" if "?" in target else "?"
        set_target(request, f"{target}{joint}{urlencode(parameters)}")

    @staticmethod
    def _into_body(request: httpx.Request, parameters: Pairs, form: bool) -> None:
        from bruscript.http.body import BodyStream

        body = b"".join(body_chunks(request))
        if body and not form:
            raise RequestError(
                "OAuth 1.0: parameters can be placed in a form-urlencoded body only",
                "ERR_AUTH",
                hint="Set placement to header or query for this request.",
            )
        body += (b"&" if body else b"") + urlencode(parameters).encode("ascii")
        request.stream = BodyStream([body])
        request.headers["Content-Length"] = str(len(body))
        if not form:
            request.headers["Content-Type"] = _FORM


@lru_cache(maxsize=4)  # to check an RSA key takes 40 ms, more than all else of most requests
def _private_key(pem: str) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return load_pem_private_key(pem.encode(), password=None)


def _query_pairs(target: str) -> Pairs:
    """Return the query's parameters.

    In it a plus sign is itself (RFC 5849, 3.4.1.3.1 as the reference reads it).
    """
    pairs = [pair.partition("=") for pair in target.partition("?")[2].split("&") if pair]
    return [(unquote(name), unquote(value)) for name, _, value in pairs]


def _form_pairs(request: httpx.Request) -> Pairs:
    body = b"".join(body_chunks(request)).decode("utf-8", "replace")
    return parse_qsl(body, keep_blank_values=True)
