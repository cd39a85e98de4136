"""What today's identity providers ask for, and Bruno does not have."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import httpx
import jwt
import pytest
from apps.authorization_server import Server
from apps.bru_text import get_request, oauth2_block
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bruscript.auth.oauth2 import Config, OAuth2Error, open_store
from bruscript.cli import main


@pytest.fixture
def settings(server: Server):
    """The JSON of a block for the server."""

    def make(grant: str = "client_credentials", **changes: Any) -> dict[str, Any]:
        return {
            "grantType": grant,
            "accessTokenUrl": f"{server.url}/token",
            "clientId": "client",
            "clientSecret": "a-client-secret-of-32-characters",
            "credentialsId": "id",
            "tokenHeaderPrefix": "Bearer",
            "autoRefreshToken": True,
            **changes,
        }

    return make


def pem(key: Any) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


RSA = rsa.generate_private_key(65537, 2048)
KEYS: dict[str, Any] = {
    "RS": RSA,
    "PS": RSA,
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


# The client's assertion (RFC 7523, 2.2)


def check_assertion(
    text: str, key: Any, algorithm: str, audience: str, who: str = "client"
) -> dict[str, Any]:
    claims = jwt.decode(
        text, key, algorithms=[algorithm], audience=audience, options={"require": ["exp", "iat", "jti"]}
    )
    assert claims["iss"] == who
    assert 0 < claims["exp"] - time.time() <= 300
    return claims


@pytest.mark.parametrize("algorithm", ["", "HS256", "HS384", "HS512"])
async def test_client_secret_jwt(server, setup, settings, algorithm):
    made = setup()
    block = settings(clientAuthentication="client_secret_jwt", signingAlgorithm=algorithm)
    for changes in ({}, {"credentialsId": "b"}):
        await made.manager.authorize({**block, **changes})
    first, second = server.forms
    assert first["client_assertion_type"] == TYPE
    assert "client_secret" not in first
    claims = [
        check_assertion(
            form["client_assertion"],
            "a-client-secret-of-32-characters",
            algorithm or "HS256",
            f"{server.url}/token",
        )
        for form in (first, second)
    ]
    assert claims[0]["sub"] == "client"
    assert claims[0]["jti"] != claims[1]["jti"]


@pytest.mark.parametrize(
    "algorithm",
    ["", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"],
)
async def test_private_key_jwt(server, setup, settings, algorithm):
    key = KEYS.get(algorithm) or KEYS[algorithm[:2] or "RS"]
    authorization = await setup().manager.authorize(
        settings(
            clientAuthentication="private_key_jwt",
            clientSecret="",
            privateKey=pem(key),
            privateKeyId="key-1",
            signingAlgorithm=algorithm,
            clientAssertionAudience="https://as.example",
        )
    )
    [form] = server.forms
    text = form["client_assertion"]
    assert jwt.get_unverified_header(text)["kid"] == "key-1"
    check_assertion(text, key.public_key(), algorithm or "RS256", "https://as.example")
    assert text not in json.dumps(authorization.timeline)


@pytest.mark.parametrize("form", ["one line", "jwk", "file"])
async def test_the_key_may_come_in_several_forms(server, setup, settings, form, tmp_path):
    from dataclasses import replace

    key = KEYS["ES256"]
    value = pem(key).replace("\n", "\\n")
    if form == "jwk":
        value = json.dumps({**jwt.algorithms.ECAlgorithm.to_jwk(key, as_dict=True), "kid": "of-jwk"})
    elif form == "file":
        (tmp_path / "key.pem").write_text(pem(key))
        value = "@file(key.pem)"
    config = Config.from_block(settings(clientAuthentication="private_key_jwt", privateKey=value))
    config = replace(config, more=replace(config.more, base_dir=str(tmp_path)))
    await setup().manager.authorize(config)
    text = server.forms[0]["client_assertion"]
    check_assertion(text, key.public_key(), "ES256", f"{server.url}/token")
    assert jwt.get_unverified_header(text).get("kid") == ("of-jwk" if form == "jwk" else None)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"privateKey": ""}, "private_key is empty"),
        ({"privateKey": "s3cret-nonsense"}, "private_key is not a private key"),
        ({"privateKey": "@file(missing.pem)"}, r"cannot be read from .*missing.pem: No such file"),
        ({"privateKey": pem(RSA), "signingAlgorithm": "HS256"}, "signing_algorithm is 'HS256'"),
        ({"clientAuthentication": "private_key"}, "did you mean `private_key_jwt`"),
        ({"clientAuthentication": "client_secret_jwt", "signingAlgorithm": "RS256"}, "'RS256'; for a client"),
        ({"clientAuthentication": "client_secret_jwt", "clientSecret": ""}, "client_secret is empty"),
    ],
)
async def test_a_key_that_cannot_be_used_is_named_and_not_shown(server, setup, settings, changes, expected):
    block = settings(**{"clientAuthentication": "private_key_jwt", **changes})
    with pytest.raises(OAuth2Error, match=expected) as caught:
        await setup().manager.authorize(block)
    assert "s3cret" not in str(caught.value)
    assert server.forms == []


@pytest.mark.parametrize("method", ["none", "tls_client_auth"])
async def test_the_clients_id_alone(server, setup, settings, method):
    await setup().manager.authorize(settings(clientAuthentication=method))
    assert server.forms == [{"grant_type": "client_credentials", "client_id": "client"}]


# Assertions for a user, and exchange


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


# Devices (RFC 8628)


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


async def test_slow_down_adds_five_seconds(server, setup, settings, monkeypatch):
    keys = with_device(server, interval=3)
    server.errors = [{"error": "slow_down"}, {"error": "authorization_pending"}, {"error": "slow_down"}]
    waits: list[float] = []
    sleep = asyncio.sleep

    async def record(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    monkeypatch.setattr("bruscript.auth.oauth2.device.asyncio.sleep", record)
    await setup().manager.authorize(settings("device_code", **keys))
    assert [wait for wait in waits if wait >= 1] == [3, 8, 8, 13]


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


# Discovery, pushed requests and the issuer


def metadata_of(server: Server, **more: Any) -> dict[str, Any]:
    return {
        "issuer": server.url,
        "token_endpoint": f"{server.url}/token",
        "authorization_endpoint": f"{server.url}/authorize",
        "device_authorization_endpoint": f"{server.url}/device",
        "pushed_authorization_request_endpoint": f"{server.url}/par",
        "revocation_endpoint": f"{server.url}/revoke",
        "introspection_endpoint": f"{server.url}/introspect",
        **more,
    }


async def test_the_issuer_gives_the_urls(server, setup, settings):
    server.metadata = metadata_of(server)
    made = setup()
    block = settings(accessTokenUrl="", issuer=server.url)
    first = await made.manager.authorize(block)
    await made.manager.authorize({**block, "credentialsId": "b"})
    assert len(server.forms) == 2
    assert server.reads == ["/.well-known/openid-configuration"]
    assert first.entry["url"] == server.url
    server.token["refresh_token"] = "r"
    await made.manager.authorize({**block, "credentialsId": "c"})
    for _key, credentials in made.manager.store.items():  # noqa: PERF102
        credentials["created_at"] -= 3600 * 1000
    assert (await made.manager.authorize({**block, "credentialsId": "c"})).outcome == "refreshed"


async def test_a_url_of_the_block_wins(server, setup, settings):
    server.metadata = metadata_of(server, token_endpoint="http://127.0.0.1:9/nowhere")
    await setup().manager.authorize(settings(issuer=server.url))
    assert len(server.forms) == 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"issuer": "https://other.example"}, "describes another issuer"),
        (None, "no metadata of the issuer"),
    ],
)
async def test_metadata_that_cannot_be_used(server, setup, settings, change, expected):
    server.metadata = None if change is None else metadata_of(server, **change)
    with pytest.raises(OAuth2Error, match=expected):
        await setup().manager.authorize(settings(accessTokenUrl="", issuer=f"{server.url}/"))
    assert server.forms == []


def code_settings(server: Server, settings: Any, **more: Any) -> dict[str, Any]:
    return settings(
        "authorization_code",
        authorizationUrl=f"{server.url}/authorize",
        callbackUrl="https://app.example/cb",
        pkce=True,
        **more,
    )


def visit(url: str) -> str:
    return httpx.get(url).headers["location"]


@pytest.mark.parametrize("callback", ["https://app.example/cb", "http://127.0.0.1:0/cb"])
async def test_the_request_is_pushed(server, setup, settings, monkeypatch, callback):
    block = code_settings(server, settings, pushedAuthorizationUrl=f"{server.url}/par", scope="read")
    block["callbackUrl"] = callback
    monkeypatch.setenv("BROWSER", "curl -sLo /dev/null %s")
    authorize = visit if callback.startswith("https") else None
    authorization = await setup(authorize=authorize, timeout=600).manager.authorize(block)
    pushed, sent = server.forms
    assert server.queries == [{"client_id": "client", "request_uri": "urn:ietf:params:oauth:request_uri:x"}]
    assert pushed["client_secret"] == "a-client-secret-of-32-characters"
    assert pushed["scope"] == "read"
    assert pushed["redirect_uri"] == sent["redirect_uri"]
    assert not pushed["redirect_uri"].endswith(":0/cb")
    assert pushed["code_challenge_method"] == "S256"
    assert "request_uri:x" not in json.dumps(authorization.timeline)


@pytest.mark.parametrize("required", [True, False])
async def test_requests_are_pushed_where_the_issuer_requires_it(server, setup, settings, required):
    server.metadata = metadata_of(server, require_pushed_authorization_requests=required)
    block = code_settings(server, settings, issuer=server.url)
    await setup(authorize=visit).manager.authorize({**block, "authorizationUrl": ""})
    assert ("request_uri" in server.queries[0]) == required


@pytest.mark.parametrize(
    ("supported", "iss", "problem"),
    [
        (True, "right", None),
        (True, "https://evil.example", "comes from the issuer https://evil.example"),
        (True, None, "does not name its issuer"),
        (False, "https://evil.example", "comes from the issuer"),
        (False, None, None),
    ],
)
async def test_the_issuer_of_the_answer_is_checked(server, setup, settings, supported, iss, problem):
    server.metadata = metadata_of(server, authorization_response_iss_parameter_supported=supported)
    server.answer = {} if iss is None else {"iss": server.url if iss == "right" else iss}
    made = setup(authorize=visit)
    block = code_settings(server, settings, issuer=server.url)
    if problem:
        with pytest.raises(OAuth2Error, match=problem):
            await made.manager.authorize(block)
        assert server.forms == []
    else:
        assert await made.manager.authorize(block)


# DPoP (RFC 9449)


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


# Settings beside the file


def test_settings_from_a_file_and_from_the_environment(server, collection, monkeypatch):
    block = oauth2_block(
        grant_type="client_credentials",
        access_token_url=f"{server.url}/token",
        client_id="client",
        credentials_id="my-id",
    )
    files = {
        "collection.bru": block,
        "r.bru": get_request(f"{server.url}/api"),
        "bruscript.toml": '[oauth2.my-id]\nclient_authentication = "private_key_jwt"\nscope = "{{which}}"\n'
        'private_key_id = "of the file"\nprivate_key = "@file(key.pem)"\nscop = "x"\n',
        "key.pem": pem(RSA),
    }
    monkeypatch.setenv("BRUSCRIPT_OAUTH2_MY_ID_PRIVATE_KEY_ID", "of the environment")
    [result] = collection(files).run(env_vars={"which": "read"}).results
    assert result.error is None
    [form] = server.forms
    assert form["scope"] == "read"
    assert jwt.get_unverified_header(form["client_assertion"])["kid"] == "of the environment"
    assert any("`scop` is not a key" in warning for warning in result.warnings)


def test_a_file_that_is_not_toml(server, collection):
    files = {
        "collection.bru": oauth2_block(grant_type="client_credentials"),
        "r.bru": get_request(f"{server.url}/api"),
        "bruscript.toml": "oauth2 = [",
    }
    [result] = collection(files).run().results
    assert "bruscript.toml is not valid TOML" in result.error


# The command


@pytest.fixture
def command(server, collection, tmp_path, capsys):
    store = tmp_path / "t.json"
    server.token["refresh_token"] = "refresh-secret"

    def run(name: str, **keys: str) -> tuple[int, str, str]:
        block = oauth2_block(
            grant_type="client_credentials",
            access_token_url=f"{server.url}/token",
            client_id="client",
            client_secret="s3cret-of-the-client",
            **keys,
        )
        made = collection({"collection.bru": block, "r.bru": get_request(f"{server.url}/api")})
        place = ["credentials"] if name == "token" else [str(made.path)]
        status = main(["auth", name, *place, "--token-store", str(store)])
        captured = capsys.readouterr()
        assert "s3cret" not in captured.out + captured.err
        assert "refresh-secret" not in captured.out + captured.err
        return status, captured.out, captured.err

    return run


def test_token_prints_one_token_alone(command, tmp_path, capsys):
    assert command("login")[0] == 0
    assert command("token") == (0, "token-1\n", "")
    assert command("login", scope="read")[0] == 0
    status, out, err = command("token")
    assert (status, out) == (1, "")
    assert "holds 2 tokens with the id 'credentials': client client; client client, scope read" in err
    path = tmp_path / "t.json"
    text = json.loads(path.read_text())
    text["tokens"] = text["tokens"][:1]
    text["tokens"][0]["credentials"]["created_at"] = 0
    path.write_text(json.dumps(text))
    assert "has expired" in command("token")[2]


def test_logout_revokes_and_forgets(server, command, tmp_path):
    url = f"{server.url}/revoke"
    assert command("login")[0] == 0
    assert command("logout", revocation_url=url) == (0, "credentials: revoked and forgot the token\n", "")
    assert [(form["token"], form["token_type_hint"]) for form in server.revoked] == [
        ("refresh-secret", "refresh_token"),
        ("token-1", "access_token"),
    ]
    assert server.revoked[0]["client_id"] == "client"
    assert list(open_store(tmp_path / "t.json").items()) == []
    assert command("logout", revocation_url=url)[1] == "credentials: there is no token\n"


def test_logout_without_a_url_says_so(command):
    assert command("login")[0] == 0
    assert "it stays valid" in command("logout")[1]


def test_introspect_shows_what_the_server_says(server, command):
    server.metadata = metadata_of(server)
    assert command("login", issuer=server.url)[0] == 0
    status, out, _ = command("introspect", issuer=server.url)
    assert status == 0
    assert out.splitlines()[0] == "credentials: active"
    assert sorted(out.splitlines()[1:]) == ["  active: true", "  scope: read write", "  sub: ada"]
    assert server.forms[-1]["token"] == "token-1"
    assert command("introspect")[1] == "credentials: there is no token\n"
    assert command("login")[0] == 0
    assert "introspection_url is empty" in command("introspect")[2]


async def test_an_assertion_of_the_client_needs_its_id(server, setup, settings):
    block = settings("jwt_bearer", clientId="", clientSecret="", assertion="x.y.z")
    with pytest.raises(OAuth2Error, match="client_id is empty"):
        await setup().manager.authorize(
            {**block, "clientAuthentication": "private_key_jwt", "privateKey": pem(RSA)}
        )
    assert server.forms == []
    await setup().manager.authorize(block)
    assert "client_id" not in server.forms[0]
