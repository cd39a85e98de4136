"""Secret managers on loopback: Vault over http, the clouds behind a proxy that ends TLS for their host names.

Each checks what the real one checks (tokens, signatures, paths) and answers in the real one's format.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from apps.daemons import Authority
from apps.serving import serve
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

TENANT = "7f1c1e0e-0000-4000-8000-000000000001"
REGION = "eu-central-1"
EMAIL = "robot@shop-project.iam.gserviceaccount.com"
Answer = tuple[int, Any, dict[str, str]]


@dataclass
class Asked:
    """A request as it came."""

    method: str
    host: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body or b"null")

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}

    @property
    def bearer(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass
class Managers:
    """The managers' contents, which tests may change, and what they were asked."""

    authority: Authority
    folder: Path
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    vault_tokens: dict[str, str] = field(default_factory=lambda: {"root-token": ""})
    """The namespace of each token."""
    kv1: dict[str, dict[str, Any]] = field(default_factory=dict)
    kv2: dict[str, list[dict[str, Any] | None]] = field(default_factory=dict)
    """The versions of each secret; None is a deleted one."""
    apps: dict[str, dict[str, str]] = field(default_factory=dict)
    aws: dict[str, Any] = field(default_factory=dict)
    azure: dict[str, dict[str, str | None]] = field(default_factory=dict)
    """Vault by vault; None is a disabled secret."""
    google: dict[str, dict[str, str | None]] = field(default_factory=dict)
    """Project by project; None is a secret without an enabled version."""
    busy: int = 0
    """How many requests to the clouds are answered 429 first."""
    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048), repr=False
    )

    _contexts: dict[str, ssl.SSLContext] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def pem(self) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def context(self, host: str) -> ssl.SSLContext:
        with self._lock:
            if host not in self._contexts:
                files = self.authority.issue(host, hosts=(host,))
                self._contexts[host] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self._contexts[host].load_cert_chain(files.cert, files.key)
            return self._contexts[host]

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/echo":
            return 200, {"got": asked.headers.get("x-got"), "body": asked.body.decode()}, {}
        self.asked.append(asked)
        if asked.path.startswith("/v1/") and asked.host.startswith(("127.", "localhost")):
            return self._vault(asked)
        if asked.path.startswith("/hcp/"):
            return self._hcp(asked)
        if self.busy:
            self.busy -= 1
            return 429, {"error": {"code": 429, "message": "slow down"}}, {"Retry-After": "0"}
        if asked.host == f"secretsmanager.{REGION}.amazonaws.com" or asked.headers.get("x-amz-target"):
            return self._aws(asked)
        if asked.host == "login.microsoftonline.com":
            return self._entra(asked)
        if asked.host.endswith(".vault.azure.net"):
            return self._azure(asked, asked.host.split(".")[0])
        if asked.host == "secretmanager.googleapis.com":
            return self._google(asked)
        return 404, {"nothing": asked.host + asked.path}, {}

    def _vault(self, asked: Asked) -> Answer:
        path = unquote(asked.path.removeprefix("/v1/"))
        if asked.method == "POST":
            return self._vault_login(path, asked.data)
        token = asked.headers.get("x-vault-token", "")
        namespace = asked.headers.get("x-vault-namespace", "").strip("/")
        if self.vault_tokens.get(token) != namespace:
            return 403, {"errors": ["permission denied"]}, {}
        if path in self.kv1:
            return 200, {"lease_duration": 2764800, "data": self.kv1[path]}, {}
        if path in self.kv2:
            versions = self.kv2[path]
            number = int(asked.query.get("version") or len(versions))
            metadata = {"version": number, "created_time": "2026-01-01T00:00:00Z", "destroyed": False}
            data = versions[number - 1]
            return 200 if data is not None else 404, {"data": {"data": data, "metadata": metadata}}, {}
        if path.replace("/", "/data/", 1) in self.kv2:
            warning = "Invalid path for a versioned K/V secrets engine."
            return 404, {"errors": [], "warnings": [warning]}, {}
        return 404, {"errors": []}, {}

    def _vault_login(self, path: str, data: dict[str, str]) -> Answer:
        logins = {
            "auth/approle/login": {"role_id": "the-role", "secret_id": "role-secret"},
            "auth/machines/login": {"role_id": "machine-role"},
            "auth/ldap/login/ann@shop": {"password": "ldap-password"},
        }
        if logins.get(path) != data:
            return 400, {"errors": ["invalid role or secret ID"]}, {}
        token = f"hvs.{len(self.vault_tokens)}-made"
        self.vault_tokens[token] = ""
        return 200, {"auth": {"client_token": token, "renewable": True, "lease_duration": 3600}}, {}

    def _hcp(self, asked: Asked) -> Answer:
        if asked.path == "/hcp/oauth2/token":
            form = asked.form
            wanted = {
                "grant_type": "client_credentials",
                "client_id": "hcp-client",
                "client_secret": "hcp-secret",
                "audience": "https://api.hashicorp.cloud",
            }
            if form != wanted:
                return 401, {"error": "access_denied", "error_description": "Unauthorized"}, {}
            return 200, {"access_token": "hcp-access-token", "token_type": "Bearer"}, {}
        match = re.fullmatch(
            r"/hcp/secrets/organizations/org-1/projects/proj-1/apps/([^/]+)/open", asked.path
        )
        if asked.bearer != "hcp-access-token":
            return 401, {"code": 16, "message": "unauthenticated"}, {}
        if not match or match[1] not in self.apps:
            return 404, {"code": 5, "message": "app not found"}, {}
        names = list(self.apps[match[1]])
        at = int(asked.query.get("pagination.next_page_token") or 0)
        page = [
            {"name": name, "version": {"version": "1", "value": self.apps[match[1]][name]}}
            for name in names[at : at + 2]
        ]
        following = str(at + 2) if at + 2 < len(names) else ""
        return 200, {"secrets": page, "pagination": {"next_page_token": following}}, {}

    def _aws(self, asked: Asked) -> Answer:
        if not _signed(asked, "AKIDEXAMPLE", "aws-secret-key"):
            return 400, {"__type": "InvalidSignatureException", "message": "The signature does not match"}, {}
        if asked.headers["x-amz-target"] != "secretsmanager.GetSecretValue":
            return 400, {"__type": "UnknownOperationException"}, {}
        name = asked.data["SecretId"]
        if name not in self.aws:
            return (
                400,
                {
                    "__type": "ResourceNotFoundException",
                    "Message": "Secrets Manager can't find the specified secret.",
                },
                {},
            )
        value = self.aws[name]
        held = {"SecretString": value} if isinstance(value, str) else {"SecretBinary": "AAEC"}
        return 200, {"ARN": f"arn:aws:secretsmanager:{REGION}:1:secret:{name}", "Name": name, **held}, {}

    def _entra(self, asked: Asked) -> Answer:
        base = "https://login.microsoftonline.com"
        if asked.path.endswith("/discovery/instance"):
            endpoint = f"{base}/{TENANT}/v2.0/.well-known/openid-configuration"
            metadata = [
                {
                    "preferred_network": "login.microsoftonline.com",
                    "preferred_cache": "login.windows.net",
                    "aliases": ["login.microsoftonline.com", "login.windows.net"],
                }
            ]
            found = {"tenant_discovery_endpoint": endpoint, "api-version": "1.1", "metadata": metadata}
            return 200, found, {}
        if asked.path.endswith("/openid-configuration"):
            return (
                200,
                {
                    "token_endpoint": f"{base}/{TENANT}/oauth2/v2.0/token",
                    "authorization_endpoint": f"{base}/{TENANT}/oauth2/v2.0/authorize",
                    "issuer": f"{base}/{TENANT}/v2.0",
                    "jwks_uri": f"{base}/{TENANT}/discovery/v2.0/keys",
                },
                {},
            )
        form = asked.form
        if asked.path != f"/{TENANT}/oauth2/v2.0/token" or form.get("client_secret") != "azure-client-secret":
            text = "AADSTS7000215: Invalid client secret provided."
            return 401, {"error": "invalid_client", "error_description": text}, {}
        if form["scope"].split()[0] != "https://vault.azure.net/.default" or form["client_id"] != "azure-app":
            return 400, {"error": "invalid_scope", "error_description": form["scope"]}, {}
        return 200, {"token_type": "Bearer", "expires_in": 3599, "access_token": "azure-access-token"}, {}

    def _azure(self, asked: Asked, vault: str) -> Answer:
        if asked.bearer not in ("azure-access-token", "az-cli-token"):
            challenge = (
                f'Bearer authorization="https://login.microsoftonline.com/{TENANT}", '
                'resource="https://vault.azure.net"'
            )
            return 401, {"error": {"code": "Unauthorized"}}, {"WWW-Authenticate": challenge}
        if vault not in self.azure:
            return 404, {"error": {"code": "VaultNotFound", "message": "no such vault"}}, {}
        secrets = self.azure[vault]
        if "api-version" not in asked.query:
            return 400, {"error": {"code": "BadParameter", "message": "api-version is required"}}, {}
        parts = asked.path.strip("/").split("/")
        base = f"https://{vault}.vault.azure.net/secrets"
        if len(parts) == 1:
            at = int(asked.query.get("skip") or 0)
            page = [
                {"id": f"{base}/{name}", "attributes": {"enabled": value is not None}}
                for name, value in list(secrets.items())[at : at + 2]
            ]
            following = f"{base}?api-version={asked.query['api-version']}&skip={at + 2}"
            return 200, {"value": page, "nextLink": following if at + 2 < len(secrets) else None}, {}
        value = secrets.get(parts[1])
        if value == "forbidden":
            return 403, {"error": {"code": "Forbidden", "message": "no permission to get"}}, {}
        return 200, {"value": value, "id": f"{base}/{parts[1]}/1", "attributes": {"enabled": True}}, {}

    def _google(self, asked: Asked) -> Answer:
        claims = _claims(asked.bearer, self.key)
        if (
            claims is None
            or claims["iss"] != EMAIL
            or claims["sub"] != EMAIL
            or claims["aud"] != "https://secretmanager.googleapis.com/"
            or not claims["iat"] <= time.time() + 5 < claims["exp"] <= claims["iat"] + 3600
        ):
            error = {"code": 401, "message": "invalid credentials", "status": "UNAUTHENTICATED"}
            return 401, {"error": error}, {}
        match = re.fullmatch(
            r"/v1/projects/([^/]+)/secrets(?:/([^/]+)/versions/latest:access)?", unquote(asked.path)
        )
        if not match or match[1] not in self.google:
            error = {"code": 403, "message": "Permission denied on project", "status": "PERMISSION_DENIED"}
            return 403, {"error": error}, {}
        project, name = match.groups()
        secrets = self.google[project]
        if name is None:
            at = int(asked.query.get("pageToken") or 0)
            page = [{"name": f"projects/42/secrets/{each}"} for each in list(secrets)[at : at + 2]]
            more = {"nextPageToken": str(at + 2)} if at + 2 < len(secrets) else {}
            return 200, {"secrets": page, **more}, {}
        value = secrets[name]
        if value is None:
            error = {"code": 404, "message": f"{name} has no versions", "status": "NOT_FOUND"}
            return 404, {"error": error}, {}
        data = base64.b64encode(value.encode()).decode()
        return 200, {"name": f"projects/42/secrets/{name}/versions/1", "payload": {"data": data}}, {}


def _claims(token: str, key: rsa.RSAPrivateKey) -> dict[str, Any] | None:
    head, _, rest = token.partition(".")
    body, _, signature = rest.partition(".")
    try:
        if json.loads(_unbase64(head))["alg"] != "RS256":
            return None
        key.public_key().verify(
            _unbase64(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        return json.loads(_unbase64(body))
    except (ValueError, InvalidSignature):
        return None


def _unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signed(asked: Asked, access_key: str, secret: str) -> bool:
    """Whether the request has a right signature, AWS Signature Version 4."""
    found = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8}/([^/]+)/secretsmanager/aws4_request), "
        r"SignedHeaders=([^,]+), Signature=([0-9a-f]+)",
        asked.headers.get("authorization", ""),
    )
    if not found or found[1] != access_key or found[3] != REGION:
        return False
    headers = "".join(f"{name}:{' '.join(asked.headers[name].split())}\n" for name in found[4].split(";"))
    payload = hashlib.sha256(asked.body).hexdigest()
    canonical = f"{asked.method}\n{asked.path}\n\n{headers}\n{found[4]}\n{payload}"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{asked.headers['x-amz-date']}\n{found[2]}\n{hashed}"
    key = f"AWS4{secret}".encode()
    for part in found[2].split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return "host" in found[4].split(";") and hmac.digest(key, to_sign.encode(), "sha256").hex() == found[5]


def _handler(managers: Managers) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_CONNECT(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self.wfile.flush()
            host = self.path.rpartition(":")[0]
            try:
                self.connection = managers.context(host).wrap_socket(self.connection, server_side=True)
            except OSError:
                self.close_connection = True
                return
            self.rfile = self.connection.makefile("rb")
            self.wfile = self.connection.makefile("wb")

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            target = urlsplit(self.path)
            status, data, headers = managers.answer(
                Asked(
                    self.command,
                    self.headers["host"].rpartition(":")[0] or self.headers["host"],
                    target.path,
                    {name: values[0] for name, values in parse_qs(target.query).items()},
                    {name.lower(): value for name, value in self.headers.items()},
                    body,
                )
            )
            content = data if isinstance(data, bytes) else json.dumps(data).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@contextmanager
def secret_managers(folder: Path) -> Iterator[Managers]:
    """Run them all; `url` is Vault's address and that of the proxy, `authority.path` whom to trust."""
    managers = Managers(Authority(folder), folder)
    with serve(ThreadingHTTPServer(("127.0.0.1", 0), _handler(managers))) as managers.url:
        yield managers
