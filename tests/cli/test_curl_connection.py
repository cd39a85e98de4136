"""The printed command takes the way to the server that a run takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli.invoke import Invoke

PROXY = {
    "protocol": "http",
    "hostname": "proxy.test",
    "port": 3128,
    "bypassProxy": "direct.test",
    "auth": {"username": "ann", "password": "s3cret-pass"},
}
CERTIFICATES = [
    {
        "domain": "pem.test",
        "type": "cert",
        "certFilePath": "c.pem",
        "keyFilePath": "k.pem",
        "passphrase": "phrase-1234",
    },
    {"domain": "pfx.test", "type": "pfx", "pfxFilePath": "a:b.p12"},
]


@pytest.mark.parametrize(
    ("host", "arguments", "expected"),
    [
        ("x.test", (), ["--proxy http://proxy.test:3128", '--proxy-user ann:"${PROXY_PASSWORD}"']),
        ("x.test", ("--reveal",), ["--proxy http://proxy.test:3128", "--proxy-user ann:s3cret-pass"]),
        ("direct.test", (), ["--noproxy '*'"]),
        ("x.test", ("--noproxy",), ["--noproxy '*'"]),
        (
            "pem.test",
            ("--noproxy", "--cacert", "ca.pem"),
            [
                "--noproxy '*'",
                "--cacert HERE/ca.pem",
                "--cert HERE/c.pem",
                "--key HERE/k.pem",
                '--pass "${CERTIFICATE_PASSPHRASE}"',
            ],
        ),
        ("pfx.test", ("--noproxy",), ["--noproxy '*'", "--cert-type P12 --cert 'HERE/a\\:b.p12'"]),
    ],
)
def test_proxies_and_certificates(
    bruscript: Invoke,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    arguments: tuple[str, ...],
    expected: list[str],
) -> None:
    config: dict[str, Any] = {
        "version": "1",
        "name": "c",
        "type": "collection",
        "proxy": {"inherit": False, "config": PROXY},
        "clientCertificates": {"enabled": True, "certs": CERTIFICATES},
    }
    (tmp_path / "bruno.json").write_text(json.dumps(config))
    (tmp_path / "ca.pem").write_text("")
    (tmp_path / "a.bru").write_text(f"get {{\n  url: https://{host}/\n}}\n")
    monkeypatch.chdir(tmp_path)
    outcome = bruscript("curl", "a.bru", *arguments)
    lines = [line.removesuffix(" \\").strip() for line in outcome.out.splitlines()]
    ways = [line.replace(str(tmp_path), "HERE") for line in lines if "test/" not in line][2:-1]
    assert ways == expected
    assert "s3cret" not in outcome.out or "--reveal" in arguments


def test_a_collection_without_a_proxy_of_its_own_leaves_it_to_the_system(
    bruscript: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
    (tmp_path / "a.bru").write_text("get {\n  url: https://x.test/\n}\n")
    monkeypatch.chdir(tmp_path)
    assert "proxy" not in bruscript("curl", "a.bru").out
