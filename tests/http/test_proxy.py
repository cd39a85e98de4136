import socket
from pathlib import Path
from typing import Any

import pytest
from apps.raw import raw_server, response

from bruscript.http import Client, ClientConfig, OutgoingRequest, RequestError
from bruscript.http.proxy import Router, bypassed, parse_proxy
from bruscript.http.system_proxy import SystemProxy, from_gsettings, system_proxy
from bruscript.http.url import parse_url
from bruscript.runner.proxy_scripts import ProxyScripts

VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("url", "patterns", "expected"),
    [
        ("http://example.com/", "", False),
        ("http://example.com/", "*", True),
        ("http://example.com/", "other.com, example.com", True),
        ("http://example.com/", "other.com;EXAMPLE.com", True),
        ("http://www.example.com/", "example.com", False),
        ("http://www.example.com/", ".example.com", True),
        ("http://www.example.com/", "*.example.com", True),
        ("http://example.com/", ".example.com", False),
        ("http://notexample.com/", "*example.com", True),
        ("http://example.com:8080/", "example.com:8080", True),
        ("http://example.com/", "example.com:8080", False),
        ("https://example.com/", "example.com:443", True),
        ("http://127.0.0.1:3000/", "localhost 127.0.0.1", True),
        ("http://[::1]:3000/", "::1", True),
        ("http://[::1]:3000/", "[::1]:3000", True),
    ],
)
def test_bypass_lists(url, patterns, expected):
    assert bypassed(parse_url(url), patterns) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a:3128", ("http", "a", 3128, "", "")),
        ("proxy.test:8080", ("http", "proxy.test", 8080, "", "")),
        ("https://u%40x:p%3Aw@a", ("https", "a", 443, "u@x", "p:w")),
        ("socks5://a", ("socks5", "a", 1080, "", "")),
        ("socks://a:1", ("socks5h", "a", 1, "", "")),
    ],
)
def test_proxy_urls(url, expected):
    proxy = parse_proxy(url)
    assert (proxy.scheme, proxy.host, proxy.port, proxy.username, proxy.password) == expected


@pytest.mark.parametrize("url", ["ftp://u:s3cret@a:1", "http://"])
def test_what_is_no_proxy_is_refused_without_its_password(url):
    with pytest.raises(RequestError) as error:
        parse_proxy(url)
    assert "s3cret" not in str(error.value)


OWN = {"protocol": "http", "hostname": "own.test", "port": "{port}", "bypassProxy": "direct.test"}


@pytest.mark.parametrize(
    ("settings", "url", "expected"),
    [
        (None, "http://a/", "http://system.test:1"),
        ({}, "https://a/", "http://secure.test:2"),
        ({"inherit": True}, "http://direct.system.test/", None),
        ({"inherit": False, "config": {**OWN, "port": 99}}, "http://a/", "http://own.test:99"),
        ({"inherit": False, "config": {**OWN, "port": "99"}}, "http://direct.test/", None),
        ({"inherit": False, "disabled": True, "config": OWN}, "http://a/", None),
        ({"enabled": True, **OWN, "port": None}, "http://a/", "http://own.test:80"),
        ({"enabled": False, **OWN}, "http://a/", None),
        ({"enabled": "global", **OWN}, "http://a/", "http://system.test:1"),
        ({"enabled": "system", **OWN}, "http://a/", "http://system.test:1"),
        ({"enabled": None, **OWN}, "http://a/", "http://system.test:1"),
    ],
)
async def test_the_collection_s_settings_old_and_new(environment, settings, url, expected):
    environment.setenv("http_proxy", "http://system.test:1")
    environment.setenv("HTTPS_PROXY", "http://secure.test:2")
    environment.setenv("NO_PROXY", ".system.test")
    proxy = await Router(ClientConfig(proxy=settings)).route(parse_url(url))
    assert (str(proxy) if proxy else None) == expected
    assert await Router(ClientConfig(proxy=settings, noproxy=True)).route(parse_url(url)) is None


async def test_credentials_can_be_switched_off():
    config: dict[str, Any] = {**OWN, "port": 1, "auth": {"username": "u", "password": "s3cret"}}
    proxy = await Router(ClientConfig(proxy={"inherit": False, "config": config})).route(
        parse_url("http://a/")
    )
    assert (proxy.username, proxy.password) == ("u", "s3cret")
    assert "s3cret" not in repr(proxy) + str(proxy)
    config["auth"]["disabled"] = True
    proxy = await Router(ClientConfig(proxy={"inherit": False, "config": config})).route(
        parse_url("http://a/")
    )
    assert (proxy.username, proxy.password) == ("", "")


@pytest.mark.parametrize(
    "change", [{"protocol": "gopher"}, {"hostname": ""}, {"port": "http"}, {"port": 99999}, {"port": 0}]
)
async def test_settings_that_make_no_proxy_are_told(change):
    router = Router(ClientConfig(proxy={"inherit": False, "config": {**OWN, "port": 1, **change}}))
    with pytest.raises(RequestError, match="proxy"):
        await router.route(parse_url("http://a/"))


def test_lower_case_variables_come_first_and_all_proxy_last():
    found = system_proxy({"http_proxy": "a", "HTTP_PROXY": "b", "ALL_PROXY": "c", "NO_PROXY": "d"})
    assert found == SystemProxy("a", "c", "d")


def test_gnome_s_settings_are_read():
    listing = """\
org.gnome.system.proxy autoconfig-url 'http://wpad/x.pac'
org.gnome.system.proxy ignore-hosts ['localhost', '127.0.0.0/8', '::1']
org.gnome.system.proxy mode 'manual'
org.gnome.system.proxy.http host 'p.test'
org.gnome.system.proxy.http port 3128
org.gnome.system.proxy.https host ''
org.gnome.system.proxy.https port 0
"""
    assert from_gsettings(listing) == SystemProxy("http://p.test:3128", "", "localhost,127.0.0.0/8,::1")
    assert from_gsettings(listing.replace("manual", "auto")) == SystemProxy(pac_url="http://wpad/x.pac")
    assert from_gsettings(listing.replace("manual", "none")) is None


async def test_a_proxy_gets_the_whole_url_and_the_credentials(environment):
    async with raw_server(response(b"via")) as proxy:
        environment.setenv("http_proxy", proxy.url.replace("//", "//u:p@"))
        client = Client(ClientConfig())
        got = await client.send(OutgoingRequest("GET", "http://site.test/a%2Fb?q"))
        await client.aclose()
    assert got.text == "via"
    assert proxy.arrived[0].request_line == "GET http://site.test/a%2Fb?q HTTP/1.1"
    assert proxy.arrived[0].header("host") == "site.test"
    assert proxy.arrived[0].header("proxy-authorization") == "Basic dTpw"


async def test_a_proxy_that_is_not_there_is_named(environment):
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    environment.setenv("http_proxy", f"http://127.0.0.1:{port}")
    client = Client(ClientConfig())
    with pytest.raises(RequestError, match=f"the proxy 127.0.0.1:{port}: connection refused"):
        await client.send(OutgoingRequest("GET", "http://site.test/"))
    await client.aclose()


async def test_a_refused_tunnel_is_told(environment):
    async with raw_server(response(b"", status="407 Proxy Authentication Required")) as proxy:
        environment.setenv("https_proxy", proxy.url)
        client = Client(ClientConfig())
        with pytest.raises(RequestError, match="407 Proxy Authentication Required"):
            await client.send(OutgoingRequest("GET", "https://site.test/"))
        await client.aclose()


PAC = """
function reached() {
  counted = 1;
  const found = Object.keys(process.env);
  try { found.push(typeof require("fs").readFileSync); } catch (error) { found.push("files"); }
  try { found.push(typeof require("./proxy.js")); } catch (error) { found.push("modules"); }
  return found.join(".") + ".denied";
}
function FindProxyForURL(url, host) {
  if (isPlainHostName(host)) return "DIRECT";
  if (dnsDomainIs(host, ".socks.test")) return "SOCKS5 s.test:1080; DIRECT";
  if (shExpMatch(url, "https://*/secret*")) return "HTTPS h.test:443";
  if (localHostOrDomainIs(host, "www.exact.test")) return "PROXY exact.test:1";
  if (isInNet(host, "127.0.0.0", "255.0.0.0")) return "PROXY loop.test:2";
  if (dnsResolve("localhost") === "127.0.0.1" && host === "resolve.test") return "PROXY dns.test:3";
  if (host === "time.test")
    return weekdayRange("SUN", "SAT") && timeRange(0, 23) | timeRange(23) && dateRange(1, 31)
      && dateRange("JAN", "DEC") && dateRange(1, "JAN", 2000, 31, "DEC", 2999)
      ? "PROXY now.test:4" : "DIRECT";
  if (host === "never.test") return dateRange(2001) || timeRange(25, 26) ? "PROXY x:1" : "DIRECT";
  if (host === "loop.test") while (true) {}
  if (host === "memory.test") for (const all = []; ;) all.push(new Array(1e5).fill(1));
  if (host === "throw.test") throw new Error("broken rule");
  if (host === "odd.test") return "VIA x:1";
  if (host === "number.test") return 5;
  if (host === "promise.test") return Promise.resolve("DIRECT");
  if (host === "reach.test") return "PROXY " + reached() + ":6";
  if (!isResolvable("no-such-host.invalid") && dnsDomainLevels(host) === 1) return "PROXY last.test:5";
  return null;
}
"""


@pytest.fixture
async def pac_router(tmp_path):
    (tmp_path / "proxy.pac").write_text(PAC)
    router = Router(
        ClientConfig(
            proxy={"inherit": False, "config": {"pac": {"source": "proxy.pac"}}},
            base_dir=Path(tmp_path),
            evaluator=ProxyScripts,
        )
    )
    yield router
    await router.aclose()


async def test_a_pac_file_decides(pac_router):
    expected = {
        "http://plain/": None,
        "http://a.socks.test/": "socks5://s.test:1080",
        "https://a.b.test/secret/x": "https://h.test:443",
        "http://www.exact.test/": "http://exact.test:1",
        "http://127.9.9.9/": "http://loop.test:2",
        "http://resolve.test/": "http://dns.test:3",
        "http://time.test/": "http://now.test:4",
        "http://never.test/": None,
        "http://other.test/": "http://last.test:5",
        "http://a.b.c.test/": None,
        "http://reach.test/": "http://files.modules.denied:6",
    }
    found = {url: await pac_router.route(parse_url(url)) for url in expected}
    assert {url: str(proxy) if proxy else None for url, proxy in found.items()} == expected


async def test_a_pac_file_that_fails_is_told_and_the_next_question_answered(pac_router):
    with pytest.raises(RequestError, match="broken rule"):
        await pac_router.route(parse_url("http://throw.test/"))
    with pytest.raises(RequestError, match="longer than its time limit of 1 s"):
        await pac_router.route(parse_url("http://loop.test/"))
    with pytest.raises(RequestError, match="more than its memory limit of 64 MiB"):
        await pac_router.route(parse_url("http://memory.test/"))
    for host, answer in (("odd", "VIA x:1"), ("number", "5"), ("promise", r"\[object Promise\]")):
        with pytest.raises(RequestError, match=f'it answered "{answer}", expected DIRECT, or a proxy'):
            await pac_router.route(parse_url(f"http://{host}.test/"))
    assert await pac_router.route(parse_url("http://plain/")) is None


async def test_a_pac_file_comes_from_a_server_too(tmp_path):
    async with raw_server(response(b'function FindProxyForURL() { return "PROXY web.test:8"; }')) as server:
        settings = {"inherit": False, "config": {"pac": {"source": server.url + "/x.pac"}}}
        router = Router(ClientConfig(proxy=settings, evaluator=ProxyScripts))
        assert str(await router.route(parse_url("http://a/"))) == "http://web.test:8"
        await router.aclose()
    router = Router(ClientConfig(proxy={"inherit": False, "config": {"pac": {"source": "gone.pac"}}}))
    with pytest.raises(RequestError, match="Cannot read the proxy auto-config file"):
        await router.route(parse_url("http://a/"))


@pytest.mark.parametrize("protocol", ["http", "socks5"])
@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "https://127.0.0.1:9/"])
async def test_a_proxy_without_an_address_is_not_taken_for_the_server(protocol, url):
    config = {"protocol": protocol, "hostname": "no-such-host.invalid", "port": 1}
    client = Client(ClientConfig(proxy={"inherit": False, "config": config}))
    with pytest.raises(RequestError) as caught:
        await client.send(OutgoingRequest("GET", url))
    await client.aclose()
    # Without a network no name server answers.
    assert caught.value.message.startswith(
        ("Could not find the proxy no-such-host.invalid", "Could not look up the proxy no-such-host.invalid:")
    )
