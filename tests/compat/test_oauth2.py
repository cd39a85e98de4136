"""Where the reference supports OAuth 2.0, the same collection has the same outcome."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apps.provider import Provider, running_provider
from apps.serving import serve_asgi
from compat.reference import run_reference, settled

from bruscript.cli import main

pytestmark = pytest.mark.reference
FIXTURES = Path(__file__).parents[2] / "fixtures"
SECRET = "m/s+cr et:ü"


@pytest.fixture
def idp() -> Iterator[Provider]:
    with running_provider() as (provider, url):
        provider.url = url
        yield provider


def run_ours(collection: Path, *args: str, tmp_path: Path) -> Any:
    copy = tmp_path / "ours"
    shutil.copytree(collection, copy)
    report = tmp_path / "ours.json"
    main(["run", "-r", str(copy), *args, "--reporter-json", str(report)])
    return json.loads(report.read_text(encoding="utf-8"))


def checks(report: Any) -> list[Any]:
    """What of each request counts: its status and what its tests and assertions came to."""
    return [
        (
            item["path"],
            item["status"],
            item["response"].get("status"),
            [(test["description"], test["status"]) for test in item.get("testResults") or []],
            [(check["lhsExpr"], check["status"]) for check in item.get("assertionResults") or []],
        )
        for item in report[0]["results"]
    ]


def sent(provider: Provider) -> list[Any]:
    """The token requests, as far as a server sees them."""
    kept = ("content-type", "accept", "authorization")
    return [
        (request["body"], request["query"], {name: request["headers"].get(name) for name in kept})
        for request in provider.token_requests
    ]


@pytest.mark.parametrize("folder", ["client-credentials", "password"])
def test_the_grants_that_the_reference_has(idp, tmp_path, folder):
    source = FIXTURES / "oauth2" / "grants"
    collection = tmp_path / "collection"
    shutil.copytree(source, collection)
    for other in collection.iterdir():
        if other.is_dir() and other.name not in (folder, "environments"):
            shutil.rmtree(other)
    variables = ("--env", "local", "--env-var", f"idp={idp.url}", "--env-var", f"machineSecret={SECRET}")
    ours = checks(run_ours(collection, *variables, tmp_path=tmp_path))
    our_requests = sent(idp)

    def ask() -> tuple[list[Any], list[Any]]:
        idp.token_requests.clear()
        return checks(run_reference(collection, "-r", *variables)), sent(idp)

    theirs, their_requests = settled(ask, lambda answer: answer[0] == ours)
    assert ours == theirs
    assert our_requests == their_requests
    assert all(status == "pass" for _, status, *_ in theirs)


def test_the_demo(tmp_path):
    """The reference runs it too, over the network."""
    server: dict[str, Any] = {}
    exec((FIXTURES / "demo" / "server.py").read_text(), server)
    collection = tmp_path / "demo"
    shutil.copytree(FIXTURES / "demo", collection)
    settings = collection / "collection.bru"
    with serve_asgi(server["app"]) as url:
        settings.write_text(settings.read_text().replace("http://bookshop.test", url))
        ours = checks(run_ours(collection, tmp_path=tmp_path))
        theirs = settled(lambda: checks(run_reference(collection, "-r")), lambda answer: answer == ours)
    assert ours == theirs
    assert [status for _, _, status, *_ in ours] == [200, 201, 200, 200, 401, 200]
    assert all(status == "pass" for _, status, *_ in ours)
