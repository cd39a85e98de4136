"""Settings in bruno.json and opencollection.yml that nothing reads, and a proxy that is not used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli.invoke import Invoke, lay

BRU = "meta {\n  name: a\n  type: http\n}\n\nget {\n  url: http://127.0.0.1:1\n}\n"
YAML = "opencollection: 1.0.0\ninfo: {name: c}\n"
SYSTEM = "so the system's is used"
NO_KEY = "is not a key of"
MOVED = "belongs in the proxy's `config`, and has no effect here"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    lay(tmp_path, {"a.bru": BRU})
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("more", "problems"),
    [
        ({"ignroe": ["a"]}, ["3:12: `ignroe` is not a setting; did you mean `ignore`?"]),
        (
            {"clientCertificate": {}},
            ["3:23: `clientCertificate` is not a setting; did you mean `clientCertificates`?"],
        ),
        (
            {"presets": {"defaultEnvironement": "e"}},
            ["4:26: `defaultEnvironement` is not a setting; did you mean `defaultEnvironment`?"],
        ),
        (
            {"scripts": {"additionalContextRoot": ["x"]}},
            ["4:28: `additionalContextRoot` is not a setting; did you mean `additionalContextRoots`?"],
        ),
        (
            {"clientCertificates": {"certificates": []}},
            ["4:19: `certificates` is not read: the certificates are a list `certs`"],
        ),
        (
            {"proxy": {"enable": True, "hostname": "h"}},
            ["4:13: `enable` is not a setting of a proxy; did you mean `enabled`?"],
        ),
        (
            {"proxy": {"inherit": True, "hostname": "h", "pac": {}}},
            [f"5:15: `hostname` {MOVED}", f"6:10: `pac` {MOVED}"],
        ),
        (
            {"proxy": {"config": {"hostname": "h"}}},
            [f'3:11: the proxy has no `inherit`, {SYSTEM}: write `"inherit": false`'],
        ),
        ({"proxy": {"inherit": False, "config": {"pac": {"source": " "}}}}, ["7:15: `source` is empty"]),
        ({"proxy": {"disabled": True, "hostname": "h"}}, []),
        ({"proxy": {"enabled": True, "hostname": "h"}, "clientCertificates": {}}, []),
        ({"x-ours": 1, "api": [], "namespace": "n", "collectionVersion": "2"}, []),
    ],
)
def test_bruno_json(bruscript: Invoke, root: Path, more: dict[str, Any], problems: list[str]) -> None:
    lay(root, {"bruno.json": json.dumps({"name": "c", **more}, indent=1)})
    assert bruscript("check").out.splitlines() == [f"bruno.json:{problem}" for problem in problems]


@pytest.mark.parametrize(
    ("more", "problems"),
    [
        (
            "extensions: {bruno: {ignroe: [a]}}\n",
            [f"3:22: `ignroe` {NO_KEY} `bruno`. Did you mean `ignore`?"],
        ),
        (
            "extensions: {brunno: {}, other: {}}\n",
            [f"3:14: `brunno` {NO_KEY} `extensions`. Did you mean `bruno`?"],
        ),
        ("extensions: {bruno: {}, brunos: {}}\n", []),
        *(
            (
                f"config: {{proxy: {{{proxy}}}}}\n",
                [f"3:17: the proxy has no `{missing}`, {SYSTEM}. Write `inherit: false` and `config:`."],
            )
            for proxy, missing in (("config: {hostname: p}", "inherit"), ("inherit: false", "config"))
        ),
        ("config: {proxy: {inherit: true}}\n", []),
        ("config: {proxy: {}}\n", []),
    ],
)
def test_opencollection_yml(bruscript: Invoke, root: Path, more: str, problems: list[str]) -> None:
    lay(root, {"opencollection.yml": YAML + more})
    assert bruscript("check").out.splitlines() == [f"opencollection.yml:{problem}" for problem in problems]


def test_a_type_that_is_a_list_is_found(bruscript: Invoke, root: Path) -> None:
    request = "info: {name: a, type: http}\nhttp: {url: 'http://127.0.0.1:1'}\n"
    scripts = "runtime: {scripts: [{type: [], code: '1'}]}\n"
    lay(root, {"opencollection.yml": YAML, "a.yml": request + scripts})
    assert bruscript("check").out.splitlines() == ["a.yml:3:28: `type` is a list, expected a text"]
