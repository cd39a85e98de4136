"""Proxies and certificates in a collection's settings that no request could use, with their places."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from cli.invoke import Invoke, lay

from bruscript import RunOptions, load
from bruscript.conversion.to_yml import app_config
from bruscript.evaluate import Scopes
from bruscript.runner.network import client_config

META = "meta {\n  name: a\n  type: http\n}\n\n"
PROTOCOLS = "http, https, socks, socks4, socks4a, socks5, socks5h"
ALONE = "expected only a host name: protocol and port have their own keys"
NO_DOMAIN = "the client certificate has no `domain`, so no server gets it"
YAML = """opencollection: 1.0.0
info:
  name: y
config:
  proxy:
    inherit: false
    config:
      protocol: ftp
      hostname: http://p
      port: 99999
  clientCertificates:
    - type: pem
      certificateFilePath: a.pem
      privateKeyFilePath: k.pem
    - domain: https://x.test
      type: pkcs12
      pkcs12FilePath: c.pem
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    lay(tmp_path, {"c.pem": "", "k.pem": ""})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(root: Path, section: str, value: object) -> None:
    config = {"version": "1", "name": "c", "type": "collection", section: value}
    lay(
        root,
        {
            "bruno.json": json.dumps(config, indent=1),
            "a.bru": f"{META}get {{\n  url: http://127.0.0.1:1\n}}\n",
        },
    )


@pytest.mark.parametrize(
    ("entry", "problems"),
    [
        ({"domain": "h:80", "certFilePath": "c.pem", "keyFilePath": "k.pem"}, []),
        ({"domain": "*.h", "type": "pfx", "pfxFilePath": "{{file}}"}, []),
        ({"domain": "", "disabled": True}, []),
        ({"certFilePath": "c.pem", "keyFilePath": "k.pem"}, [f"7:4: {NO_DOMAIN}"]),
        ({"domain": " ", "certFilePath": "c.pem", "keyFilePath": "k.pem"}, [f"8:15: {NO_DOMAIN}"]),
        (
            {"domain": "https://h", "type": "pfx", "pfxFilePath": "c.pem"},
            ["8:15: `domain` is 'https://h', expected a host name: leave out https://"],
        ),
        (
            {"domain": "h", "type": "PFX", "pfxFilePath": "c.pem"},
            ["9:13: `type` is 'PFX', expected cert or pfx; it is read as cert"],
        ),
        (
            {"domain": "h", "certfilePath": "c.pem", "keyFilePath": "k.pem"},
            ["9:21: `certfilePath` is not a key of a client certificate; did you mean `certFilePath`?"],
        ),
        ({"domain": "h", "keyFilePath": "k.pem"}, ["7:4: the client certificate has no `certFilePath`"]),
    ],
)
def test_certificates(bruscript: Invoke, root: Path, entry: dict[str, object], problems: list[str]) -> None:
    settings(root, "clientCertificates", {"certs": [entry]})
    lines = [f"bruno.json:{problem}" for problem in problems]
    assert bruscript("check").out.splitlines() == lines
    run = bruscript("run").out.splitlines()
    assert [line for line in run if line.startswith("bruno.json")] == lines


def test_certificates_that_are_switched_off(bruscript: Invoke, root: Path) -> None:
    pem = {"domain": "h", "certFilePath": "c.pem", "keyFilePath": "k.pem"}
    settings(root, "clientCertificates", {"enabled": False, "certs": [pem]})
    text = "note: no client certificate is sent; Bruno itself sends them"
    assert bruscript("check").out.splitlines() == [f"bruno.json:6:14: {text}"]
    settings(root, "clientCertificates", {"enabled": False, "certs": []})
    assert not bruscript("check").out


@pytest.mark.parametrize("enabled", [True, False, None])
def test_only_certificates_that_are_switched_on_are_sent(root: Path, enabled: bool | None) -> None:
    switch = {} if enabled is None else {"enabled": enabled}
    settings(root, "clientCertificates", {**switch, "certs": [{"domain": "h"}]})
    collection = load(root)
    sent = client_config(collection, RunOptions(), Scopes()).client_certs
    assert sent == ([] if enabled is False else [{"domain": "h"}])
    assert bool(collection.mistakes) is bool(sent)
    written = app_config(collection.config)["clientCertificates"]["certs"]
    assert written == [{"domain": "h", **({"disabled": True} if enabled is False else {})}]


def test_a_proxy_auto_config_file_in_yaml(bruscript: Invoke, root: Path) -> None:
    config = "    inherit: {}\n    config: {{hostname: p, pac: {{source: c.pem}}}}\n"
    for inherit in ("true", "false"):
        text = YAML.partition("    inherit")[0] + config.format(inherit)
        lay(root, {"opencollection.yml": text})
        words = "`pac` is not a key of `config`. The format has no proxy auto-config file: with"
        assert f"opencollection.yml:7:27: {words}" in bruscript("check").out


def test_the_certificates_of_an_option(bruscript: Invoke, root: Path) -> None:
    settings(root, "ignore", [])
    lay(
        root,
        {"certs.json": '{"enabled": true,\n "certs": [{"certFilePath": "c.pem", "keyFilePath": "k.pem"}]}'},
    )
    assert f"certs.json:2:12: {NO_DOMAIN}" in bruscript("run", "--client-cert-config", "certs.json").out


def test_a_run_says_where_a_certificate_is_wrong(bruscript: Invoke, root: Path) -> None:
    def entry(port: int) -> dict[str, str]:
        return {"domain": f"127.0.0.1:{port}", "certFilePath": "c.pem", "keyFilePath": "k.pem"}

    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        first, second = one.getsockname()[1], other.getsockname()[1]
        settings(root, "clientCertificates", {"certs": [None, entry(first)]})
        lay(root, {"certs.json": json.dumps({"enabled": True, "certs": [entry(second)]}, indent=1)})
        request = (root / "a.bru").read_text()
        for port, place in ((first, "bruno.json:10:21"), (second, "certs.json:6:20")):
            lay(root, {"a.bru": request.replace("http://127.0.0.1:1", f"https://127.0.0.1:{port}")})
            run = bruscript("run", "--noproxy", "--client-cert-config", "certs.json").out
            words = f"Cannot use c.pem as client certificate for 127.0.0.1:{port}: it is not a PEM file"
            assert words in run
            assert f"See {place}." in run, run


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"enabled": "no",\n "certs": []}', "1:13: expected true or false in enabled, not a string"),
        (
            '{"enabled": true,\n "certs": [{"disabled": "no"}]}',
            "2:25: expected true or false in certs[0].disabled, not a string",
        ),
        ('{"certs": [{"domain": []}]}', "1:23: expected a string in certs[0].domain, not a list"),
    ],
)
def test_another_shape_in_the_file_of_an_option(
    bruscript: Invoke, root: Path, text: str, problem: str
) -> None:
    settings(root, "ignore", [])
    lay(root, {"certs.json": text})
    result = bruscript("run", "--client-cert-config", "certs.json")
    assert f"certs.json:{problem}" in result.err
    assert result.status == 10


@pytest.mark.parametrize(
    ("proxy", "problems"),
    [
        ({"inherit": True, "config": {"protocol": "ftp"}}, []),
        ({"inherit": False, "disabled": True, "config": {"protocol": "ftp"}}, []),
        ({"inherit": False, "config": {"hostname": "{{p}}", "port": "{{n}}", "protocol": "{{s}}"}}, []),
        ({"inherit": False, "config": {"hostname": "::1", "port": "", "protocol": "SOCKS5"}}, []),
        ({"inherit": False, "config": {"pac": {"source": "c.pem"}}}, []),
        (
            {"inherit": False, "config": {"hostname": "p", "protocol": "htp"}},
            [f"9:16: `protocol` is 'htp', expected one of {PROTOCOLS}; did you mean `http`?"],
        ),
        ({"inherit": False, "config": {"port": 80}}, ["7:13: `hostname` is empty: the proxy cannot be used"]),
        (
            {"inherit": False, "config": {"hostname": "p:80", "port": "x"}},
            [
                f"8:16: `hostname` is 'p:80', {ALONE}",
                "9:12: `port` is 'x', expected a number from 1 to 65535",
            ],
        ),
        # The older form.
        (
            {"enabled": True, "hostname": "p", "port": 0x10000},
            ["8:11: `port` is '65536', expected a number from 1 to 65535"],
        ),
        ({"enabled": False, "hostname": ""}, []),
        (
            {"inherit": False, "config": {"hostname": "p", "port": 0}},
            ["9:12: `port` is '0', expected a number from 1 to 65535"],
        ),
        (
            {
                "inherit": False,
                "config": {"hostname": "p", "prot": 1, "auth": {"usernam": "a", "pasword": "b"}},
            },
            [
                "9:12: `prot` is not a setting of a proxy; did you mean `protocol`?",
                "11:16: `usernam` is not a setting of a proxy; did you mean `username`?",
                "12:16: `pasword` is not a setting of a proxy; did you mean `password`?",
            ],
        ),
    ],
)
def test_proxies(bruscript: Invoke, root: Path, proxy: dict[str, object], problems: list[str]) -> None:
    settings(root, "proxy", proxy)
    assert bruscript("check").out.splitlines() == [f"bruno.json:{problem}" for problem in problems]


def test_a_collection_of_yaml(bruscript: Invoke, root: Path) -> None:
    lay(
        root,
        {
            "opencollection.yml": YAML,
            "a.yml": "info:\n  name: a\n  type: http\nhttp:\n  url: http://127.0.0.1:1\n",
        },
    )
    problems = [
        f"8:17: `protocol` is 'ftp', expected one of {PROTOCOLS}",
        f"9:17: `hostname` is 'http://p', {ALONE}",
        "10:13: `port` is '99999', expected a number from 1 to 65535",
        f"12:7: {NO_DOMAIN}",
        "13:28: `certificateFilePath`: the file a.pem does not exist",
        "15:15: `domain` is 'https://x.test', expected a host name: leave out https://",
    ]
    assert bruscript("check").out.splitlines() == [f"opencollection.yml:{problem}" for problem in problems]
    run = bruscript("run").out
    assert f"opencollection.yml:12:7: {NO_DOMAIN}" in run.splitlines()
    assert "bruno.json" not in run
    assert "See opencollection.yml:8:17, or pass --noproxy." in run


@pytest.mark.parametrize(
    ("proxy", "place"),
    [
        ({"inherit": False, "config": {"pac": {"source": "SOURCE"}}}, "9:15"),
        ({"enabled": True, "pac": {"source": "SOURCE"}}, "8:14"),
    ],
)
def test_a_proxy_auto_config_file_that_is_not_there(
    bruscript: Invoke, root: Path, proxy: dict[str, object], place: str
) -> None:
    settings(root, "proxy", proxy)
    text = (root / "bruno.json").read_text()
    for source in ("gone.pac", f"file://{root.as_posix()}/gone.pac"):
        lay(root, {"bruno.json": text.replace("SOURCE", source)})
        path = source.removeprefix("file://")
        line = f"bruno.json:{place}: `source`: the file {path} does not exist"
        assert bruscript("check").out.splitlines() == [line]
        assert f"See bruno.json:{place}, or pass --noproxy." in bruscript("run").out
    for source in ("c.pem", "{{pac}}.pac", "http://wpad.test/gone.pac"):
        lay(root, {"bruno.json": text.replace("SOURCE", source)})
        assert not bruscript("check").out
    lay(root, {"bruno.json": text.replace("source", "sourc")})
    assert "`sourc` is not a setting of a proxy; did you mean `source`?" in bruscript("check").out


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"hostname": "p", "protocol": "ftp"}, "9:16"),
        ({"protocol": "http"}, "7:13"),
        ({"hostname": "p", "port": "x"}, "9:12"),
    ],
)
def test_a_run_says_where_a_proxy_is_wrong(
    bruscript: Invoke, root: Path, config: dict[str, object], place: str
) -> None:
    settings(root, "proxy", {"inherit": False, "config": config})
    assert f"See bruno.json:{place}, or pass --noproxy." in bruscript("run").out
