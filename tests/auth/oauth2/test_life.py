from __future__ import annotations

import asyncio
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bruscript.auth.oauth2 import OAuth2Error
from bruscript.auth.oauth2.credentials import expired, received
from bruscript.http import FileBody, MultipartBody, OutgoingRequest, Part


def grow_old(made):
    """Let the time pass in which the tokens that are kept expire."""
    for _key, credentials in made.manager.store.items():  # noqa: PERF102
        credentials["created_at"] -= 3600 * 1000


async def test_a_good_token_is_reused(idp, setup, block):
    made = setup()
    outcomes = [(await made.call(block(), f"{idp.url}/api"))[0].outcome for _ in range(3)]
    assert outcomes == ["fetched", "reused", "reused"]
    assert idp.grants == ["client_credentials"]


async def test_what_is_asked_for_is_the_key(idp, setup, block):
    made = setup()
    for changes in (
        {},
        {"credentialsId": "b"},
        {"accessTokenUrl": f"{idp.url}/token?tenant=2"},
        {"scope": "write"},
    ):
        await made.manager.authorize(block(**changes))
    assert len(idp.token_requests) == 4


async def test_an_expired_token_is_fetched_anew(idp, setup, block):
    made = setup()
    await made.manager.authorize(block())
    assert (await made.manager.authorize(block())).outcome == "reused"
    grow_old(made)
    assert (await made.manager.authorize(block())).outcome == "fetched"


async def test_an_expired_token_is_refreshed_at_the_token_url(idp, setup, block):
    made = setup()
    settings = block("password", autoRefreshToken=True)
    await made.manager.authorize(settings)
    first = made.manager.variables()["$oauth2.id.refresh_token"]
    grow_old(made)
    authorization, response = await made.call(settings, f"{idp.url}/api")
    assert (authorization.outcome, response.status) == ("refreshed", 200)
    assert idp.grants == ["password", "refresh_token"]
    rotated = made.manager.variables()["$oauth2.id.refresh_token"]
    assert rotated != first
    assert {first, rotated} <= made.secrets
    grow_old(made)
    assert (await made.manager.authorize(settings)).outcome == "refreshed"
    assert idp.token_requests[-1]["form"]["refresh_token"] == rotated


async def test_a_refresh_without_a_new_refresh_token_keeps_the_old(idp, setup, block):
    made = setup()
    idp.rotate = False
    settings = block("password", autoRefreshToken=True, refreshTokenUrl=f"{idp.url}/token?refresh")
    await made.manager.authorize(settings)
    first = made.manager.variables()["$oauth2.id.refresh_token"]
    grow_old(made)
    await made.manager.authorize(settings)
    assert made.manager.variables()["$oauth2.id.refresh_token"] == first
    assert "refresh" in idp.token_requests[1]["query"]


async def test_a_refused_refresh_falls_back_to_fetching(idp, setup, block):
    made = setup()
    settings = block("password", autoRefreshToken=True)
    await made.manager.authorize(settings)
    idp.revoke_all()
    grow_old(made)
    authorization = await made.manager.authorize(settings)
    assert authorization.outcome == "fetched"
    assert idp.grants == ["password", "refresh_token", "password"]
    assert "invalid_grant" in authorization.warnings[0]


async def test_a_refused_refresh_is_an_error_where_nothing_may_be_fetched(idp, setup, block):
    made = setup()
    await made.manager.authorize(block("password"))
    idp.revoke_all()
    grow_old(made)
    with pytest.raises(OAuth2Error, match="invalid_grant"):
        await made.manager.authorize(block("password", autoRefreshToken=True, autoFetchToken=False))


async def test_a_refresh_that_gets_no_sensible_answer_keeps_the_refresh_token(idp, setup, block):
    made = setup()
    await made.manager.authorize(block("password"))
    grow_old(made)
    down = block("password", autoRefreshToken=True, refreshTokenUrl="http://127.0.0.1:9/token")
    with pytest.raises(OAuth2Error, match=r"http://127\.0\.0\.1:9/token failed"):
        await made.manager.authorize(down)
    assert (await made.manager.authorize(block("password", autoRefreshToken=True))).outcome == "refreshed"


async def test_without_auto_fetch_nothing_is_fetched(idp, setup, block):
    made = setup()
    assert await made.manager.authorize(block(autoFetchToken=False)) is None
    await made.manager.authorize(block())
    assert (await made.manager.authorize(block(autoFetchToken=False))).outcome == "reused"
    assert len(idp.token_requests) == 1


async def test_without_auto_fetch_an_expired_token_is_sent_as_by_the_reference(idp, setup, block):
    made = setup()
    await made.manager.authorize(block())
    grow_old(made)
    assert (await made.manager.authorize(block(autoFetchToken=False))).outcome == "reused"
    assert len(idp.token_requests) == 1


async def test_reset_forgets_all_urls_of_the_id(idp, setup, block):
    made = setup()
    await made.manager.authorize(block())
    await made.manager.authorize(block(accessTokenUrl=f"{idp.url}/token?b"))
    await made.manager.authorize(block(credentialsId="other"))
    assert made.manager.reset("id")
    assert not made.manager.reset("id")
    assert {name.split(".")[1] for name in made.manager.variables()} == {"other"}
    assert (await made.manager.authorize(block())).outcome == "fetched"


async def test_variables_hold_every_field(idp, setup, block):
    idp.extra = {"account": {"id": 7, "roles": ["a"]}, "granted": True}
    made = setup()
    await made.manager.authorize(block())
    variables = made.manager.variables()
    assert variables["$oauth2.id.account"] == {"id": 7, "roles": ["a"]}
    assert variables["$oauth2.id.granted"] is True
    assert variables["$oauth2.id.expires_at"] == variables["$oauth2.id.created_at"] + 3_600_000


async def test_the_id_token_may_be_sent(idp, setup, block):
    made = setup()
    with pytest.raises(OAuth2Error, match=r"without id_token.*\n.*openid"):
        await made.manager.authorize(block(tokenSource="id_token"))
    idp.extra = {"id_token": "eyJ.x.y"}
    authorization = await made.manager.authorize(block(tokenSource="id_token"))
    assert authorization.header == ("Authorization", "Bearer eyJ.x.y")


async def test_a_revoked_token_is_replaced_once(idp, setup, block):
    made = setup(retry_unauthorized=True)
    await made.manager.authorize(block())
    idp.revoke()
    authorization, response = await made.call(block(), f"{idp.url}/api", "POST", b"hello")
    assert response.status == 200
    assert response.data["body"] == "hello"
    assert authorization.entries == [
        {
            "credentialsId": "id",
            "grantType": "client_credentials",
            "url": f"{idp.url}/token",
            "clientId": "machine",
            "user": "",
            "scope": "read",
            "outcome": "retried",
            "tokenRequests": 1,
        }
    ]
    assert authorization.header == ("Authorization", f"Bearer {response.data['token']}")


async def test_a_second_401_is_the_answer(idp, setup, block):
    made = setup(retry_unauthorized=True)
    settings = block(tokenQueryKey="ignored", tokenPlacement="url")
    authorization, response = await made.call(settings, f"{idp.url}/api")
    assert response.status == 401
    assert authorization.outcome == "retried"
    assert len(idp.api_requests) == 2


async def test_a_401_stays_where_no_other_token_can_be_had(idp, setup, block):
    made = setup(retry_unauthorized=True)
    await made.manager.authorize(block())
    idp.revoke()
    idp.clients.clear()
    authorization, response = await made.call(block(), f"{idp.url}/api")
    assert response.status == 401
    assert "invalid_client" in authorization.warnings[0]
    assert authorization.outcome == "reused"


async def test_a_401_is_not_retried_unasked(idp, setup, block):
    made = setup()
    await made.manager.authorize(block())
    idp.revoke()
    _, response = await made.call(block(), f"{idp.url}/api")
    assert response.status == 401
    assert len(idp.api_requests) == 1


async def test_fifty_requests_at_once_need_one_token_request(idp, setup, block):
    made = setup()
    idp.delay = 0.2
    results = await asyncio.gather(*[made.call(block(), f"{idp.url}/api") for _ in range(50)])
    assert [response.status for _, response in results] == [200] * 50
    assert len(idp.token_requests) == 1
    outcomes = [authorization.outcome for authorization, _ in results]
    assert (outcomes.count("fetched"), outcomes.count("reused")) == (1, 49)


async def test_fifty_refused_requests_need_one_new_token(idp, setup, block):
    made = setup(retry_unauthorized=True)
    await made.manager.authorize(block())
    idp.revoke()
    results = await asyncio.gather(*[made.call(block(), f"{idp.url}/api") for _ in range(50)])
    assert [response.status for _, response in results] == [200] * 50
    assert len(idp.token_requests) == 2


async def test_all_who_wait_hear_of_the_failure(idp, setup, block):
    idp.clients.clear()
    idp.delay = 1.0
    made = setup()
    results = await asyncio.gather(
        *[made.manager.authorize(block()) for _ in range(5)], return_exceptions=True
    )
    assert all(isinstance(result, OAuth2Error) for result in results)
    assert len(idp.token_requests) == 1


async def test_one_who_gives_up_does_not_take_the_token_from_others(idp, setup, block):
    idp.delay = 1.0
    made = setup()
    first = asyncio.ensure_future(made.manager.authorize(block()))
    second = asyncio.ensure_future(made.manager.authorize(block()))
    while not idp.token_requests:
        await asyncio.sleep(0.01)
    first.cancel()
    assert (await second) is not None
    assert first.cancelled()
    assert len(idp.token_requests) == 1


async def test_interactive_grants_refresh_before_they_ask_again(idp, setup, block):
    asked = []

    def visit(url: str) -> str:
        asked.append(url)
        return httpx.get(url).headers["location"]

    made = setup(authorize=visit, retry_unauthorized=True)
    settings = block("authorization_code", callbackUrl="https://app.example/cb", autoRefreshToken=True)
    await made.manager.authorize(settings)
    idp.revoke()
    authorization, response = await made.call(settings, f"{idp.url}/api")
    assert (response.status, authorization.outcome) == (200, "retried")
    assert len(asked) == 1
    idp.revoke_all()
    _, response = await made.call(settings, f"{idp.url}/api")
    assert response.status == 200
    assert len(asked) == 2


@pytest.mark.parametrize("lifetime", [None, 0, "0", "soon", True, float("nan"), 1e400, "Infinity", "1_0"])
def test_what_says_no_lifetime_never_expires(lifetime):
    credentials = received({"access_token": "a", "expires_in": lifetime})
    credentials["created_at"] = 0
    assert not expired(credentials)


@pytest.mark.parametrize(
    ("lifetime", "age", "is_expired"), [(3600, 3580, False), ("3600", 3595, True), (-1, 0, True)]
)
def test_expiry(lifetime, age, is_expired):
    credentials = received({"access_token": "a", "expires_in": lifetime})
    credentials["created_at"] -= age * 1000
    assert expired(credentials) is is_expired


async def test_bodies_that_are_streamed_are_sent_again_whole(idp, setup, block, tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    made = setup(retry_unauthorized=True)
    parts = MultipartBody((Part("a", FileBody(tmp_path / "file")),))
    for body, expected in ((FileBody(tmp_path / "file"), "content"), (parts, "content")):
        await made.manager.authorize(block())
        idp.revoke()
        authorization = await made.manager.authorize(block())
        request = OutgoingRequest("POST", f"{idp.url}/api", body=body)
        response = await made.client.send(request, authorization.auth)
        assert (response.status, authorization.outcome) == (200, "retried")
        assert expected in response.data["body"]


async def test_a_wait_that_is_cancelled_stops_listening(idp, setup, block, monkeypatch):
    monkeypatch.setenv("BROWSER", "true")
    monkeypatch.setattr("webbrowser._tryorder", None)
    made = setup(timeout=600)
    task = asyncio.ensure_future(made.manager.authorize(block("authorization_code")))
    while not made.messages:
        await asyncio.sleep(0.01)
    callback = parse_qs(urlsplit(made.messages[0].split()[-1]).query)["redirect_uri"][0]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with suppress(httpx.ConnectError):
        while True:
            httpx.get(callback)
            await asyncio.sleep(0.01)


async def test_a_refresh_url_that_is_none_is_named(idp, setup, block):
    made = setup()
    await made.manager.authorize(block("password"))
    grow_old(made)
    with pytest.raises(OAuth2Error, match=r"no value for \{\{nope\}\} in refresh_token_url"):
        await made.manager.authorize(
            block("password", autoRefreshToken=True, refreshTokenUrl="{{nope}}/token")
        )
