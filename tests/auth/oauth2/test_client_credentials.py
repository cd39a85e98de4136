"""The client's credentials in a Basic header, and servers that decode them (RFC 6749 section 2.3.1)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from apps.bru_text import get_request, oauth2_block

from bruscript.auth.oauth2 import OAuth2Error

SECRET = "s+1%2F=x"
BASIC = {"clientId": "odd", "clientSecret": SECRET, "credentialsPlacement": "basic_auth_header"}


@pytest.fixture
def decoding(server):
    """The server decodes id and secret."""
    server.decoded_secret = SECRET
    return server


async def test_requests_that_are_refused_together_are_all_repeated(decoding, setup, settings):
    made = setup()
    blocks = [settings("password", username=str(at), password="p", **BASIC) for at in range(6)]
    decoding.gather(6)
    authorizations = await asyncio.gather(*(made.manager.authorize(block) for block in blocks))
    assert [one.entry["tokenRequests"] for one in authorizations] == [2] * 6
    assert {one.entry["credentialsEncoding"] for one in authorizations} == {"form"}
    later = await made.manager.authorize(settings("password", username="7", password="p", **BASIC))
    assert later.entry["tokenRequests"] == 1


async def test_a_secret_that_was_taken_as_it_is_stays_so(decoding, setup, settings):
    """The same secret, once as it is and once encoded by hand."""
    made = setup()
    by_hand = {**BASIC, "clientSecret": "s%2B1%252F%3Dx"}
    for credentials_id, block, requests in (("a", BASIC, 2), ("b", by_hand, 1), ("c", BASIC, 1)):
        authorization = await made.manager.authorize(settings(**block | {"credentialsId": credentials_id}))
        assert authorization.entry["tokenRequests"] == requests


async def test_one_request_is_sent_plain_while_another_is_tried_encoded(decoding, setup, settings):
    made = setup()
    wrong = settings(**{**BASIC, "clientSecret": "wr+ng", "credentialsId": "a"})
    right = settings(**{**BASIC, "clientSecret": "s%2B1%252F%3Dx", "credentialsId": "b"})
    refused = asyncio.ensure_future(made.manager.authorize(wrong))
    while not decoding.refusals:
        await asyncio.sleep(0.01)
    assert (await made.manager.authorize(right)).entry["tokenRequests"] == 1
    with pytest.raises(OAuth2Error, match="refused as they are and form-encoded"):
        await refused


def test_rows_of_a_data_file_in_parallel(decoding, collection, tmp_path):
    block = oauth2_block(
        grant_type="password",
        access_token_url=f"{decoding.url}/token",
        username="{{user}}",
        password="{{user}}-pass",
        client_id="odd",
        client_secret=SECRET,
        credentials_placement="basic_auth_header",
    )
    (tmp_path / "users.csv").write_text("user\nada\nbob\ncyd\n")
    made = collection({"collection.bru": block, "r.bru": get_request(f"{decoding.url}/api")})
    decoding.gather(3)
    result = made.run(csv_file=tmp_path / "users.csv", parallel=8)
    assert [item.error for item in result.results] == [None] * 3
    assert decoding.refusals == 3


REFUSALS: list[tuple[Any, int]] = [
    ({"error": "invalid_client"}, 401),
    ({"error": "invalid_client"}, 200),
    ({"error": "invalid_client"}, 403),
    ({"error": "incorrect_client_credentials"}, 200),
    ({"error": "unauthorized_client"}, 401),
    ({"error": "unauthorized_client"}, 400),
    ({"error": "access_denied"}, 401),
    ({"error": "invalid_request"}, 400),
    ({"error": {"code": 17}}, 400),
    ({"message": "who are you?"}, 401),
    ("", 401),
    ("<h1>Unauthorized</h1>", 401),
    ("<h1>Bad Request</h1>", 400),
    ("<h1>Forbidden</h1>", 403),
]


@pytest.mark.parametrize(("body", "status"), REFUSALS)
async def test_however_a_server_says_that_it_refuses_the_client(decoding, setup, settings, body, status):
    decoding.refusal = (body, status)
    authorization = await setup().manager.authorize(settings(**BASIC))
    assert authorization.entry["credentialsEncoding"] == "form"
    assert decoding.refusals == 1


async def test_a_server_that_fails_at_a_broken_escape(decoding, setup, settings):
    decoding.decoded_secret = "50%+"
    decoding.refusal = ("", 500)
    authorization = await setup().manager.authorize(settings(**{**BASIC, "clientSecret": "50%+"}))
    assert authorization.entry["tokenRequests"] == 2


@pytest.mark.parametrize(("body", "status"), REFUSALS)
async def test_a_wrong_secret_is_tried_twice_and_the_first_answer_shown(
    decoding, setup, settings, body, status
):
    decoding.refusal = (body, status)
    with pytest.raises(OAuth2Error, match=f"answered {status}") as caught:
        await setup().manager.authorize(settings(**{**BASIC, "clientSecret": "wr+ng"}))
    assert decoding.refusals == 2
    assert "wr+ng" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"error": "invalid_grant"}, 401),
        ({"error": "invalid_scope"}, 400),
        ({"error": "unsupported_grant_type"}, 400),
        ({"error": "server_error"}, 500),
        ("", 500),
        ("", 404),
        ("", 429),
        ("not a token", 200),
    ],
)
async def test_what_is_not_about_the_client_is_not_repeated(decoding, setup, settings, body, status):
    decoding.refusal = (body, status)
    with pytest.raises(OAuth2Error):
        await setup().manager.authorize(settings(**{**BASIC, "clientSecret": "wr+ng"}))
    assert decoding.refusals == 1


async def test_the_second_answer_counts_if_it_has_accepted_the_client(decoding, setup, settings):
    decoding.refusal = ({"error": "invalid_request"}, 400)
    decoding.errors = [{"error": "invalid_scope"}]
    made = setup()
    with pytest.raises(OAuth2Error, match="invalid_scope"):
        await made.manager.authorize(settings(**BASIC))
    assert (await made.manager.authorize(settings(**BASIC))).entry["tokenRequests"] == 1
