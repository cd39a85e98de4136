"""What servers and blocks do that the standards allow, or that people write."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import parse_qsl, unquote

import httpx
import pytest
from apps.bru_text import get_request, oauth2_block
from apps.provider import Client
from apps.serving import serve_canned

from bruscript.auth.oauth2 import Config, OAuth2Error, open_store
from bruscript.auth.oauth2.credentials import expired, lifetime_end, received
from bruscript.cli import main
from bruscript.files import LockFile


def entry(name: str, value: str, send_in: str = "body", enabled: bool = True) -> dict[str, object]:
    return {"name": name, "value": value, "enabled": enabled, "sendIn": send_in}


def grow_old(made) -> None:
    """Let the time pass in which the tokens that are kept expire."""
    for _key, credentials in made.manager.store.items():  # noqa: PERF102
        credentials["created_at"] -= 3600 * 1000


# Repeated parameters


async def test_every_repeated_parameter_is_sent_in_order(idp, setup, block):
    token = [
        entry("resource", "https://one"),
        entry("scope", "read"),
        entry("resource", "https://off", enabled=False),
        entry("resource", "https://two"),
        entry("scope", "write"),
        entry("X-Multi", "1", "headers"),
        entry("X-Multi", "2", "headers"),
    ]
    settings = block(
        "password", autoRefreshToken=True, additionalParameters={"token": token, "refresh": token}
    )
    made = setup()
    await made.manager.authorize(settings)
    grow_old(made)
    assert (await made.manager.authorize(settings)).outcome == "refreshed"
    for sent in idp.token_requests:
        pairs = parse_qsl(sent["body"])
        assert [value for name, value in pairs if name == "resource"] == ["https://one", "https://two"]
        assert [value for name, value in pairs if name == "scope"] == ["read", "write"]
        assert sent["headers"]["x-multi"] in ("1,2", "1, 2")


async def test_the_timeline_shows_repeated_parameters(idp, setup, block):
    token = [entry("api", "first-value"), entry("api", "two")]
    authorization = await setup().manager.authorize(block(additionalParameters={"token": token}))
    assert authorization.timeline[0]["parameters"]["grant_type"] == "client_credentials"
    assert "first-value" not in json.dumps(authorization.timeline)


# The client's secret in a Basic header

ENDPOINTS = {
    "deviceAuthorization": "device",
    "pushedAuthorization": "par",
    "introspection": "introspect",
    "revocation": "revoke",
}


def decoded_by(idp, *, strict: bool):
    """Have the server form-decode id and secret (RFC 6749 2.3.1), or take them as they are."""
    secret = "s+1%2F=x"
    # Authlib's provider decodes them: one that does not would see what it sees, and take that.
    idp.clients["odd"] = Client("odd", secret if strict else unquote(secret))


@pytest.mark.parametrize("grant", ["client_credentials", "password"])
async def test_a_server_that_decodes_gets_the_encoded_form(idp, setup, block, grant):
    decoded_by(idp, strict=True)
    settings = block(
        grant,
        clientId="odd",
        clientSecret="s+1%2F=x",
        credentialsPlacement="basic_auth_header",
        autoRefreshToken=True,
    )
    made = setup()
    first = await made.manager.authorize(settings)
    assert first.entry["credentialsEncoding"] == "form"
    assert first.entry["tokenRequests"] == 2
    second = await made.manager.authorize({**settings, "credentialsId": "b"})
    assert second.entry["tokenRequests"] == 1
    assert second.entry["credentialsEncoding"] == "form"
    if grant == "password":
        grow_old(made)
        renewed = await made.manager.authorize(settings)
        assert (renewed.outcome, renewed.entry["tokenRequests"]) == ("refreshed", 1)
    encoded = base64.b64encode(b"odd:s%2B1%252F%3Dx").decode()
    assert encoded in made.secrets
    assert idp.token_requests[-1]["headers"]["authorization"] == f"Basic {encoded}"


@pytest.mark.parametrize("step", ["device", "par", "introspect", "revoke"])
async def test_the_other_endpoints_get_the_encoded_form_too(server, setup, settings, step):
    server.device = {"device_code": "d", "user_code": "u", "verification_uri": server.url, "interval": 0.01}
    server.decoded_secret = "s+1%2F=x"
    grant = {"device": "device_code", "par": "authorization_code"}.get(step, "client_credentials")
    urls = {f"{name}Url": f"{server.url}/{path}" for name, path in ENDPOINTS.items() if path == step}
    block = settings(
        grant,
        clientSecret="s+1%2F=x",
        credentialsPlacement="basic_auth_header",
        authorizationUrl=f"{server.url}/authorize",
        callbackUrl="https://app.example/cb",
        **urls,
    )
    made = setup(authorize=lambda url: httpx.get(url).headers["location"] if step == "par" else "")
    if step in ("device", "par"):
        authorization = await made.manager.authorize(block)
        # The endpoint twice, the token endpoint once.
        assert authorization.entry["tokenRequests"] == 3
        assert authorization.entry["credentialsEncoding"] == "form"
        return
    # Another process has got the token.
    made.manager.store.save(Config.from_block(block).key, {"access_token": "t", "created_at": 1})
    if step == "introspect":
        assert (await made.manager.introspect(block) or {})["active"] is True
    else:
        assert await made.manager.revoke(block) == {"access_token": True}
        assert [form["token"] for form in server.revoked] == ["t"]


async def test_a_server_that_does_not_decode_gets_one_request(idp, setup, block):
    decoded_by(idp, strict=False)
    settings = block(clientId="odd", clientSecret="s+1%2F=x", credentialsPlacement="basic_auth_header")
    authorization = await setup().manager.authorize(settings)
    assert authorization.entry["tokenRequests"] == 1
    assert "credentialsEncoding" not in authorization.entry


@pytest.mark.parametrize(("secret", "requests"), [("wr+ng", 2), ("wrong", 1)])
async def test_a_wrong_secret_stays_an_error(idp, setup, block, secret, requests):
    settings = block(clientSecret=secret, credentialsPlacement="basic_auth_header")
    made = setup()
    for count in (1, 2):
        with pytest.raises(OAuth2Error, match="invalid_client"):
            await made.manager.authorize(settings)
        assert len(idp.token_requests) == requests * count


# How long a token lives


def jwt_of(claims: dict[str, object], *, padded: bool = False) -> str:
    def part(value: object) -> str:
        text = base64.urlsafe_b64encode(json.dumps(value).encode()).decode()
        return text if padded else text.rstrip("=")

    return f"{part({'alg': 'none'})}.{part(claims)}."


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("fraction", [0, 0.5])
def test_a_jwt_expires_by_its_claim(padded, fraction):
    end = int(time.time()) + 100 + fraction
    credentials = received({"access_token": jwt_of({"exp": end, "pad": "x"}, padded=padded)})
    assert lifetime_end(credentials) == end
    assert credentials["expires_at"] == round(end * 1000)
    assert not expired(credentials)
    assert expired(received({"access_token": jwt_of({"exp": time.time() + 20})})) is False
    assert expired({**credentials, "access_token": jwt_of({"exp": time.time() - 1})})


@pytest.mark.parametrize(
    "token",
    [
        "opaque",
        "a.b.c",
        "..",
        jwt_of({"exp": "soon"}),
        jwt_of({"exp": True}),
        jwt_of({"exp": 1e300}),
        jwt_of({"exp": -5}),
        jwt_of({"exp": ""}),
        jwt_of({"exp": "0"}),
        jwt_of({"exp": [1]}),
        jwt_of({}),
        base64.urlsafe_b64encode(b'{"typ":"x"}').decode() + "." + jwt_of({"exp": 1}).split(".")[1] + ".s",
        "é.é.é",
    ],
)
def test_what_only_looks_like_one_does_not_expire(token):
    assert lifetime_end(received({"access_token": token})) is None


def test_expires_in_takes_precedence():
    credentials = received({"access_token": jwt_of({"exp": 1}), "expires_in": 60})
    assert not expired(credentials)
    assert lifetime_end(received({"access_token": jwt_of({"exp": 1}), "expires_in": 0})) is None


@pytest.mark.parametrize("lifetime", ["never", "", " ", {}, [], True, False, None, 1e300, "Infinity"])
@pytest.mark.parametrize("write", [int, str, lambda end: f" {end}.5 "])
def test_without_a_usable_lifetime_the_claim_counts(lifetime, write):
    def credentials_until(end: float) -> dict[str, object]:
        return received({"access_token": jwt_of({"exp": write(int(end))}), "expires_in": lifetime})

    assert expired(credentials_until(time.time() - 1))
    assert not expired(credentials_until(time.time() + 3600))
    assert "expires_at" in credentials_until(1)


def test_the_token_that_is_sent_counts():
    credentials = received({"access_token": "opaque", "id_token": jwt_of({"exp": 1})}, None, "id_token")
    assert expired(credentials, "id_token")
    assert not expired(credentials, "access_token")


async def test_an_expired_jwt_is_replaced(idp, setup, block):
    idp.lifetime = None
    settings = block("client_credentials", tokenSource="id_token")
    made = setup()
    idp.extra = {"id_token": jwt_of({"exp": time.time() - 1}), "expires_in": None}
    await made.manager.authorize(settings)
    assert (await made.manager.authorize(settings)).outcome == "fetched"
    idp.extra = {"id_token": jwt_of({"exp": time.time() + 3600}), "expires_in": None}
    await made.manager.authorize(settings)
    assert (await made.manager.authorize(settings)).outcome == "reused"


# A refresh that fails


@pytest.mark.parametrize("status", [500, 302, 400, 200])
async def test_for_a_client_a_failed_refresh_is_followed_by_a_fetch(idp, setup, block, status):
    idp.extra = {"refresh_token": "r-token"}
    made = setup()
    with serve_canned(status, b"oops") as (url, _):
        settings = block(autoRefreshToken=True, refreshTokenUrl=f"{url}/refresh")
        await made.manager.authorize(settings)
        grow_old(made)
        authorization = await made.manager.authorize(settings)
    assert authorization.outcome == "fetched"
    assert "could not be refreshed" in authorization.warnings[0]


# Wrong values, and templates that are left


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"grantType": "client_credential"}, "did you mean `client_credentials`?"),
        ({"grantType": "{{nothing}}"}, "no value for {{nothing}} in grant_type"),
        ({"credentialsPlacement": "auth_header"}, "did you mean `basic_auth_header`?"),
        ({"credentialsPlacement": "Basic"}, "did you mean `basic_auth_header`?"),
        ({"clientAuthentication": "post"}, "did you mean `client_secret_post`?"),
        ({"signingAlgorithm": "RS255"}, "`signing_algorithm` is `RS255`, expected RS256, RS384"),
        ({"tokenSource": "idtoken"}, "did you mean `id_token`?"),
        ({"tokenPlacement": "body"}, "`token_placement` is `body`, expected header or url"),
        ({"pkce": "S256", "grantType": "authorization_code"}, "did you mean `true`?"),
        ({"autoFetchToken": "yes"}, "did you mean `true`?"),
        ({"autoRefreshToken": "0"}, "did you mean `false`?"),
        ({"credentialsId": "x-{{tenant}}"}, "no value for {{tenant}} in credentials_id"),
        ({"tokenHeaderPrefix": "{{p}}"}, "no value for {{p}} in token_header_prefix"),
        (
            {"additionalParameters": {"token": [entry("audience", "a {{one}} {{two}}")]}},
            "no value for {{one}} in additional parameter audience, {{two}} in additional parameter audience",
        ),
        ({"additionalParameters": {"refresh": [entry("{{n}}", "x", "headers")]}}, "no value for {{n}}"),
    ],
)
async def test_a_wrong_value_is_an_error_before_anything_is_sent(idp, setup, block, changes, expected):
    with pytest.raises(OAuth2Error) as caught:
        await setup().manager.authorize(block(**changes))
    assert expected in str(caught.value)
    assert idp.token_requests == idp.authorizations == []


@pytest.mark.parametrize("value", ["True", "TRUE", " true ", True])
def test_switches_may_be_written_in_any_case(block, value):
    config = Config.from_block(block("authorization_code", pkce=value))
    assert config.pkce
    config.check()


def test_disabled_and_unused_keys_may_hold_anything(block):
    off = {"token": [entry("x", "{{off}}", enabled=False)], "authorization": [entry("y", "{{y}}")]}
    Config.from_block(block(username="{{u}}", password="{{p}}", additionalParameters=off)).check()


def test_a_run_names_what_is_wrong_and_sends_nothing(idp, collection, capsys):
    def request(seq: int, **keys: str) -> str:
        keys = {
            "grant_type": "client_credentials",
            "access_token_url": f"{idp.url}/token",
            "client_id": "machine",
            "client_secret": "m/s+cr et:ü",
            "credentials_id": str(seq),
            **keys,
        }
        text = oauth2_block(**keys).partition("auth:oauth2")[2]
        return get_request(f"{idp.url}/api", seq, f"auth:oauth2{text}", auth="oauth2")

    made = collection(
        {
            "1.bru": request(1, grant_type="magic"),
            "2.bru": request(2, grant_type=""),
            "3.bru": request(3, grant_type="{{kind}}"),
            "4.bru": request(4, token_source="id"),
            "5.bru": request(5, scop="read"),
            "6.bru": request(6, audience="x"),
            "7.bru": get_request(f"{idp.url}/api", 7, auth="oauth2"),
        }
    )
    result = made.run(env_vars={"kind": "client_credentials"})
    errors = [item.error for item in result.results]
    assert "`grant_type` is `magic`" in errors[0]
    assert "`grant_type` is empty" in errors[1]
    assert errors[2] is None
    assert "`token_source` is `id`" in errors[3]
    assert "`grant_type` is empty" in errors[6]
    assert [result.results[at].response["status"] for at in (2, 4, 5)] == [200] * 3
    assert "`scop` is not a key of `auth:oauth2`, and was ignored; did you mean `scope`?" in (
        result.results[4].warnings
    )
    assert "access_token_req:body" in result.results[5].warnings[0]
    assert len(idp.token_requests) == len(idp.api_requests) == 3
    assert main(["check", str(made.path)]) == 1
    out = capsys.readouterr().out
    for text in (
        "1.bru:15: `grant_type` is `magic`",
        "2.bru:15: `grant_type` is empty",
        "4.bru:20: `token_source`",
    ):
        assert text in out


# Locks


async def test_no_lock_stays_beside_the_store(idp, setup, block, tmp_path):
    stale = tmp_path / ".t.json.abc.bruscript-tmp"
    stale.touch()
    made = setup(open_store(tmp_path / "t.json"))
    await made.manager.authorize(block())
    made.manager.reset("id")
    assert [path.name for path in tmp_path.iterdir()] == ["t.json"]


def test_a_lock_that_was_removed_while_it_was_waited_for(tmp_path):
    one, two, three = (LockFile(tmp_path / "lock") for _ in range(3))
    assert one.acquire()
    assert not two.acquire()
    one.release()
    assert two.acquire()
    assert not three.acquire()
    two.release()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("placement", ["header", "Header", "headers", "Basic_auth_header", "query"])
async def test_a_secret_goes_nowhere_else_than_the_block_says(idp, setup, block, placement):
    with pytest.raises(OAuth2Error, match="expected body or basic_auth_header"):
        await setup().manager.authorize(block(credentialsPlacement=placement))
    assert idp.token_requests == []
