"""The client's assertion in place of its secret (RFC 7523, 2.2)."""

from __future__ import annotations

import json
import warnings

import jwt
import pytest
from auth.oauth2.keys import KEYS, RSA, check_assertion, pem
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519

from bruscript.auth.oauth2 import Config, OAuth2Error

SHORT = rsa.generate_private_key(65537, 1024)
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def jwk(**members: object) -> str:
    return json.dumps({**jwt.algorithms.ECAlgorithm.to_jwk(KEYS["ES256"], as_dict=True), **members})


@pytest.mark.parametrize("algorithm", ["", "HS256", "HS384", "HS512"])
async def test_client_secret_jwt(server, setup, settings, algorithm):
    made = setup()
    # As long as RFC 7518 (section 3.2) asks for HS512.
    secret = "a-client-secret-of-64-characters" * 2
    block = settings(
        clientAuthentication="client_secret_jwt", clientSecret=secret, signingAlgorithm=algorithm
    )
    for changes in ({}, {"credentialsId": "b"}):
        await made.manager.authorize({**block, **changes})
    first, second = server.forms
    assert first["client_assertion_type"] == TYPE
    assert "client_secret" not in first
    claims = [
        check_assertion(form["client_assertion"], secret, algorithm or "HS256", f"{server.url}/token")
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


@pytest.mark.parametrize("audience", ["", "https://as.example"])
async def test_an_assertion_is_meant_for_the_endpoint_that_is_asked(server, setup, settings, audience):
    made = setup()
    server.token["refresh_token"] = "refresh"
    block = settings(
        clientAuthentication="private_key_jwt",
        clientSecret="",
        privateKey=pem(RSA),
        clientAssertionAudience=audience,
        refreshTokenUrl=f"{server.url}/token?of=refresh",
        introspectionUrl=f"{server.url}/introspect",
        revocationUrl=f"{server.url}/revoke",
    )
    await made.manager.authorize(block)
    [(key, credentials)] = made.manager.store.items()
    made.manager.store.save(key, {**credentials, "created_at": 0})
    await made.manager.authorize(block)
    await made.manager.introspect(block)
    await made.manager.revoke(block)
    paths = ["token", "token?of=refresh", "introspect", "revoke", "revoke"]
    for form, path in zip([*server.forms, *server.revoked[-2:]], paths, strict=True):
        expected = audience or f"{server.url}/{path}"
        check_assertion(form["client_assertion"], RSA.public_key(), "RS256", expected)


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
        ({"privateKey": "@file(/dev/zero)"}, "cannot be read from /dev/zero: it is not a regular file"),
        ({"privateKey": pem(RSA), "signingAlgorithm": "HS256"}, "signing_algorithm is 'HS256'"),
        (
            {"privateKey": pem(RSA), "signingAlgorithm": "ES256"},
            "private_key is an RSA key, not one for ES256; it signs with RS256, RS384, RS512, PS256",
        ),
        (
            {"privateKey": pem(KEYS["ES384"]), "signingAlgorithm": "ES256"},
            "private_key is a key on P-384, not one for ES256; it signs with ES384",
        ),
        ({"privateKey": pem(KEYS["EdDSA"]), "signingAlgorithm": "RS256"}, "on Ed25519, not one for RS256"),
        ({"privateKey": pem(ec.generate_private_key(ec.SECP256K1()))}, "on secp256k1, .* it cannot sign"),
        ({"privateKey": pem(x25519.X25519PrivateKey.generate())}, "on X25519, not one for EdDSA; it cannot"),
        (
            {"privateKey": jwk(use="enc")},
            "private_key cannot sign the assertion: This key is designed to be used for 'enc'",
        ),
        ({"privateKey": jwk(key_ops=["verify"])}, "private_key cannot sign the assertion: .*'sign'"),
        ({"privateKey": jwk(alg="ES512")}, "private_key cannot sign the assertion: .*'ES512'"),
        (
            {"grantType": "jwt_bearer", "clientAuthentication": "", "privateKey": jwk(use="enc")},
            "private_key cannot sign the assertion",
        ),
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


async def test_an_assertion_of_the_client_needs_its_id(server, setup, settings):
    block = settings("jwt_bearer", clientId="", clientSecret="", assertion="x.y.z")
    with pytest.raises(OAuth2Error, match="client_id is empty"):
        await setup().manager.authorize(
            {**block, "clientAuthentication": "private_key_jwt", "privateKey": pem(RSA)}
        )
    assert server.forms == []
    await setup().manager.authorize(block)
    assert "client_id" not in server.forms[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"privateKey": pem(KEYS["EdDSA"])},
        {"privateKey": pem(SHORT)},
        {"clientAuthentication": "client_secret_jwt", "clientSecret": "short"},
        {"clientAuthentication": "", "grantType": "jwt_bearer", "privateKey": pem(KEYS["EdDSA"])},
    ],
    ids=["EdDSA", "short key", "short secret", "grant"],
)
async def test_what_the_library_thinks_of_a_key_is_not_shown(server, setup, settings, changes):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await setup().manager.authorize(settings(**{"clientAuthentication": "private_key_jwt", **changes}))
    [form] = server.forms
    assert form.get("client_assertion") or form["assertion"]
