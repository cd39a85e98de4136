"""Assertions for a user (RFC 7523), and tokens for other tokens (RFC 8693)."""

from __future__ import annotations

import json

import pytest
from apps.bru_text import get_request, oauth2_block
from auth.oauth2.keys import RSA, check_assertion, pem


async def test_jwt_bearer_signs_an_assertion(server, setup, settings):
    block = settings(
        "jwt_bearer",
        clientId="",
        clientSecret="",
        privateKey=pem(RSA),
        assertionIssuer="robot@project.example",
        assertionSubject="ada@example",
        assertionClaims='{"scope": "drive"}',
    )
    made = setup()
    authorization = await made.manager.authorize(block)
    [form] = server.forms
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    claims = check_assertion(
        form["assertion"], RSA.public_key(), "RS256", f"{server.url}/token", "robot@project.example"
    )
    assert (claims["sub"], claims["scope"]) == ("ada@example", "drive")
    assert authorization.entry["user"] == "ada@example"
    assert (await made.manager.authorize(block)).outcome == "reused"
    assert (await made.manager.authorize({**block, "assertionSubject": "bob"})).outcome == "fetched"


async def test_jwt_bearer_takes_an_assertion(server, setup, settings):
    await setup().manager.authorize(
        settings("urn:ietf:params:oauth:grant-type:jwt-bearer", assertion="a.b.c", scope="read")
    )
    assert server.forms[0]["assertion"] == "a.b.c"
    assert server.forms[0]["scope"] == "read"


async def test_token_exchange(server, setup, settings):
    made = setup()
    authorization = await made.manager.authorize(
        settings(
            "token_exchange",
            subjectToken="subject-secret",
            subjectTokenType="id_token",
            actorToken="actor-secret",
            requestedTokenType="urn:x:y",
            additionalParameters={
                "token": [
                    {"name": "audience", "value": value, "enabled": True, "sendIn": "body"}
                    for value in ("one", "two")
                ]
            },
        )
    )
    [form] = server.forms
    prefix = "urn:ietf:params:oauth:token-type:"
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:token-exchange"
    assert (form["subject_token"], form["subject_token_type"]) == ("subject-secret", f"{prefix}id_token")
    assert (form["actor_token"], form["actor_token_type"]) == ("actor-secret", f"{prefix}access_token")
    assert form["requested_token_type"] == "urn:x:y"
    shown = json.dumps(authorization.timeline)
    assert "subject-secret" not in shown
    assert "actor-secret" not in shown


async def test_the_types_of_the_tokens_count(server, setup, settings):
    made = setup()

    async def outcome(**keys: str) -> str:
        block = settings("token_exchange", **{"subjectToken": "s", "actorToken": "a", **keys})
        authorization = await made.manager.authorize(block)
        return authorization.outcome

    urn = "urn:ietf:params:oauth:token-type:"
    for key in ("subjectTokenType", "actorTokenType", "requestedTokenType"):
        assert await outcome(**{key: "jwt"}) == "fetched"
        assert await outcome(**{key: f"{urn}jwt"}) == "reused"
    assert await outcome() == "fetched"
    assert await outcome(subjectTokenType="access_token", actorTokenType=f"{urn}access_token") == "reused"
    # Without an actor there is no type.
    assert await outcome(actorToken="") == "fetched"
    assert await outcome(actorToken="", actorTokenType="jwt") == "reused"


def folder(name: str, **keys: str) -> str:
    return f"meta {{\n  name: {name}\n}}\n\n{oauth2_block(**keys)}"


def test_the_token_of_another_id_is_exchanged(server, collection):
    common = {"access_token_url": f"{server.url}/token", "client_id": "c"}
    files = {
        "a/folder.bru": folder("a", grant_type="client_credentials", credentials_id="one", **common),
        "a/r.bru": get_request(f"{server.url}/api"),
        "b/folder.bru": folder(
            "b",
            grant_type="token_exchange",
            credentials_id="two",
            subject_credentials_id="one",
            **common,
        ),
        "b/r.bru": get_request(f"{server.url}/api", 1),
        "b/s.bru": get_request(f"{server.url}/api", 2),
    }
    made = collection(files)
    result = made.run(paths=(made.path / "b",), recursive=True)
    assert [item.error for item in result.results] == [None, None]
    assert [form["grant_type"].rpartition(":")[2] for form in server.forms] == [
        "client_credentials",
        "token-exchange",
    ]
    assert server.forms[1]["subject_token"] == "token-1"
    assert [item.response["data"]["token"] for item in result.results] == ["token-2"] * 2


@pytest.mark.parametrize("source", ["access_token", "id_token"])
def test_the_type_of_another_ids_token_counts(server, collection, source):
    """Also where the block leaves it to the other configuration, and for variables."""
    server.token |= {"id_token": "the-id-token"}
    common = {"access_token_url": f"{server.url}/token", "client_id": "c"}
    exchange = {"grant_type": "token_exchange", "credentials_id": "two", "subject_credentials_id": "one"}
    check = """
tests {
  test("the variable is the token that was sent", () => {
    expect(bru.getOauth2CredentialVar("$oauth2.two.access_token")).to.equal(res.body.token);
  });
}
"""
    files = {
        "a/folder.bru": folder(
            "a", grant_type="client_credentials", credentials_id="one", token_source=source, **common
        ),
        "a/r.bru": get_request(f"{server.url}/api"),
    }
    for name, keys in (("b", {}), ("c", {"subject_token_type": "access_token"})):
        files[f"{name}/folder.bru"] = folder(name, **exchange, **keys, **common)
        files[f"{name}/r.bru"] = get_request(f"{server.url}/api", 1, check)
    made = collection(files)
    result = made.run(paths=(made.path / "b", made.path / "c"), recursive=True)
    assert [(item.error, [one["status"] for one in item.checks]) for item in result.results] == [
        (None, ["pass"])
    ] * 2
    prefix = "urn:ietf:params:oauth:token-type:"
    sent = [form["subject_token_type"] for form in server.forms[1:]]
    expected = [f"{prefix}{source}", f"{prefix}access_token"]
    assert sent == (expected if source == "id_token" else expected[:1])


@pytest.mark.parametrize(
    ("subject", "expected"), [("two", "leads back to 'two': two → two"), ("nobody", "no block of the")]
)
def test_a_subject_that_is_not_there(server, collection, subject, expected):
    block = oauth2_block(
        grant_type="token_exchange",
        credentials_id="two",
        subject_credentials_id=subject,
        access_token_url=f"{server.url}/token",
        client_id="c",
    )
    files = {"collection.bru": block, "r.bru": get_request(f"{server.url}/api")}
    [result] = collection(files).run().results
    assert expected in result.error


@pytest.mark.parametrize("paths", [["x"], ["bob", "x"], ["ada", "x"]])
def test_of_several_subjects_the_one_in_use_is_exchanged(server, collection, paths):
    common = {"access_token_url": f"{server.url}/token", "client_id": "c"}
    exchange = {"grant_type": "token_exchange", "credentials_id": "x", "subject_credentials_id": "one"}
    files = {"x/folder.bru": folder("x", **exchange, **common), "x/r.bru": get_request(f"{server.url}/api")}
    for user in ("ada", "bob"):
        keys = {"grant_type": "password", "username": user, "password": "p", "credentials_id": "one"}
        files[f"{user}/folder.bru"] = folder(user, **keys, **common)
        files[f"{user}/r.bru"] = get_request(f"{server.url}/api")
    made = collection(files)
    result = made.run(paths=[made.path / path for path in paths], recursive=True)
    if len(paths) == 1:
        assert "blocks of the collection with this id ask for different tokens" in result.results[0].error
        assert server.forms == []
        return
    assert [item.error for item in result.results] == [None, None]
    assert server.forms[0]["username"] == paths[0]
    assert server.forms[1]["subject_token"] == "token-1"
    assert len(server.forms) == 2


def test_equal_subjects_are_one(server, collection):
    common = {"access_token_url": f"{server.url}/token", "client_id": "c"}
    exchange = {"grant_type": "token_exchange", "credentials_id": "x", "subject_credentials_id": "one"}
    files = {"x/folder.bru": folder("x", **exchange, **common), "x/r.bru": get_request(f"{server.url}/api")}
    for name in "ab":
        files[f"{name}/folder.bru"] = folder(
            name, grant_type="client_credentials", credentials_id="one", **common
        )
        files[f"{name}/r.bru"] = get_request(f"{server.url}/api")
    made = collection(files)
    [result] = made.run(paths=(made.path / "x",), recursive=True).results
    assert result.error is None
