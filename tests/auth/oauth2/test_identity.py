"""Whose token it is: one for each identity, and for each request its own."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from apps.bru_text import get_request, oauth2_block
from apps.provider import Client

from bruscript.auth.oauth2 import Config, TokenKey, open_store
from bruscript.cli import main

BLOCK = {
    "grantType": "password",
    "accessTokenUrl": "https://idp.example/token",
    "clientId": "shop",
    "clientSecret": "shop-secret",
    "username": "ada",
    "password": "ada-pass",
    "scope": "read write",
    "credentialsId": "id",
}


def key_of(**changes: object) -> TokenKey:
    return Config.from_block({**BLOCK, **changes}).key


def extra(name: str, value: str, stage: str = "token", **more: object) -> dict[str, object]:
    entry = {"name": name, "value": value, "enabled": True, "sendIn": "body", **more}
    return {"additionalParameters": {stage: [entry]}}


@pytest.mark.parametrize(
    "changes",
    [
        {"grantType": "client_credentials"},
        {"accessTokenUrl": "https://idp.example/other"},
        {"accessTokenUrl": "https://idp.example/token?tenant=2"},
        {"clientId": "till"},
        {"username": "bob"},
        {"scope": "read"},
        {"credentialsId": "other"},
        extra("audience", "https://api.example"),
        extra("X-Tenant", "two", sendIn="headers"),
        extra("resource", "r", "refresh"),
        extra("subject_token", "opaque-token"),
    ],
)
def test_what_changes_what_a_token_is_good_for_changes_the_key(changes):
    assert key_of(**changes) != key_of()


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": " write  read read"},
        {"password": "new"},
        {"clientSecret": "rotated"},
        {"credentialsPlacement": "basic_auth_header"},
        {"tokenHeaderPrefix": "Token"},
        {"tokenSource": "id_token"},
        {"autoRefreshToken": True},
        {"state": "s"},
        {"callbackUrl": "http://127.0.0.1:1/"},
        extra("client_assertion", "a.b.c"),
        extra("otp", "424242"),
        extra("off", "x", enabled=False),
    ],
)
def test_what_does_not_keeps_it(changes):
    assert key_of(**changes) == key_of()


def test_a_value_made_anew_each_time_does_not_count():
    assert key_of(**extra("trace", "a-1", lasting="a-")) == key_of(**extra("trace", "a-2", lasting="a-"))
    assert key_of(**extra("trace", "a-1", lasting="a-")) != key_of(**extra("trace", "b-1", lasting="b-"))


def test_assertions_count_by_what_they_say():
    import jwt

    def assertion(**claims: object) -> str:
        return jwt.encode(claims, "k" * 32)

    first = key_of(**extra("assertion", assertion(sub="ada", iat=1, exp=2, jti="a")))
    assert key_of(**extra("assertion", assertion(sub="ada", iat=3, exp=4, jti="b"))) == first
    assert key_of(**extra("assertion", assertion(sub="bob", iat=1, exp=2, jti="a"))) != first


def test_no_secret_can_be_read_from_a_key():
    secrets = ("shop-secret", "ada-pass", "opaque-token", "q-secret", "url-pass")
    key = key_of(
        accessTokenUrl="https://me:url-pass@idp.example/token?tenant=2&api_key=q-secret",
        **extra("subject_token", "opaque-token"),
    )
    assert key.url == "https://idp.example/token?tenant=2&api_key=…"
    assert not any(secret in " ".join(key) for secret in secrets)
    # No plain hash either, which short secrets could be guessed from.
    import hashlib

    assert not any(hashlib.sha256(secret.encode()).hexdigest()[:16] in key.fingerprint for secret in secrets)


ASSERTED = """
assert {
  res.status: eq 200
  res.body.%s: eq %s
}
"""


@pytest.fixture
def people(idp, collection):
    """A folder whose requests are signed in as {{user}}, with scripts and templates that see the token."""
    script = """
script:pre-request {
  const before = bru.getOauth2CredentialVar("$oauth2.credentials.access_token");
  test("only its own token is seen", () => {
    const own = bru.getVar("token-" + bru.interpolate("{{user}}"));
    if (own) expect(before).to.equal(own);
  });
}

tests {
  bru.setVar("token-" + bru.interpolate("{{user}}"), res.body.token);
  test("the variable is the token that was sent", () => {
    expect(bru.getOauth2CredentialVar("$oauth2.credentials.access_token")).to.equal(res.body.token);
    expect(res.body.query.copy).to.equal(res.body.token);
  });
}
"""
    idp.users |= {"ada": "ada-pass", "bob": "bob-pass"}
    url = "{{idp}}/api?copy={{$oauth2.credentials.access_token}}"
    return collection(
        {
            "folder.bru": "",
            "people/folder.bru": "meta {\n  name: people\n}\n\n"
            + oauth2_block(
                grant_type="password",
                access_token_url="{{idp}}/token",
                username="{{user}}",
                password="{{user}}-pass",
                client_id="public",
            ),
            **{
                f"people/{seq}.bru": get_request(url, seq, ASSERTED % ("user", "{{user}}") + script)
                for seq in (1, 2)
            },
            "environments/ada.bru": "vars {\n  user: ada\n}\n",
            "environments/bob.bru": "vars {\n  user: bob\n}\n",
        }
    )


def failures(result) -> list[object]:
    failed = [check for item in result.results for check in item.checks if check["status"] != "pass"]
    return failed + [item.error for item in result.results if item.error]


@pytest.mark.parametrize("parallel", [1, 8])
def test_rows_of_a_data_file(idp, people, tmp_path, parallel):
    (tmp_path / "users.csv").write_text("user\n" + "ada\nbob\n" * 4)
    result = people.run(
        env_vars={"idp": idp.url}, csv_file=tmp_path / "users.csv", recursive=True, parallel=parallel
    )
    assert failures(result) == []
    assert len(result.results) == 16
    users = [item.response["data"]["user"] for item in result.results]
    assert users.count("ada") == users.count("bob") == 8
    assert idp.grants == ["password"] * 2
    assert {(entry["user"], entry["clientId"]) for item in result.results for entry in item.oauth2} == {
        ("ada", "public"),
        ("bob", "public"),
    }


def test_environments_with_one_store(idp, people, tmp_path, capsys):
    store = tmp_path / "t.json"
    for user in ("ada", "bob", "ada", "bob"):
        result = people.run(env=user, env_vars={"idp": idp.url}, token_store=store, recursive=True)
        assert failures(result) == []
        assert {item.response["data"]["user"] for item in result.results} == {user}
    assert idp.grants == ["password"] * 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["collection", "t.json"]
    assert main(["auth", "list", "--token-store", str(store)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert ["client public, user ada" in lines[0], "client public, user bob" in lines[1]] == [True, True]
    assert "-pass" not in store.read_text()


@pytest.mark.parametrize("parallel", [1, 8])
def test_folders_with_their_own_clients_and_scopes(idp, collection, parallel):
    idp.clients |= {"shop": Client("shop", "shop-secret"), "till": Client("till", "till-secret")}
    files = {}
    for folder, client, scope in (("a", "shop", "read"), ("b", "till", "read"), ("c", "shop", "read write")):
        files[f"{folder}/folder.bru"] = f"meta {{\n  name: {folder}\n}}\n\n" + oauth2_block(
            grant_type="client_credentials",
            access_token_url=f"{idp.url}/token",
            client_id=client,
            client_secret=f"{client}-secret",
            scope=scope,
        )
        for seq in (1, 2):
            check = ASSERTED % ("client", client) + (ASSERTED % ("scope", scope)).replace("assert", "docs")
            files[f"{folder}/{seq}.bru"] = get_request(f"{idp.url}/api", seq, check)
    result = collection(files).run(recursive=True, parallel=parallel)
    assert failures(result) == []
    for item in result.results:
        [entry] = item.oauth2
        assert item.response["data"]["client"] == entry["clientId"]
        assert item.response["data"]["scope"] == entry["scope"]
    assert len(idp.token_requests) == 3


def test_equal_configurations_share_one_token(idp, collection):
    block = oauth2_block(
        grant_type="client_credentials",
        access_token_url="{{idp}}/token",
        client_id="machine",
        client_secret="m/s+cr et:ü",
    )
    trace = "\nauth:oauth2:additional_params:access_token_req:headers {\n  X-Trace: {{$guid}}{{more}}\n}\n"
    files = {f"{name}/folder.bru": f"meta {{\n  name: {name}\n}}\n\n{block}{trace}" for name in "abc"}
    files |= {
        f"{name}/r.bru": get_request("{{idp}}/api", 1, ASSERTED % ("client", "machine")) for name in "abc"
    }
    variables = {"idp": idp.url, "more": "{{$timestamp}}"}
    result = collection(files).run(recursive=True, env_vars=variables, parallel=3)
    assert failures(result) == []
    assert len(idp.token_requests) == 1
    assert "{{" not in idp.token_requests[0]["headers"]["x-trace"]


def test_a_request_without_oauth2_sees_the_token_of_its_own_environment(idp, people, tmp_path):
    store = tmp_path / "t.json"
    path = people.path / "z.bru"
    header = "headers {\n  Authorization: Bearer {{$oauth2.credentials.access_token}}\n}\n"
    path.write_text(get_request("{{idp}}/api", 9, header, auth="none"))
    import bruscript

    def status(env: str) -> int:
        [result] = (
            bruscript.load(people.path)
            .run(paths=(path,), env=env, env_vars={"idp": idp.url}, token_store=store)
            .results
        )
        if result.response["status"] == 200:
            assert result.response["data"]["user"] == env
        return result.response["status"]

    people.run(env="ada", env_vars={"idp": idp.url}, token_store=store, recursive=True)
    assert status("ada") == 200
    assert status("bob") == 401
    people.run(env="bob", env_vars={"idp": idp.url}, token_store=store, recursive=True)
    assert status("ada") == status("bob") == 200


@pytest.mark.parametrize("users", [("ada",), ("ada", "bob")])
def test_the_fields_of_several_tokens_are_never_mixed(server, collection, tmp_path, users):
    def folder(user: str) -> str:
        keys = {"grant_type": "password", "username": user, "password": "p", "client_id": "c"}
        return f"meta {{\n  name: {user}\n}}\n\n" + oauth2_block(
            access_token_url=f"{server.url}/token", **keys
        )

    script = """
script:pre-request {
  test("the email", () => {
    const email = bru.getOauth2CredentialVar("$oauth2.credentials.email");
    expect(String(email)).to.equal(bru.getEnvVar("expected"));
  });
}
"""
    header = "headers {\n  Authorization: Bearer {{$oauth2.credentials.access_token}}\n}\n"
    files = {f"{user}/folder.bru": folder(user) for user in ("ada", "bob")}
    files |= {f"{user}/r.bru": get_request(f"{server.url}/api") for user in users}
    made = collection({**files, "n.bru": get_request(f"{server.url}/api", 9, header + script, auth="none")})
    store = tmp_path / "t.json"
    for user, email in (("bob", None), ("ada", "ada@example")):
        server.token |= {"email": email} if email else {}
        if user in users:
            made.run(paths=(made.path / user,), recursive=True, token_store=store)
    expected = "ada@example" if users == ("ada",) else "undefined"
    result = made.run(paths=(made.path / "n.bru",), token_store=store, env_vars={"expected": expected})
    assert failures(result) == []
    [item] = result.results
    if users == ("ada",):
        assert item.response["data"]["token"] == "token-1"
    else:
        assert item.response["data"]["token"] == "{{$oauth2.credentials.access_token}}"
        assert "$oauth2.credentials.access_token" in item.warnings[0]


def test_reset_clears_all_of_an_id(idp, people, tmp_path):
    store = tmp_path / "t.json"
    for user in ("ada", "bob"):
        people.run(env=user, env_vars={"idp": idp.url}, token_store=store, recursive=True)
    assert len(list(open_store(store).items())) == 2
    path = people.path / "reset.bru"
    script = 'script:pre-request {\n  bru.resetOauth2Credential("credentials");\n}\n'
    path.write_text(get_request("{{idp}}/api", 9, script, auth="none"))
    import bruscript

    bruscript.load(people.path).run(paths=(path,), env_vars={"idp": idp.url}, token_store=store)
    assert list(open_store(store).items()) == []


async def test_tokens_of_earlier_releases_are_nobodys(idp, setup, block, tmp_path):
    path = tmp_path / "t.json"
    entry = {"credentialsId": "id", "url": f"{idp.url}/token", "credentials": {"access_token": "old"}}
    path.write_text(json.dumps({"format": "bruscript token store", "version": 1, "tokens": [entry]}))
    made = setup(open_store(path))
    assert (await made.manager.authorize(block())).outcome == "fetched"
    [(key, credentials)] = open_store(path).items()
    assert credentials["access_token"] != "old"
    assert key.fingerprint


async def test_a_library_user_sees_the_token_used_last(idp, setup, block):
    made = setup()
    config = Config.from_block(block("password"))
    await made.manager.authorize(config)
    first = made.manager.variables()["$oauth2.id.access_token"]
    await made.manager.authorize(replace(config, username="bob", password="bob-pass"))
    second = made.manager.variables()["$oauth2.id.access_token"]
    assert first != second
    await made.manager.authorize(config)
    assert made.manager.variables()["$oauth2.id.access_token"] == first


def test_check_names_blocks_that_share_an_id(collection, capsys):
    def folder(name: str, **keys: str) -> str:
        keys = {"grant_type": "client_credentials", "access_token_url": "{{idp}}/token", **keys}
        return f"meta {{\n  name: {name}\n}}\n\n" + oauth2_block(**keys)

    made = collection(
        {
            "a/folder.bru": folder("a", client_id="one", credentials_id="x"),
            "b/folder.bru": folder("b", client_id="two", scope="read", credentials_id="x"),
            "c/folder.bru": folder("c", client_id="one", credentials_id="x"),
            "d/folder.bru": folder("d", client_id="two", credentials_id="y"),
        }
    )
    assert main(["check", str(made.path)]) == 1
    [line] = capsys.readouterr().out.splitlines()
    assert "b/folder.bru:15: `credentials_id` is `x`, and so is that of ../a/folder.bru" in line
    assert "another client_id and scope" in line


def test_list_shows_whose_token_a_request_gets(people, capsys, monkeypatch):
    monkeypatch.chdir(people.path)
    assert main(["list", "-r"]) == 0
    assert "auth: oauth2 (password), client public, user {{user}}, from" in capsys.readouterr().out
    assert main(["list", "-r", "--json"]) == 0
    token = json.loads(capsys.readouterr().out.splitlines()[0])["token"]
    assert token == {"credentialsId": "credentials", "clientId": "public", "user": "{{user}}", "scope": ""}
