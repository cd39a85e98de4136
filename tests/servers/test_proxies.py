"""HTTP, HTTPS and SOCKS proxies: tinyproxy, Apache's httpd, microsocks and dante."""

import os
from types import SimpleNamespace

import pytest
from apps.daemons import free_port, running

from bruscript.http import OutgoingRequest, RequestError

pytestmark = pytest.mark.servers
MODULES = "/usr/lib/apache2/modules"


@pytest.fixture(scope="module")
def tinyproxy(tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("tinyproxy"), free_port()
    config = folder / "tinyproxy.conf"
    config.write_text(
        f"Port {port}\nListen 127.0.0.1\nTimeout 30\nMaxClients 20\nBasicAuth ada l0velace\n"
        'DisableViaHeader No\nViaProxyName "tiny"\n'
    )
    with running(["tinyproxy", "-d", "-c", str(config)], port):
        yield SimpleNamespace(protocol="http", port=port)


@pytest.fixture(scope="module")
def https_proxy(authority, tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("httpsproxy"), free_port()
    files = authority.issue("proxy", hosts=("localhost", "127.0.0.1"))
    names = ["mpm_event", "authz_core", "proxy", "proxy_http", "proxy_connect", "ssl", "socache_shmcb"]
    loads = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in names)
    config = folder / "httpd.conf"
    config.write_text(f"""
        ServerRoot {folder}
        ServerName localhost
        Listen 127.0.0.1:{port}
        PidFile {folder}/pid
        ErrorLog {folder}/errors
        DefaultRuntimeDir {folder}
        {loads}
        SSLEngine on
        SSLCertificateFile {files.cert}
        SSLCertificateKeyFile {files.key}
        ProxyRequests On
        ProxyVia On
        AllowCONNECT 1-65535
    """)
    with running(["/usr/sbin/apache2", "-X", "-f", str(config)], port):
        yield SimpleNamespace(protocol="https", port=port)


@pytest.fixture(scope="module")
def microsocks():
    port = free_port()
    command = ["microsocks", "-i", "127.0.0.1", "-p", str(port), "-u", "ada", "-P", "l0velace"]
    with running(command, port):
        yield SimpleNamespace(protocol="socks5", port=port)


@pytest.fixture(scope="module")
def dante(tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("dante"), free_port()
    config = folder / "danted.conf"
    config.write_text(f"""
        logoutput: stderr
        internal: 127.0.0.1 port = {port}
        external: lo
        clientmethod: none
        socksmethod: none
        {"user.privileged: root" if os.geteuid() == 0 else ""}
        {"user.unprivileged: nobody" if os.geteuid() == 0 else ""}
        client pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
        socks pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
    """)
    with running(["danted", "-f", str(config), "-p", str(folder / "pid")], port):
        yield SimpleNamespace(port=port)


def through(port, protocol, **auth):
    config = {"protocol": protocol, "hostname": "127.0.0.1", "port": port, "auth": auth}
    return {"inherit": False, "config": config}


ADA = {"username": "ada", "password": "l0velace"}


@pytest.mark.parametrize("scheme", ["plain", "tls"])
async def test_an_http_proxy_with_credentials(tinyproxy, nginx, authority, make_client, scheme):
    client = make_client(proxy=through(tinyproxy.port, "http", **ADA), cacert=authority.path)
    for _ in range(2):
        got = await client.send(OutgoingRequest("GET", getattr(nginx, scheme) + "/echo?x"))
        assert (got.status, got.text.split("|")[-1]) == (200, "/echo?x")
    assert ("via" in got.header_map) is (scheme == "plain")


async def test_wrong_credentials_are_told(tinyproxy, nginx, authority, make_client):
    proxy = through(tinyproxy.port, "http", username="ada", password="wrong")
    client = make_client(proxy=proxy, cacert=authority.path)
    assert (await client.send(OutgoingRequest("GET", nginx.plain + "/echo"))).status in (401, 407)
    with pytest.raises(RequestError, match="proxy refused"):
        await client.send(OutgoingRequest("GET", nginx.tls + "/echo"))


@pytest.mark.parametrize("scheme", ["plain", "tls"])
async def test_a_proxy_with_tls(https_proxy, nginx, authority, make_client, scheme):
    client = make_client(proxy=through(https_proxy.port, "https"), cacert=authority.path)
    got = await client.send(OutgoingRequest("GET", getattr(nginx, scheme) + "/echo?x"))
    assert (got.status, got.text.split("|")[-1]) == (200, "/echo?x")


async def test_a_proxy_s_certificate_is_checked(https_proxy, nginx, make_client):
    client = make_client(proxy=through(https_proxy.port, "https"))
    with pytest.raises(RequestError, match="not trusted"):
        await client.send(OutgoingRequest("GET", nginx.plain + "/echo"))


@pytest.mark.parametrize("scheme", ["plain", "tls"])
@pytest.mark.parametrize("protocol", ["socks5", "socks5h", "socks"])
async def test_socks_5_with_credentials(microsocks, nginx, authority, make_client, protocol, scheme):
    client = make_client(proxy=through(microsocks.port, protocol, **ADA), cacert=authority.path)
    got = await client.send(OutgoingRequest("GET", getattr(nginx, scheme) + "/echo?x"))
    assert (got.status, got.text.split("|")[-1]) == (200, "/echo?x")
    assert any(entry["event"] == "proxy" for entry in got.timeline)


@pytest.mark.parametrize("auth", [{}, {"username": "ada", "password": "wrong"}])
async def test_socks_5_refuses_in_words(microsocks, nginx, make_client, auth):
    client = make_client(proxy=through(microsocks.port, "socks5", **auth))
    with pytest.raises(RequestError, match=r"authentication methods|refused the user name"):
        await client.send(OutgoingRequest("GET", nginx.plain + "/echo"))


@pytest.mark.parametrize("scheme", ["plain", "tls"])
@pytest.mark.parametrize("protocol", ["socks4", "socks4a", "socks5"])
async def test_socks_4_and_5_without_credentials(dante, nginx, authority, make_client, protocol, scheme):
    client = make_client(proxy=through(dante.port, protocol), cacert=authority.path)
    # By address: which of a name's addresses dante takes is its own affair.
    url = getattr(nginx, scheme).replace("localhost", "127.0.0.1")
    got = await client.send(OutgoingRequest("GET", url + "/echo?x"))
    assert (got.status, got.text.split("|")[-1]) == (200, "/echo?x")


async def test_a_target_that_is_not_there_is_told_by_the_proxy(dante, make_client):
    client = make_client(proxy=through(dante.port, "socks4a"))
    with pytest.raises(RequestError, match=r"could not connect to 127\.0\.0\.1:1"):
        await client.send(OutgoingRequest("GET", "http://127.0.0.1:1/"))


async def test_what_is_no_socks_server_is_told(nginx, make_client):
    client = make_client(proxy=through(nginx.ports.plain, "socks5"))
    with pytest.raises(RequestError, match="SOCKS"):
        await client.send(OutgoingRequest("GET", nginx.plain + "/echo"))
