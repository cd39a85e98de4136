from __future__ import annotations

import pytest

from bruscript.auth.oauth2.placement import with_token


@pytest.mark.parametrize(
    ("prefix", "sent"), [("Bearer", "Bearer {}"), ("", "{}"), ("Token token=", "Token token= {}")]
)
async def test_header(idp, setup, block, prefix, sent):
    made = setup()
    authorization, _ = await made.call(block(tokenHeaderPrefix=prefix), f"{idp.url}/api")
    token = made.manager.variables()["$oauth2.id.access_token"]
    assert idp.api_requests[0]["headers"]["Authorization"] == sent.format(token)
    assert authorization.header == ("Authorization", sent.format(token))


async def test_query(idp, setup, block):
    made = setup()
    authorization, response = await made.call(
        block(tokenPlacement="url"), f"{idp.url}/api?q=a%20b&access_token=old"
    )
    assert response.status == 200
    token = made.manager.variables()["$oauth2.id.access_token"]
    assert idp.api_requests[0]["query"] == {"q": "a b", "access_token": token}
    assert "Authorization" not in idp.api_requests[0]["headers"]
    assert authorization.header is None


def test_the_rest_of_the_query_stays_as_it_was_written():
    assert with_token("a=%7e+b&&t%6Fken=1&c", "token", "x+/y=") == "a=%7e+b&c&token=x%2B%2Fy%3D"
    assert with_token("", "a b", "t") == "a%20b=t"
