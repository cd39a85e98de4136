"""Devices: consent on another machine (RFC 8628)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from apps.authorization_server import Server, metadata_of

from bruscript.auth.oauth2 import OAuth2Error


def with_device(server: Server, **more: Any) -> dict[str, Any]:
    server.device = {
        "device_code": "device-secret",
        "user_code": "ABCD-EFGH",
        "verification_uri": f"{server.url}/enter",
        "expires_in": 300,
        "interval": 0.05,
        **more,
    }
    return {"deviceAuthorizationUrl": f"{server.url}/device", "scope": "read"}


async def test_a_device_polls_until_the_user_has_consented(server, setup, settings):
    keys = with_device(server)
    server.errors = [{"error": "authorization_pending"}] * 2
    made = setup()
    authorization = await made.manager.authorize(settings("device_code", **keys))
    assert authorization.outcome == "fetched"
    assert made.messages == [f"Open {server.url}/enter on any device and enter the code ABCD-EFGH"]
    assert server.forms[0]["scope"] == "read"
    assert [form.get("device_code") for form in server.forms[1:]] == ["device-secret"] * 3
    assert server.forms[1]["grant_type"] == "urn:ietf:params:oauth:grant-type:device_code"
    shown = json.dumps(authorization.timeline)
    assert "device-secret" not in shown
    assert "ABCD-EFGH" not in shown


async def test_the_url_of_the_issuers_other_document(server, setup, settings):
    with_device(server)
    server.metadata = metadata_of(server, device_authorization_endpoint="")
    server.more_metadata = metadata_of(server)
    authorization = await setup().manager.authorize(settings("device_code", issuer=server.url))
    assert authorization.outcome == "fetched"
    assert server.reads == ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """How many seconds are waited for each time, in no time."""
    seconds_waited: list[float] = []
    sleep = asyncio.sleep

    async def record(seconds: float) -> None:
        if seconds >= 1:
            seconds_waited.append(seconds)
        await sleep(0)

    monkeypatch.setattr("bruscript.auth.oauth2.device.asyncio.sleep", record)
    return seconds_waited


async def test_slow_down_adds_five_seconds(server, setup, settings, waits):
    keys = with_device(server, interval=3)
    server.errors = [{"error": "slow_down"}, {"error": "authorization_pending"}, {"error": "slow_down"}]
    await setup().manager.authorize(settings("device_code", **keys))
    assert waits == [3, 8, 8, 13]


TRANSIENT = [
    {"error": "drop"},
    {"status": 503},
    {"status": 429},
    {"error": "temporarily_unavailable", "status": 503},
    {"error": "temporarily_unavailable"},
]


@pytest.mark.parametrize("error", TRANSIENT)
async def test_a_failure_on_the_way_slows_the_polling_down(server, setup, settings, waits, error):
    keys = with_device(server, interval=3)
    pending = {"error": "authorization_pending"}
    server.errors = [pending, error, pending, error, pending]
    made = setup()
    authorization = await made.manager.authorize(settings("device_code", **keys))
    assert authorization.outcome == "fetched"
    assert waits == [3, 3, 6, 6, 12, 12]
    assert [" It is asked again in 6 s." in text for text in made.messages] == [False, True, False]


async def test_a_failure_that_lasts_is_the_error(server, setup, settings, waits):
    keys = with_device(server, interval=300, expires_in=2000)
    server.errors = [{"status": 503}] * 9
    with pytest.raises(OAuth2Error, match=f"{server.url}/token answered 503"):
        await setup(timeout=3000).manager.authorize(settings("device_code", **keys))
    assert waits == [300, 600, 1200]


async def test_a_failure_that_will_not_pass_ends_the_polling(server, setup, settings, waits):
    keys = with_device(server, interval=3)
    server.errors = [{"error": "invalid_grant"}]
    with pytest.raises(OAuth2Error, match="invalid_grant"):
        await setup().manager.authorize(settings("device_code", **keys))
    secure = server.url.replace("http:", "https:")
    with pytest.raises(OAuth2Error, match="TLS"):
        await setup().manager.authorize(settings("device_code", **keys, accessTokenUrl=secure))
    assert waits == [3, 3]


async def test_the_request_for_a_code_has_all_additional_parameters(server, setup, settings):
    added = [
        {"name": name, "value": value, "enabled": True, "sendIn": place}
        for name, value, place in (
            ("resource", "r1", "queryparams"),
            ("resource", "r2", "queryparams"),
            ("scope", "other", "queryparams"),
            ("X-Tenant", "t1", "headers"),
        )
    ]
    keys = {**with_device(server), "additionalParameters": {"authorization": added}}
    await setup().manager.authorize(settings("device_code", **keys))
    [(form, headers)] = server.asked
    assert form["resource"] == ["r1", "r2"]
    assert form["scope"] == ["other"]
    assert headers["X-Tenant"] == "t1"


async def test_an_error_of_the_callable_shows_no_code(server, setup, settings):
    def fail(url: Any) -> None:
        raise RuntimeError(f"cannot open {url}?code=the-code-of-the-user")

    keys = with_device(server)
    server.errors = [{"error": "authorization_pending"}] * 100
    with pytest.raises(OAuth2Error, match="raised RuntimeError: cannot open") as caught:
        await setup(authorize=fail).manager.authorize(settings("device_code", **keys))
    assert "the-code" not in str(caught.value)


@pytest.mark.parametrize("error", ["access_denied", "expired_token"])
async def test_a_refusal_ends_the_polling_and_is_not_repeated(server, setup, settings, error):
    keys = with_device(server)
    server.errors = [{"error": error}]
    made = setup()
    for _ in range(2):
        with pytest.raises(OAuth2Error, match=error):
            await made.manager.authorize(settings("device_code", **keys))
    assert len(server.forms) == 2


async def test_a_device_that_nobody_uses(server, setup, settings):
    keys = with_device(server, expires_in=0.2)
    server.errors = [{"error": "authorization_pending"}] * 100
    with pytest.raises(OAuth2Error, match=r"nobody signed in with the code within 0\.2 s"):
        await setup().manager.authorize(settings("device_code", **keys))


async def test_a_device_with_a_callable(server, setup, settings):
    keys = with_device(server, verification_uri_complete=f"{server.url}/enter?user_code=ABCD-EFGH")
    visited = []

    async def visit(url: Any) -> None:
        visited.append((str(url), url.user_code))

    made = setup(authorize=visit)
    await made.manager.authorize(settings("device_code", **keys))
    assert visited == [(f"{server.url}/enter?user_code=ABCD-EFGH", "ABCD-EFGH")]
    assert made.messages == []


async def test_a_qr_code_on_a_terminal(server, setup, settings, monkeypatch):
    monkeypatch.setattr("bruscript.auth.oauth2.device.is_terminal", lambda: True)
    made = setup()
    await made.manager.authorize(settings("device_code", **with_device(server)))
    assert "▀" in made.messages[0] or "▄" in made.messages[0]
