"""Which hosts scripts may reach, however these are written and wherever redirects lead."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from bruscript.errors import BruscriptError
from bruscript.sandbox.services.dispatch import Services
from bruscript.sandbox.services.errors import PermissionRefused
from bruscript.sandbox.services.permissions import Permissions, Policy


@pytest.mark.parametrize(
    ("patterns", "url", "allowed"),
    [
        (["api.example.org"], "https://api.example.org/x", True),
        (["api.example.org"], "https://API.Example.ORG./x", True),
        (["api.example.org"], "https://api.example.org.evil.test/", False),
        (["api.example.org"], "https://evil.test/?api.example.org", False),
        (["api.example.org"], "https://api.example.org@evil.test/", False),
        (["*.example.org"], "https://a.b.example.org/", True),
        (["*.example.org"], "https://example.org/", False),
        (["*.example.org"], "https://evilexample.org/", False),
        (["localhost:8080"], "http://localhost:8080/", True),
        (["localhost:8080"], "http://localhost/", False),
        (["localhost:80"], "http://localhost/", True),
        (["[::1]:81"], "http://[::1]:81/", True),
        (["::1"], "http://[::1]:81/", True),
        (["*"], "http://anything/", True),
        ([], "http://anything/", False),
        (["a"], "http://a:99999/", False),
        (["good.test"], "http://evil.test\\@good.test/", False),
        (["b\u00fccher.example"], "http://b\u00fccher.example/", True),
        (["*.b\u00fccher.example"], "http://a.xn--bcher-kva.example/", True),
        (["127.1"], "http://127.0.0.1/", True),
        (["good.test"], "http:\\\\evil.test\\@good.test/", False),
        (["evil.test"], "http://good.test@evil.test/", True),
        (["[::1]"], "http://[0:0:0:0:0:0:0:1]/", True),
        (["evil.test"], "http://\uff45vil\u3002test/", True),
        (["10.0.0.0/8"], "http://10.1.2.3/", True),
        (["10.0.0.0/8"], "http://11.1.2.3/", False),
        (["fd00::/8"], "http://[fd12::1]/", True),
    ],
)
def test_hosts(patterns: list[str], url: str, allowed: bool, tmp_path: Path) -> None:
    policy = Policy(Permissions(allow_net=patterns), "safe", (tmp_path,))
    if allowed:
        policy.check_net(url)
    else:
        with pytest.raises(PermissionRefused, match="allow_net"):
            policy.check_net(url)


@pytest.mark.parametrize(
    ("allowed", "url", "option"),
    [
        ("a.test:8080", "http://a.test:81/", "a.test:81"),
        ("a.test:8080", "http://b.test:8080/", "b.test"),
        ("[::1]:8080", "http://[::1]/", "[::1]:80"),
    ],
)
def test_the_refusal_names_the_port_if_only_the_port_is_not_allowed(
    allowed: str, url: str, option: str, tmp_path: Path
) -> None:
    policy = Policy(Permissions(allow_net=[allowed]), "safe", (tmp_path,))
    with pytest.raises(PermissionRefused) as caught:
        policy.check_net(url)
    assert f'requests to "{option}"' in str(caught.value)
    assert f"allow_net={option!r}" in str(caught.value).replace('"', "'")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://[::ffff:127.0.0.1]/",
        "http://127.0.0.1./",
        "http:127.0.0.1",
        "http:/127.0.0.1",
        "ht\ntp://127.0.0.1/",
        "http://user:word@127.0.0.1:80/",
        "http://%31%32%37.0.0.1/",
        "http://\uff11\uff12\uff17.0.0.1/",
    ],
)
def test_a_denied_host_is_denied_however_it_is_written(url: str, tmp_path: Path) -> None:
    policy = Policy(Permissions(deny_net=["127.0.0.1"]), "developer", (tmp_path,))
    with pytest.raises(PermissionRefused, match="deny_net"):
        policy.check_net(url)


@pytest.mark.parametrize(
    "pattern",
    [
        "http://a.test",
        "a.test/x",
        "a.test:99999",
        "a b",
        "",
        "user@a.test",
        "[zz]",
        "10.0.0.0/33",
        "a:b",
        "api.*",
        "*example.org",
        "**",
        "*.*",
        "*.",
        ".example.org",
        "a..b",
        "{a",
        "*.10",
    ],
)
def test_a_pattern_that_is_no_host_is_an_error(pattern: str, tmp_path: Path) -> None:
    with pytest.raises(BruscriptError, match=r"in deny_net is not valid\n.*HOST:PORT"):
        Policy(Permissions(deny_net=[pattern]), "safe", (tmp_path,))


@pytest.mark.parametrize(
    ("denied", "address", "refused"),
    [
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.1.2.3", "::ffff:10.1.2.3", True),
        ("127.0.0.0/8", "::1", True),
        ("127.0.0.2", "127.0.0.1", True),
        ("192.0.2.1", "127.0.0.1", False),
        ("*.a.test", "127.0.0.1", False),
        ("*", "192.0.2.1", False),
    ],
)
async def test_addresses(denied: str, address: str, refused: bool, tmp_path: Path) -> None:
    hosts = Policy(Permissions(deny_net=denied), "safe", (tmp_path,)).hosts
    if refused:
        with pytest.raises(PermissionRefused, match=f'"b.test" .*deny_net="{re.escape(denied)}"'):
            await hosts.check_address("b.test", address, 80)
    else:
        await hosts.check_address("b.test", address, 80)


async def test_the_addresses_of_this_machine_are_one_place(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            # No network at all: there is none but loopback.
            return
        own = probe.getsockname()[0]
    hosts = Policy(Permissions(deny_net=["localhost"]), "safe", (tmp_path,)).hosts
    with pytest.raises(PermissionRefused, match='deny_net="localhost"'):
        await hosts.check_address("b.test", own, 80)
    with pytest.raises(PermissionRefused, match='deny_net="localhost"'):
        hosts.check_host(own, 80)


async def test_redirects_to_hosts_that_are_not_allowed_are_refused(tmp_path: Path) -> None:
    services = Services("safe", Permissions(allow_net=["a.test", "b.test"]), tmp_path)
    sent = []

    async def forward(name: str, args: list[dict[str, object]]) -> dict[str, object]:
        [config] = args
        sent.append(config)
        target = {"http://a.test/1": "/2", "http://a.test/2": "http://b.test/3"}.get(
            str(config["url"]), "http://c.test/"
        )
        return {"status": 302, "headers": {"location": target}}

    request = {
        "method": "POST",
        "url": "http://a.test/1",
        "headers": {"Authorization": "x"},
        "bodyBase64": "eA==",
    }
    with pytest.raises(PermissionRefused, match=r"c\.test"):
        await services.within_permissions("http.send", [request], forward)
    assert [config["url"] for config in sent] == ["http://a.test/1", "http://a.test/2", "http://b.test/3"]
    assert sent[1]["method"] == "GET"
    assert "bodyBase64" not in sent[1]
    assert sent[1]["headers"] == {"Authorization": "x"}
    assert sent[2]["headers"] == {}


@pytest.mark.parametrize("location", ["http:///c.test/x", "\\\\c.test/x", "/\\c.test/x", "///c.test/x"])
async def test_a_redirect_is_checked_as_the_client_reads_it(tmp_path: Path, location: str) -> None:
    sent: list[object] = []

    async def forward(name: str, args: list[dict[str, object]]) -> dict[str, object]:
        sent.append(args[0]["url"])
        return {"status": 302 if len(sent) == 1 else 200, "headers": {"location": location}}

    request = {"url": "http://a.test/1", "headers": {"Authorization": "x"}}
    services = Services("safe", Permissions(allow_net=["a.test"]), tmp_path)
    with pytest.raises(PermissionRefused, match=r"c\.test"):
        await services.within_permissions("http.send", [request], forward)
    assert sent == ["http://a.test/1"]
    sent.clear()
    services = Services("safe", Permissions(allow_net=["c.test", "a.test"]), tmp_path)
    await services.within_permissions("http.send", [request], forward)
    assert sent == ["http://a.test/1", "http://c.test/x"]
