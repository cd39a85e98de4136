"""Real servers from Debian's packages, started on free ports of the loopback interface."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from apps.daemons import Authority, free_port, running

from bruscript.http import Client, ClientConfig


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="session")
def nginx(authority, tmp_path_factory):
    """TLS with HTTP/2, TLS that wants a client certificate, an expired and a misnamed certificate, gzip."""
    folder = tmp_path_factory.mktemp("nginx")
    ports = SimpleNamespace(plain=free_port(), tls=free_port(), mtls=free_port(), expired=free_port())
    ports.wrong = free_port()
    site = authority.issue("site", hosts=("localhost", "127.0.0.1", "named.test"))
    expired = authority.issue("expired", hosts=("localhost", "127.0.0.1"), days=-10)
    wrong = authority.issue("wrong", hosts=("elsewhere.test",))
    (folder / "html").mkdir()
    (folder / "html" / "text.txt").write_text("squeeze me " * 1000)
    (folder / "html" / "big.bin").write_bytes(bytes(range(256)) * 40960)

    def listen(port, files, more=""):
        return f"""
        server {{
            listen 127.0.0.1:{port} ssl http2;
            ssl_certificate {files.cert}; ssl_certificate_key {files.key};
            {more}
            {locations}
        }}"""

    locations = """
            location /echo {
                default_type text/plain;
                return 200 "$server_protocol|$ssl_server_name|$ssl_client_s_dn|$http_x_own|$request_uri";
            }
            location /upload { proxy_pass http://127.0.0.1:PLAIN/echo; }
            location /moved { return 307 /echo?moved; }
            location /teapot { return 418; }
    """.replace("PLAIN", str(ports.plain))
    config = folder / "nginx.conf"
    config.write_text(f"""
    daemon off; pid {folder}/pid; error_log stderr; worker_processes 1; master_process off;
    events {{ worker_connections 64; }}
    http {{
        access_log off; root {folder}/html; gzip on; gzip_types *; gzip_http_version 1.0; gzip_proxied any;
        client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
        uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; client_max_body_size 100m;
        server {{ listen 127.0.0.1:{ports.plain}; {locations} }}
        {listen(ports.tls, site)}
        {listen(ports.mtls, site, f"ssl_client_certificate '{authority.path}'; ssl_verify_client on;")}
        {listen(ports.expired, expired)}
        {listen(ports.wrong, wrong)}
    }}""")
    command = ["/usr/sbin/nginx", "-p", str(folder), "-c", str(config)]
    with running(command, ports.plain, ports.tls, ports.mtls, ports.expired, ports.wrong):
        yield SimpleNamespace(
            plain=f"http://127.0.0.1:{ports.plain}",
            tls=f"https://localhost:{ports.tls}",
            mtls=f"https://localhost:{ports.mtls}",
            expired=f"https://localhost:{ports.expired}",
            wrong=f"https://localhost:{ports.wrong}",
            ports=ports,
            folder=folder,
        )


@pytest.fixture
async def make_client():
    """Makes clients that are closed when the test ends."""
    clients = []

    def make(**options) -> Client:
        clients.append(Client(ClientConfig(**options)))
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()
