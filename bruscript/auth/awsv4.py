"""AWS Signature Version 4, in the header `Authorization`."""

from __future__ import annotations

import configparser
import hashlib
import hmac
import os
import re
from collections.abc import Generator
from dataclasses import field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, unquote, unquote_plus

import httpx

from bruscript.auth.scheme import Redirects, Scheme, Unsigned, body_chunks, set_header, text
from bruscript.http.errors import RequestError
from bruscript.http.wire import target_of
from bruscript.records import record

_ALGORITHM = "AWS4-HMAC-SHA256"
_UNRESERVED = "-_.~"
# Services whose paths are not encoded a second time and whose payload's hash is sent along.
_S3_LIKE = frozenset({"s3", "s3-outposts", "s3-object-lambda", "s3express"})
_SIGNED = frozenset({"host", "content-type", "content-md5"})
_HOST = re.compile(r"([^.]{1,63})\.(?:([^.]{0,63})\.)?amazonaws\.com(?:\.cn)?\Z")


@record(frozen=True)
class AwsCredentials:
    """A key pair, and the token of the session that it belongs to if it is a temporary one."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


class AwsV4Auth(Scheme):
    """Signs each request to the origin that it was meant for; a redirect elsewhere goes unsigned."""

    redirects: ClassVar[Redirects] = "same-origin"

    def __init__(self, credentials: AwsCredentials, service: str = "", region: str = "") -> None:
        self._credentials = credentials
        self._service = service
        self._region = region

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Scheme:
        """From `accessKeyId`, `secretAccessKey`, `sessionToken`, `service`, `region`, `profileName`.

        A profile's keys come before those given. Raises RequestError for a profile that has none.
        """
        credentials = AwsCredentials(
            text(config, "accessKeyId"), text(config, "secretAccessKey"), text(config, "sessionToken")
        )
        region = text(config, "region")
        if profile := text(config, "profileName"):
            credentials, profile_region = from_profile(profile)
            region = region or profile_region
        if not credentials.access_key_id or not credentials.secret_access_key:
            return Unsigned(
                "AWS Signature: accessKeyId or secretAccessKey is empty, so the request is not signed"
            )
        return cls(credentials, text(config, "service"), region)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Set `X-Amz-Date`, `X-Amz-Security-Token`, `Authorization`, and for S3 `X-Amz-Content-Sha256`."""
        guessed_service, guessed_region = service_of(request.url.host)
        service = self._service or guessed_service
        region = self._region or guessed_region or "us-east-1"
        headers = request.headers
        if "x-amz-date" not in headers:
            headers["X-Amz-Date"] = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        if self._credentials.session_token and "x-amz-security-token" not in headers:
            set_header(request, "X-Amz-Security-Token", self._credentials.session_token)
        payload_hash = headers.get("x-amz-content-sha256")
        if payload_hash is None:
            payload_hash = _payload_hash(request)
            if service in _S3_LIKE:
                headers["X-Amz-Content-Sha256"] = payload_hash
        set_header(request, "Authorization", self.signature(request, payload_hash, service, region))
        yield request

    def signature(self, request: httpx.Request, payload_hash: str, service: str, region: str) -> str:
        """Return the value of `Authorization` for `request`, which has its `X-Amz-Date` and `Host`."""
        signed = {
            name: re.sub(r"\s+", " ", value.strip())
            for name, value in sorted(_merged(request.headers).items())
            if name in _SIGNED or name.startswith("x-amz-")
        }
        path, _, query = target_of(request).partition("?")
        names = ";".join(signed)
        canonical = "\n".join(
            [
                request.method,
                _canonical_path(path, service),
                _canonical_query(query),
                *[f"{name}:{value}" for name, value in signed.items()],
                "",
                names,
                payload_hash,
            ]
        )
        moment = request.headers["x-amz-date"]
        scope = f"{moment[:8]}/{region}/{service}/aws4_request"
        to_sign = "\n".join([_ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = f"AWS4{self._credentials.secret_access_key}".encode()
        for part in (moment[:8], region, service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
        credential = f"{self._credentials.access_key_id}/{scope}"
        return f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"


def from_profile(name: str) -> tuple[AwsCredentials, str]:
    """Credentials and region of a profile in AWS's credentials and config files. Raises RequestError."""
    home = Path.home() / ".aws"
    credentials_file = Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or home / "credentials")
    config_file = Path(os.environ.get("AWS_CONFIG_FILE") or home / "config")
    settings: dict[str, str] = {}
    for path, section in (
        (config_file, name if name == "default" else f"profile {name}"),
        (credentials_file, name),
    ):
        parser = configparser.RawConfigParser(default_section="\0")
        try:
            parser.read(path, encoding="utf-8")
        except (OSError, configparser.Error, UnicodeError) as error:
            raise RequestError(f"Cannot read the AWS profiles in {path}: {error}", "ERR_AUTH") from None
        if parser.has_section(section):
            settings.update(parser.items(section))
    credentials = AwsCredentials(
        settings.get("aws_access_key_id", ""),
        settings.get("aws_secret_access_key", ""),
        settings.get("aws_session_token", ""),
    )
    if not credentials.access_key_id or not credentials.secret_access_key:
        raise RequestError(
            f"The AWS profile {name!r} has no access key in {credentials_file} or {config_file}",
            "ERR_AUTH",
            hint="Profiles with aws_access_key_id and aws_secret_access_key can be used; for single sign-on "
            "or a role, write the temporary keys there first (aws configure export-credentials).",
        )
    return credentials, settings.get("region", "")


def service_of(host: str) -> tuple[str, str]:
    """Return service and region as in AWS's host names; "" for what is missing."""
    match = _HOST.search(host)
    if not match:
        return "", ""
    service, region = match[1], match[2] or ""
    if region in ("es", "aoss"):
        service, region = region, service
    if region == "s3":
        return "s3", "us-east-1"
    for part in (service, region):
        if part.startswith("s3-"):
            return "s3", part[3:]
    return ("ses" if service == "email" else service), region


def _payload_hash(request: httpx.Request) -> str:
    digest = hashlib.sha256()
    for chunk in body_chunks(request):
        digest.update(chunk)
    return digest.hexdigest()


def _merged(headers: httpx.Headers) -> dict[str, str]:
    merged: dict[str, str] = {}
    for name, value in headers.multi_items():
        merged[name] = f"{merged[name]},{value}" if name in merged else value
    return merged


def _canonical_path(path: str, service: str) -> str:
    if service in _S3_LIKE:
        return quote(unquote(path), safe=_UNRESERVED + "/")
    # The path is already free of dot segments; AWS encodes what is on the wire once more.
    return quote(re.sub(r"/{2,}", "/", path), safe=_UNRESERVED + "/")


def _canonical_query(query: str) -> str:
    pairs = []
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            pairs.append(
                (quote(unquote_plus(name), safe=_UNRESERVED), quote(unquote_plus(value), safe=_UNRESERVED))
            )
    return "&".join([f"{name}={value}" for name, value in sorted(pairs)])
