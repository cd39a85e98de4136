"""NTLM against a server that checks the messages with an acceptor."""

import asyncio
import base64
from typing import Any

import pytest
import spnego
from apps.raw import raw_server, response

from bruscript.auth import build_auth
from bruscript.http import AuthConfig, Client, ClientConfig, OutgoingRequest, RequestError


@pytest.fixture
def accounts(tmp_path, monkeypatch):
    (tmp_path / "accounts").write_text("WORK:ada:l0velace\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(tmp_path / "accounts"))


def ntlm_server(scheme="NTLM"):
    acceptors: dict[object, Any] = {}

    async def answer(request, writer):
        header = request.header("authorization") or ""
        refusal = response(b"", f"WWW-Authenticate: {scheme}", status="401 Unauthorized")
        if not header:
            writer.write(refusal)
            return
        acceptor = acceptors.setdefault(
            request.connection,
            spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm),
        )
        try:
            token = acceptor.step(base64.b64decode(header.partition(" ")[2]))
        except spnego.exceptions.SpnegoError:
            writer.write(refusal)
            return
        if acceptor.complete:
            writer.write(response(f"{acceptor.client_principal} {request.body.decode()}".encode()))
        else:
            challenge = base64.b64encode(token).decode()
            writer.write(response(b"", f"WWW-Authenticate: {scheme} {challenge}", status="401 Unauthorized"))

    return raw_server(answer)


async def attempt(settings, scheme="NTLM", count=1):
    client = Client(ClientConfig(noproxy=True))
    auth = build_auth(AuthConfig("ntlm", settings))
    async with ntlm_server(scheme) as server:
        for _ in range(count):
            got = await client.send(OutgoingRequest("POST", server.url, body=b"body"), auth)
    await client.aclose()
    return got, server


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
async def test_three_messages_on_one_connection(accounts, scheme):
    settings = {"username": "ada", "password": "l0velace", "domain": "WORK"}
    got, server = await attempt(settings, scheme, count=2)
    assert (got.status, got.text) == (200, "WORK\\ada body")
    assert len(server.arrived) == 6
    assert [arrived.connection for arrived in server.arrived] == [1, 1, 1, 2, 2, 2]


async def test_a_wrong_password_is_the_server_s_401(accounts):
    got, _ = await attempt({"username": "ada", "password": "wrong", "domain": "WORK"})
    assert got.status == 401


async def test_a_challenge_that_is_none_is_told(accounts):
    client = Client(ClientConfig(noproxy=True))
    auth = build_auth(AuthConfig("ntlm", {"username": "a", "password": "b"}))
    garbage = response(b"", "WWW-Authenticate: NTLM AAAA", status="401 Unauthorized")
    async with raw_server(garbage) as server:
        with pytest.raises(RequestError, match="NTLM authentication failed"):
            await client.send(OutgoingRequest("GET", server.url), auth)
    await client.aclose()


@pytest.mark.servers
async def test_the_server_of_these_tests_lets_curl_in_too(accounts):
    async with ntlm_server() as server:
        process = await asyncio.create_subprocess_exec(
            *("curl", "-s", "--ntlm", "-u", "WORK\\ada:l0velace", "-d", "body", server.url),
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
    assert output == b"WORK\\ada body"
