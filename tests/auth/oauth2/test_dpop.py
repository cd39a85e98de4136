"""Tokens that are bound to a key (RFC 9449)."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from bruscript.auth.oauth2 import OAuth2Error, open_store
from bruscript.http import OutgoingRequest


async def test_a_bound_token_goes_with_a_proof(server, setup, settings):
    server.token["token_type"] = "DPoP"
    made = setup()
    authorization, response = await made.call(settings(dpop="true"), f"{server.url}/api?x=1#y")
    assert response.data == {"scheme": "DPoP", "token": "token-1"}
    assert authorization.header == ("Authorization", "DPoP token-1")
    await made.call(settings(dpop="true"), f"{server.url}/api")
    assert len({claims["jwk"] for claims in server.proofs}) == 1
    assert len({claims["jti"] for claims in server.proofs}) == len(server.proofs) == 3
    key = next(credentials["dpop_key"] for _, credentials in made.manager.store.items())
    assert key in made.secrets
    assert not any("dpop_key" in name for name in made.manager.variables())


async def test_a_nonce_is_taken_and_the_request_repeated(server, setup, settings):
    server.token["token_type"] = "DPoP"
    server.nonce, server.resource_nonce = "n-1", "r-1"
    made = setup()
    for count in (1, 2):
        # Authorization server and resource are one origin here, and so share what was said last.
        _, response = await made.call(settings(dpop="true", credentialsId=str(count)), f"{server.url}/api")
        assert response.status == 200
    assert len(server.forms) == 4


async def test_the_key_is_kept_with_the_token(server, setup, settings, tmp_path):
    server.token |= {"token_type": "DPoP", "refresh_token": "r"}
    store = tmp_path / "t.json"
    await setup(open_store(store)).call(settings(dpop="true"), f"{server.url}/api")
    _, response = await setup(open_store(store)).call(settings(dpop="true"), f"{server.url}/api")
    assert response.data["token"] == "token-1"
    assert len({claims["jwk"] for claims in server.proofs}) == 1
    text = json.loads(store.read_text())
    text["tokens"][0]["credentials"]["created_at"] -= 3600 * 1000
    store.write_text(json.dumps(text))
    authorization, _ = await setup(open_store(store)).call(settings(dpop="true"), f"{server.url}/api")
    assert authorization.outcome == "refreshed"
    assert len({claims["jwk"] for claims in server.proofs}) == 1


async def test_a_server_without_dpop_gets_a_bearer_token(server, setup, settings):
    _, response = await setup().call(settings(dpop="true"), f"{server.url}/api")
    assert response.data["scheme"] == "Bearer"


@pytest.mark.parametrize("users", [1, 6])
async def test_requests_at_once_all_take_the_nonce(server, setup, settings, users):
    server.token["token_type"] = "DPoP"
    server.nonce, server.resource_nonce = "n-1", "n-1"
    made = setup()
    blocks = [settings(dpop="true", credentialsId=str(at % users)) for at in range(6)]
    server.gather(users)
    authorizations = await asyncio.gather(*(made.manager.authorize(block) for block in blocks))
    assert len(server.forms) == 2 * users
    # Every proof of theirs has a nonce by now: the resource server wants another.
    server.resource_nonce = "r-1"
    server.gather(6)
    requests = [OutgoingRequest("GET", f"{server.url}/api") for _ in authorizations]
    sent = zip(requests, authorizations, strict=True)
    responses = await asyncio.gather(*(made.client.send(request, one.auth) for request, one in sent))
    assert [response.status for response in responses] == [200] * 6


async def test_another_token_takes_a_nonce_too(server, setup, settings):
    server.token["token_type"] = "DPoP"
    made = setup(retry_unauthorized=True)
    server.resource_nonce = "r-1"
    server.refused_tokens = {"token-1"}
    authorization, response = await made.call(settings(dpop="true"), f"{server.url}/api")
    assert (response.status, authorization.outcome) == (200, "retried")
    assert server.proofs[-1]["nonce"] == "r-1+"


@pytest.mark.parametrize(("replaced", "status"), [(2, 200), (100, 401)])
async def test_a_nonce_may_be_replaced_before_it_arrives(server, setup, settings, replaced, status):
    server.token["token_type"] = "DPoP"
    server.nonce, server.replaced_nonces = "n", 2
    made = setup()
    authorization = await made.manager.authorize(settings(dpop="true"))
    assert authorization.entry["tokenRequests"] == 4
    server.resource_nonce, server.replaced_nonces = "r", replaced
    _, response = await made.call(settings(dpop="true"), f"{server.url}/api")
    assert response.status == status
    assert [claims.get("nonce") for claims in server.proofs] == [
        *(None, "n", "n+", "n++"),
        *("n++", "r", "r+", "r++"),
    ]


async def test_a_server_that_replaces_every_nonce_gets_no_more_than_a_few_requests(server, setup, settings):
    server.nonce, server.replaced_nonces = "n", 100
    with pytest.raises(OAuth2Error, match="use_dpop_nonce"):
        await setup().manager.authorize(settings(dpop="true"))
    assert len(server.forms) == 4


async def test_no_output_shows_a_proof(server, setup, settings):
    server.token["token_type"] = "DPoP"
    made = setup()
    proofs = []
    authorization = await made.manager.authorize(settings(dpop="true"))
    auth = authorization.auth
    request = httpx.Request("GET", f"{server.url}/api")
    proofs.append((await anext(auth.async_auth_flow(request))).headers["DPoP"])
    for proof in proofs:
        assert made.manager.options.mask.mask(f"echoed: {proof}") == "echoed: ********"
        assert made.manager.options.mask.mask({"dpop": proof}) == {"dpop": "********"}
