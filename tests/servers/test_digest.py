"""Digest authentication as Apache's httpd checks it."""

import hashlib
from types import SimpleNamespace

import pytest
from apps.daemons import free_port, running

from bruscript.auth import build_auth
from bruscript.http import AuthConfig, OutgoingRequest

pytestmark = pytest.mark.servers
MODULES = "/usr/lib/apache2/modules"


@pytest.fixture(scope="module")
def httpd(tmp_path_factory):
    folder = tmp_path_factory.mktemp("httpd")
    port = free_port()
    secret = hashlib.md5("ada:the realm:l0ve:lace ü".encode()).hexdigest()
    (folder / "users").write_text(f"ada:the realm:{secret}\n")
    (folder / "html").mkdir()
    (folder / "html" / "page").write_text("inside")
    names = ["mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_digest", "auth_basic"]
    loads = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in names)
    (folder / "httpd.conf").write_text(f"""
        ServerRoot {folder}
        ServerName localhost
        Listen 127.0.0.1:{port}
        PidFile {folder}/pid
        ErrorLog {folder}/errors
        DefaultRuntimeDir {folder}
        {loads}
        DocumentRoot {folder}/html
        <Location />
            AuthType Digest
            AuthName "the realm"
            AuthDigestDomain /
            AuthDigestNonceLifetime 300
            AuthUserFile {folder}/users
            Require valid-user
        </Location>
    """)
    command = ["/usr/sbin/apache2", "-X", "-f", str(folder / "httpd.conf")]
    with running(command, port):
        yield SimpleNamespace(url=f"http://127.0.0.1:{port}")


@pytest.mark.parametrize("path", ["/page", "/page?a=b%20c&d=/e", "/page?q=%22x%22"])
async def test_apache_lets_us_in(httpd, make_client, path):
    auth = build_auth(AuthConfig("digest", {"username": "ada", "password": "l0ve:lace ü"}))
    got = await make_client().send(OutgoingRequest("GET", httpd.url + path), auth)
    assert (got.status, got.text) == (200, "inside")


async def test_apache_keeps_a_wrong_password_out(httpd, make_client):
    auth = build_auth(AuthConfig("digest", {"username": "ada", "password": "wrong"}))
    assert (await make_client().send(OutgoingRequest("GET", httpd.url + "/page"), auth)).status == 401
