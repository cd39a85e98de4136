"""What the HTTP libraries log holds URLs and headers; of our exchanges they log nothing."""

import logging

import httpx
import pytest
from apps.raw import raw_server

from bruscript.auth import build_auth
from bruscript.http import AuthConfig, Client, ClientConfig, OutgoingRequest


@pytest.mark.parametrize("http2", [False, True])
async def test_our_exchanges_are_not_logged(caplog, http2):
    caplog.set_level(logging.DEBUG)
    client = Client(ClientConfig(http2=http2))
    async with raw_server() as server:
        request = OutgoingRequest("GET", f"{server.url}/?access_token=SECRET", [("X-Key", "SECRET")])
        await client.send(request, build_auth(AuthConfig("bearer", {"token": "SECRET"})))
    await client.aclose()
    assert "SECRET" not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith(("httpx", "httpcore"))]


async def test_what_else_the_process_sends_is_logged_as_before(caplog):
    caplog.set_level(logging.INFO)
    await Client().aclose()
    async with raw_server() as server, httpx.AsyncClient() as other:
        await other.get(f"{server.url}/own")
    assert f"{server.url}/own" in caplog.text
