"""What docs/oauth2.md shows works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from apps.provider import Client

import bruscript

GUIDE = (Path(__file__).parents[3] / "docs" / "oauth2.md").read_text("utf-8")
BLOCKS = re.findall(r"```bru\n(.*?)```", GUIDE, re.DOTALL)
GRANTS = {match[1]: block for block in reversed(BLOCKS) if (match := re.search(r"grant_type: (\w+)", block))}
RECOVERY = next(block for block in BLOCKS if "resetOauth2Credential" in block)
REQUEST = """meta {
  name: call
  type: http
  seq: 1
}

get {
  url: {{idp}}/api
  body: none
  auth: inherit
}

assert {
  res.status: eq 200
}
"""


def collection_of(tmp_path: Path, settings: str) -> bruscript.Collection:
    (tmp_path / "bruno.json").write_text('{"version": "1", "name": "guide", "type": "collection"}')
    (tmp_path / "collection.bru").write_text(settings)
    (tmp_path / "call.bru").write_text(REQUEST)
    return bruscript.load(tmp_path)


@pytest.mark.parametrize("grant", ["client_credentials", "password", "authorization_code", "implicit"])
def test_the_block_of_each_grant(idp, tmp_path, monkeypatch, grant):
    monkeypatch.setenv("CLIENT_SECRET", "client-secret-1")
    monkeypatch.setenv("ADA_PASSWORD", "love&lace 1")
    for name in ("machine", "legacy"):
        idp.clients[name] = Client(name, "client-secret-1")
    for name in ("desktop", "page"):
        idp.clients[name] = Client(name)
    collection = collection_of(tmp_path, GRANTS[grant])
    result = collection.run(
        env_vars={"idp": idp.url}, authorize=lambda url: httpx.get(url).headers["location"]
    )
    assert result.ok, [item.error for item in result.results]
    assert result.results[0].oauth2[0]["outcome"] == "fetched"


def test_the_script_that_recovers(idp, tmp_path, monkeypatch):
    monkeypatch.setenv("CLIENT_SECRET", "client-secret-1")
    idp.clients["machine"] = Client("machine", "client-secret-1")
    idp.revoke_at = 1
    collection = collection_of(tmp_path, GRANTS["client_credentials"] + "\n" + RECOVERY)
    result = collection.run(env_vars={"idp": idp.url})
    assert [item.response["status"] for item in result.results] == [401, 200]
    assert idp.grants == ["client_credentials"] * 2


@pytest.mark.parametrize("sandbox", ["safe", "developer"])
def test_a_script_that_repeats_the_request_itself(idp, tmp_path, monkeypatch, sandbox):
    monkeypatch.setenv("CLIENT_SECRET", "client-secret-1")
    idp.clients["machine"] = Client("machine", "client-secret-1")
    idp.revoke_at = 1
    script = """
script:post-response {
  if (res.getStatus() === 401) {
    const refused = bru.getOauth2CredentialVar("$oauth2.machine.access_token");
    bru.resetOauth2Credential("machine");
    const again = await bru.runRequest("call");
    const fresh = bru.getOauth2CredentialVar("$oauth2.machine.access_token");
    test("is answered", () => expect(again.status).to.equal(200));
    test("has another token", () => expect(fresh).to.be.a("string").and.not.equal(refused));
  }
}
"""
    collection = collection_of(tmp_path, GRANTS["client_credentials"] + "\n" + script)
    first = collection.run(env_vars={"idp": idp.url}, sandbox=sandbox).results[0]
    assert first.response["status"] == 401
    assert [check.get("error") for check in first.post_response_tests] == [None, None]
    # The new token is kept when the script is over.
    assert idp.grants == ["client_credentials"] * 2


async def test_the_manager_without_a_collection(idp, setup):
    snippet = next(
        text for text in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL) if "TokenManager(" in text
    )
    snippet = snippet.replace("https://idp.example", idp.url).replace(
        "https://api.example/orders", f"{idp.url}/api"
    )
    names: dict[str, Any] = {"secret": "m/s+cr et:ü"}
    exec(snippet, names)
    answer = await names["orders"]()
    assert answer["token"] in idp.access
