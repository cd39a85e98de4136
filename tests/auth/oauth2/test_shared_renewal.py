"""Requests with different timeouts that wait for one token."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from apps.authorization_server import Server
from apps.bru_text import get_request, oauth2_block

from bruscript.auth.oauth2 import OAuth2Error

TOO_LATE = r"did not answer within 0\.3 s"


@pytest.fixture
def slow(server: Server) -> Iterator[Server]:
    """The server answers only when the test says so."""
    server.gather(1000)
    yield server
    server.gather(0)


@pytest.mark.parametrize("order", [(300, 0, 0), (0, 300, 0), (0, 60_000, 300)])
async def test_each_waits_as_long_as_its_own_timeout_allows(slow, setup, settings, order):
    manager = setup().manager
    waiting = {
        asyncio.ensure_future(manager.authorize(settings(), timeout_ms=limit)): limit for limit in order
    }
    done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert [waiting[task] for task in done] == [300]
    with pytest.raises(OAuth2Error, match=TOO_LATE):
        await done.pop()
    slow.gather(0)
    authorizations = await asyncio.gather(*pending)
    assert sorted(one.outcome for one in authorizations) == ["fetched", "reused"]
    assert sum(one.entry["tokenRequests"] for one in authorizations) == len(slow.forms) == 1


async def test_who_joins_later_has_its_whole_timeout(slow, setup, settings):
    manager = setup().manager
    first = asyncio.ensure_future(manager.authorize(settings(), timeout_ms=300))
    while not slow.posts and not first.done():
        await asyncio.sleep(0.01)
    second = asyncio.ensure_future(manager.authorize(settings()))
    with pytest.raises(OAuth2Error, match=TOO_LATE):
        await first
    slow.gather(0)
    assert (await second).outcome == "fetched"


async def test_all_fail_when_the_last_timeout_is_over(slow, setup, settings):
    manager = setup().manager
    waiting = [manager.authorize(settings(), timeout_ms=limit) for limit in (100, 300)]
    errors = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(error).partition("within ")[2] for error in errors] == ["0.1 s.", "0.3 s."]
    slow.gather(0)
    assert (await manager.authorize(settings())).outcome == "fetched"


async def test_a_refresh_that_takes_too_long_is_followed_by_a_fetch(server, setup, settings):
    server.token |= {"refresh_token": "r", "expires_in": 3600}
    made = setup()

    # Nobody refreshes at the second URL: it takes connections, and is silent.
    async def keep_silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # From Python 3.13 on, a writer that nobody holds closes its connection.
        await asyncio.sleep(3600)
        writer.close()

    listener = await asyncio.start_server(keep_silent, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    block = settings(refreshTokenUrl=f"http://127.0.0.1:{port}/")
    await made.manager.authorize(block)
    for _key, credentials in made.manager.store.items():  # noqa: PERF102
        credentials["created_at"] -= 3600 * 1000
    authorization = await made.manager.authorize(block, timeout_ms=2000)
    listener.close()
    assert authorization.outcome == "fetched"
    assert "did not answer within 2 s" in authorization.warnings[0]


async def test_a_sign_in_is_repeated_only_for_more_patient_requests(slow, setup, settings):
    visited = []

    def visit(url: str) -> str:
        visited.append(url)
        state = parse_qs(urlsplit(url).query)["state"][0]
        return f"https://app.example/cb?code=c&state={state}"

    manager = setup(authorize=visit).manager
    block = settings(
        "authorization_code",
        authorizationUrl=f"{slow.url}/authorize",
        callbackUrl="https://app.example/cb",
    )
    with pytest.raises(OAuth2Error, match=TOO_LATE):
        await manager.authorize(block, timeout_ms=300)
    for limit in (300, 200):
        with pytest.raises(OAuth2Error, match="not repeated"):
            await manager.authorize(block, timeout_ms=limit)
    assert len(visited) == 1
    slow.gather(0)
    assert (await manager.authorize(block, timeout_ms=60_000)).outcome == "fetched"
    assert len(visited) == 2


def test_requests_of_a_run(slow, collection):
    block = oauth2_block(grant_type="client_credentials", access_token_url=f"{slow.url}/token", client_id="c")
    impatient = get_request(f"{slow.url}/api", 1, "settings {\n  timeout: 300\n}\n")
    files = {"collection.bru": block, "a.bru": impatient}
    files |= {f"{name}.bru": get_request(f"{slow.url}/api", seq) for seq, name in ((2, "b"), (3, "c"))}
    made = collection(files)

    class Release:
        """Has the server answer once a request has failed."""

        def handle(self, event: object) -> None:
            if type(event).__name__ == "RequestFinished":
                slow.gather(0)

        def close(self) -> None:
            pass

    result = made.run(parallel=3, reporters=[Release()])
    errors = {item.name: item.error for item in result.results}
    assert "did not answer within 0.3 s" in errors.pop("r1")
    assert set(errors.values()) == {None}
