"""Client certificates (RFC 8705), with a server that shakes hands with nobody who has none."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import pytest
from apps.daemons import Authority

from bruscript.auth.oauth2 import OAuth2Error, TokenManager
from bruscript.cli import main
from bruscript.http import Client, ClientConfig, OutgoingRequest


@dataclass
class MutualTls:
    """The server: what arrived at its token endpoint, and whose certificate came with it."""

    url: str
    authority: Authority
    arrived: list[tuple[str, dict[str, list[str]], str | None]] = field(default_factory=list)

    def config(self, files: SimpleNamespace | None) -> ClientConfig:
        certs = [{"domain": "localhost", **certificate(files)}] if files else []
        return ClientConfig(cacert=self.authority.path, client_certs=certs)


def certificate(files: SimpleNamespace) -> dict[str, str]:
    return {"type": "cert", "certFilePath": str(files.cert), "keyFilePath": str(files.key)}


class Handler(BaseHTTPRequestHandler):
    server: Any

    def common_name(self) -> str:
        peer = self.connection.getpeercert()
        return dict(part[0] for part in peer["subject"])["commonName"]

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        who = self.common_name()
        self.server.told.arrived.append((who, form, self.headers["Authorization"]))
        if form["client_id"] != [who]:
            self.answer(401, {"error": "invalid_client"})
        else:
            self.answer(200, {"access_token": f"bound-to-{who}", "token_type": "Bearer", "expires_in": 60})

    def do_GET(self) -> None:
        """A resource whose tokens are bound to the certificate (RFC 8705, 3)."""
        good = self.headers["Authorization"] == f"Bearer bound-to-{self.common_name()}"
        self.answer(200 if good else 401, {"good": good})

    def answer(self, status: int, data: dict[str, Any]) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def mtls(tmp_path) -> Iterator[MutualTls]:
    authority = Authority(tmp_path)
    own = authority.issue("site", hosts=("localhost",))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.cert, own.key)
    context.load_verify_locations(authority.path)
    context.verify_mode = ssl.CERT_REQUIRED
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    told = MutualTls(f"https://localhost:{server.server_port}", authority)
    server.told = told  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


def settings(mtls: MutualTls, **more: Any) -> dict[str, Any]:
    return {
        "grantType": "client_credentials",
        "accessTokenUrl": f"{mtls.url}/token",
        "clientId": "machine",
        "clientSecret": "unused",
        "clientAuthentication": "tls_client_auth",
        "tokenHeaderPrefix": "Bearer",
        **more,
    }


async def test_the_certificate_stands_for_the_secret(mtls):
    client = Client(mtls.config(mtls.authority.issue("machine")))
    authorization = await TokenManager(send=client.send).authorize(settings(mtls))
    assert authorization
    response = await client.send(OutgoingRequest("GET", f"{mtls.url}/api"), authorization.auth)
    await client.aclose()
    assert response.data == {"good": True}
    form = {"grant_type": ["client_credentials"], "client_id": ["machine"]}
    assert mtls.arrived == [("machine", form, None)]


async def test_another_client_s_certificate(mtls):
    client = Client(mtls.config(mtls.authority.issue("other")))
    with pytest.raises(OAuth2Error, match="401 Unauthorized: invalid_client"):
        await TokenManager(send=client.send).authorize(settings(mtls))
    await client.aclose()


async def test_without_a_certificate_there_is_no_handshake(mtls):
    client = Client(mtls.config(None))
    with pytest.raises(OAuth2Error, match="/token failed: "):
        await TokenManager(send=client.send).authorize(settings(mtls))
    await client.aclose()
    assert mtls.arrived == []


def test_a_collection_names_the_certificate(mtls, tmp_path, capsys):
    machine = mtls.authority.issue("machine")
    folder = tmp_path / "collection"
    folder.mkdir()
    (folder / "machine.crt").write_bytes(machine.cert.read_bytes())
    (folder / "machine.key").write_bytes(machine.key.read_bytes())
    named = {"type": "cert", "certFilePath": "machine.crt", "keyFilePath": "machine.key"}
    certs = {"enabled": True, "certs": [{"domain": "localhost", **named}]}
    settings = {"version": "1", "name": "c", "type": "collection", "clientCertificates": certs}
    (folder / "bruno.json").write_text(json.dumps(settings))
    (folder / "one.bru").write_text(f"""meta {{
  name: one
  type: http
}}

get {{
  url: {mtls.url}/api
  auth: oauth2
}}

auth:oauth2 {{
  grant_type: client_credentials
  access_token_url: {mtls.url}/token
  client_id: machine
  client_authentication: tls_client_auth
  token_header_prefix: Bearer
}}

assert {{
  res.status: eq 200
}}
""")
    assert main(["run", str(folder), "--cacert", str(mtls.authority.path)]) == 0, capsys.readouterr()
    assert [who for who, *_ in mtls.arrived] == ["machine"]
